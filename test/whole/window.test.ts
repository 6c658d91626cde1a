import { expect, inject, test } from 'vitest';
import { acceptedIn } from '../setup/sim-log.ts';
import { expectLedgerMatches } from './ledger-check.ts';
import {
  act,
  closedAfterEach,
  GRACE_MS,
  ledgerOf,
  newCampaign,
  newDatabaseName,
  people,
  progressOf,
  routeTo,
  scratch,
  startProduct,
  startSim,
  until,
  untilFinished,
} from './product.ts';

const closers = closedAfterEach();

const MINUTE = 60_000;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
/** A letter under way when the window closes may finish. */
const UNDER_WAY_MS = 5_000;

const clockOf = (at: number) => new Date(at).toISOString().slice(11, 16);
const windowOf = (from: number, to: number) => ({ days: DAYS, from: clockOf(from), until: clockOf(to), zone: 'UTC' });

type Scheduled = {
  readonly state: string;
  readonly nextOpenings: { opensAt: string; closesAt: string; local: string }[];
};

test('nothing starts outside its window, after a pause and a restart either', { timeout: 600_000 }, async () => {
  const folder = await scratch(closers);
  const sim = await startSim(folder, { providers: [{ name: 'alpha', ratePerSecond: 100, latencyMs: { accept: 20 } }] });
  closers.push(() => sim.stop(GRACE_MS));
  const env = {
    MONGODB_URI: inject('mongodbUri'),
    OFFPEAK_DATABASE: newDatabaseName(),
    OFFPEAK_DATA_DIR: folder,
    OFFPEAK_START_RATE: '10',
  };
  let product = await startProduct(env);
  closers.push(() => product.end('SIGKILL'));
  // A cap, so that the list can't be through before the window closes.
  const route = { url: `smtp://127.0.0.1:${sim.ports()['alpha']}`, connections: 5, ratePerSecond: 15 };
  await routeTo(product.client, sim);
  await product.client.send('PUT', '/api/v1/routes/alpha', route);
  const { id } = await newCampaign(product.client, people({ 'alpha.example': 1_500 }));

  // Open until a full minute from now, shut for one, then open again.
  const closesAt = Math.ceil((Date.now() + 20_000) / MINUTE) * MINUTE;
  const opensAgainAt = closesAt + MINUTE;
  const windows = [windowOf(closesAt - 10 * MINUTE, closesAt), windowOf(opensAgainAt, opensAgainAt + 30 * MINUTE)];
  const scheduled = await product.client.send<Scheduled>('PUT', `/api/v1/campaigns/${id}/schedule`, { windows });
  expect(scheduled.nextOpenings).toHaveLength(5);
  expect(new Date(scheduled.nextOpenings[1]!.opensAt).getTime()).toBe(opensAgainAt);
  await until(
    'letters',
    () => progressOf(product.client, id),
    ({ counts }) => counts['sent']! >= 20,
  );

  const shut = await until(
    'the window to close',
    () => progressOf(product.client, id),
    ({ phase }) => phase === 'waitingForWindow',
  );
  expect(new Date(shut.waitingUntil!).getTime()).toBe(opensAgainAt);
  await act(product.client, id, 'pause');
  await act(product.client, id, 'resume');
  await product.end('SIGKILL');
  product = await startProduct(env);
  expect(Date.now(), 'the restart was in time to mean anything').toBeLessThan(opensAgainAt);

  await product.client.send('PUT', '/api/v1/routes/alpha', { ...route, ratePerSecond: null });
  expect(await untilFinished(product.client, id)).toMatchObject({ state: 'finished', total: 1_500 });
  const accepted = acceptedIn(await sim.events());
  expectLedgerMatches(await ledgerOf(product.client, id), accepted);
  const outside = accepted.filter(({ at }) => at > closesAt + UNDER_WAY_MS && at < opensAgainAt);
  expect(outside).toEqual([]);
  expect(accepted.filter(({ at }) => at < closesAt).length).toBeGreaterThanOrEqual(20);
  expect(accepted.filter(({ at }) => at >= opensAgainAt).length).toBeGreaterThan(0);
});

test('a pause holds within two seconds, and what was held goes out after it', { timeout: 300_000 }, async () => {
  const folder = await scratch(closers);
  const sim = await startSim(folder, { providers: [{ name: 'alpha', ratePerSecond: 100, burst: 20 }] });
  closers.push(() => sim.stop(GRACE_MS));
  const env = { MONGODB_URI: inject('mongodbUri'), OFFPEAK_DATABASE: newDatabaseName(), OFFPEAK_DATA_DIR: folder };
  const product = await startProduct({ ...env, OFFPEAK_START_RATE: '40' });
  closers.push(() => product.end('SIGKILL'));
  await routeTo(product.client, sim);
  const { id } = await newCampaign(product.client, people({ 'alpha.example': 800 }));
  await act(product.client, id, 'start');
  await until(
    'letters',
    () => progressOf(product.client, id),
    ({ counts }) => counts['sent']! >= 50,
  );
  await act(product.client, id, 'pause');
  const pausedAt = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  const during = acceptedIn(await sim.events()).filter(({ at }) => at > pausedAt + 2_000);
  expect(during).toEqual([]);
  const { counts, state } = await progressOf(product.client, id);
  expect(state).toBe('paused');
  expect(counts['claimed']! + counts['sending']!).toBe(0);
  await act(product.client, id, 'resume');
  await untilFinished(product.client, id);
  expectLedgerMatches(await ledgerOf(product.client, id), acceptedIn(await sim.events()));
});

test('a cancelled campaign sends no more, and its deadline ends one that is late', { timeout: 300_000 }, async () => {
  const folder = await scratch(closers);
  const sim = await startSim(folder, { providers: [{ name: 'alpha', ratePerSecond: 20, burst: 5 }] });
  closers.push(() => sim.stop(GRACE_MS));
  const env = { MONGODB_URI: inject('mongodbUri'), OFFPEAK_DATABASE: newDatabaseName(), OFFPEAK_DATA_DIR: folder };
  const product = await startProduct({ ...env, OFFPEAK_START_RATE: '10' });
  closers.push(() => product.end('SIGKILL'));
  await routeTo(product.client, sim);
  const late = await newCampaign(product.client, people({ 'alpha.example': 1_000 }));
  const cancelled = await newCampaign(product.client, people({ 'alpha.example': 1_000 }));
  const deadline = new Date(Date.now() + 15_000).toISOString();
  await product.client.send('PUT', `/api/v1/campaigns/${late.id}/schedule`, { deadline });
  await act(product.client, cancelled.id, 'start');
  await until(
    'letters',
    () => progressOf(product.client, cancelled.id),
    ({ counts }) => counts['sent']! >= 5,
  );
  await act(product.client, cancelled.id, 'cancel');
  const isOver = ({ counts }: { counts: Readonly<Record<string, number>> }) =>
    counts['pending'] === 0 && counts['claimed'] === 0;
  const first = await until('its rows to be cancelled', () => progressOf(product.client, cancelled.id), isOver);
  expect(first.counts['cancelled']! + first.counts['sent']!).toBe(1_000);
  const second = await untilFinished(product.client, late.id);
  expect(second).toMatchObject({ state: 'finished' });
  expect(second.counts['expired']! + second.counts['sent']!).toBe(1_000);
  expect(second.counts['expired']).toBeGreaterThan(0);
});
