import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { acceptedIn } from '../setup/sim-log.ts';
import { expectLedgerMatches } from './ledger-check.ts';
import {
  act,
  closedAfterEach,
  type Env,
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

const CONNECTIONS = 10;

/** A campaign under way: 1,500 letters, each of which the server takes its time to accept. */
async function underWay(env: Env, acceptMs = 40, first = 200) {
  const folder = await scratch(closers);
  const sim = await startSim(folder, {
    providers: [{ name: 'alpha', ratePerSecond: 200, burst: 50, latencyMs: { accept: acceptMs } }],
  });
  closers.push(() => sim.stop(GRACE_MS));
  const whole = { OFFPEAK_DATA_DIR: join(folder, 'data'), OFFPEAK_START_RATE: '60', ...env };
  const product = await startProduct(whole);
  closers.push(() => product.end('SIGKILL'));
  await routeTo(product.client, sim, CONNECTIONS);
  const { id } = await newCampaign(product.client, people({ 'alpha.example': 1_500 }));
  await act(product.client, id, 'start');
  await until(
    'letters under way',
    () => progressOf(product.client, id),
    ({ counts }) => counts['sent']! >= first,
  );
  return { folder, sim, product, id, env: whole };
}

const shared = (): Env => ({ MONGODB_URI: inject('mongodbUri'), OFFPEAK_DATABASE: newDatabaseName() });

test('killed and started again: ledger and server agree but for rows named uncertain', {
  timeout: 300_000,
}, async () => {
  const { sim, product, id, env } = await underWay(shared());
  expect(await product.end('SIGKILL')).toBe('SIGKILL');
  const again = await startProduct(env);
  closers.push(() => again.end('SIGKILL'));
  expect(await untilFinished(again.client, id)).toMatchObject({ state: 'finished', total: 1_500 });
  const ledger = await ledgerOf(again.client, id);
  expectLedgerMatches(ledger, acceptedIn(await sim.events()));
  const uncertain = ledger.filter(({ state }) => state === 'uncertain');
  expect(uncertain.length, 'no lazy use of the state').toBeLessThanOrEqual(CONNECTIONS + 200);
});

test('SIGTERM: letters under way finish, nobody is uncertain, and it ends with 0', { timeout: 300_000 }, async () => {
  const { sim, product, id, env } = await underWay(shared());
  expect(await product.end('SIGTERM')).toBe(0);
  const seen = acceptedIn(await sim.events()).length;
  const again = await startProduct(env);
  closers.push(() => again.end('SIGKILL'));
  const { counts } = await progressOf(again.client, id);
  expect(counts['uncertain']).toBe(0);
  await untilFinished(again.client, id);
  const ledger = await ledgerOf(again.client, id);
  expect(ledger.filter(({ state }) => state === 'sent')).toHaveLength(1_500);
  expectLedgerMatches(ledger, acceptedIn(await sim.events()));
  expect(seen).toBeLessThan(1_500);
});

test('a second signal ends it at once, letters under way or not', { timeout: 300_000 }, async () => {
  const { product } = await underWay(shared(), 4_000, 5);
  const ended = product.end('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 500));
  process.kill(product.pid, 'SIGTERM');
  expect(await ended).toBe(143);
});

test('everything killed, the embedded database too: it starts again and loses nothing', {
  timeout: 300_000,
}, async () => {
  const { folder, sim, product, id, env } = await underWay({});
  const state = JSON.parse(await readFile(join(folder, 'data', 'database.json'), 'utf8')) as { pid: number };
  process.kill(state.pid, 'SIGKILL');
  await product.end('SIGKILL');
  const again = await startProduct(env);
  closers.push(() => again.end('SIGTERM'));
  expect(await untilFinished(again.client, id)).toMatchObject({ state: 'finished', total: 1_500 });
  expectLedgerMatches(await ledgerOf(again.client, id), acceptedIn(await sim.events()));
});

test('the database away for 30 s in mid-campaign: nothing is lost and no hand is needed', {
  timeout: 300_000,
}, async () => {
  const { folder, sim, product, id } = await underWay({});
  const state = JSON.parse(await readFile(join(folder, 'data', 'database.json'), 'utf8')) as { pid: number };
  process.kill(state.pid, 'SIGSTOP');
  const before = acceptedIn(await sim.events()).length;
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  process.kill(state.pid, 'SIGCONT');
  const ended = await untilFinished(product.client, id);
  expect(ended).toMatchObject({ state: 'finished', total: 1_500 });
  const accepted = acceptedIn(await sim.events());
  expectLedgerMatches(await ledgerOf(product.client, id), accepted);
  expect(ended.counts['sent']).toBe(1_500);
  expect(accepted.length).toBeGreaterThan(before);
  expect(await product.end('SIGTERM')).toBe(0);
});
