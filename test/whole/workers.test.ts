import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { type Accepted, acceptedIn } from '../setup/sim-log.ts';
import { expectLedgerMatches } from './ledger-check.ts';
import {
  act,
  closedAfterEach,
  GRACE_MS,
  ledgerOf,
  newCampaign,
  newDatabaseName,
  type Product,
  people,
  progressOf,
  scratch,
  startProduct,
  startSim,
  until,
  untilFinished,
} from './product.ts';

/** Three processes share the lanes of one route; one of them is killed. */

const closers = closedAfterEach();

const DOMAINS = ['gmail.com', 'yahoo.com', 'outlook.com', 'icloud.com', 'web.de', 'qq.com'];
const ROUTE_RATE = 60;
const ROUTE_SESSIONS = 12;
const GMAIL_RATE = 6;
/** The lease of a lane, and what it takes to see that it is over. */
const LEASE_MS = 15_000;

type LaneList = { readonly items: readonly { id: string; owner: string | null; waiting: number }[] };

async function owners(product: Product): Promise<Map<string, string>> {
  const { items } = await product.client.get<LaneList>('/api/v1/lanes');
  return new Map(items.flatMap(({ id, owner }) => (owner && !id.endsWith(':*') ? [[id, owner] as const] : [])));
}

/** The most letters in any stretch of so long. */
function most(letters: readonly Accepted[], ms: number): number {
  let first = 0;
  let found = 0;
  for (const [index, { at }] of letters.entries()) {
    while (letters[first]!.at <= at - ms) first += 1;
    found = Math.max(found, index - first + 1);
  }
  return found;
}

/** So many processes on one database, one route to a relay without limits, and a cap for Gmail. */
async function workersOf(count: number, route: { readonly connections: number; readonly ratePerSecond?: number }) {
  const folder = await scratch(closers);
  const sim = await startSim(folder, { providers: [{ name: 'relay', latencyMs: { accept: 20 } }] });
  closers.push(() => sim.stop(GRACE_MS));
  const env = { MONGODB_URI: inject('mongodbUri'), OFFPEAK_DATABASE: newDatabaseName(), OFFPEAK_DATA_DIR: folder };
  const products: Product[] = [];
  // One after another: the first makes the key in the data folder that the others read.
  for (let started = 0; started < count; started++) {
    const product = await startProduct({ ...env, OFFPEAK_START_RATE: '20' });
    products.push(product);
    closers.push(() => product.end('SIGKILL'));
  }
  const { client } = products[0]!;
  await client.send('PUT', '/api/v1/routes/relay', { url: `smtp://127.0.0.1:${sim.ports()['relay']}`, ...route });
  await client.send('PUT', '/api/v1/routing', [{ any: true, route: 'relay' }]);
  await client.send('PATCH', '/api/v1/providers/gmail', { ceiling: GMAIL_RATE });
  return { sim, products, client };
}

test('lanes are spread over three processes, caps hold over all of them, and a dead one is replaced', {
  timeout: 400_000,
}, async () => {
  const { sim, products, client } = await workersOf(3, { connections: ROUTE_SESSIONS, ratePerSecond: ROUTE_RATE });
  const list = people({ ...Object.fromEntries(DOMAINS.map((domain) => [domain, 800])), 'gmail.com': 300 });
  const { id } = await newCampaign(client, list);
  await act(client, id, 'start');

  const spread = await until(
    'two lanes for each',
    () => owners(products[0]!),
    (all) => {
      const loads = [...new Set(all.values())].map((owner) => [...all.values()].filter((one) => one === owner).length);
      return all.size === 6 && loads.length === 3 && Math.max(...loads) === 2;
    },
    60_000,
  );
  await until(
    'letters under way',
    () => progressOf(client, id),
    ({ counts }) => counts['sent']! > 500,
  );

  const owner = spread.get('relay:gmail')!;
  const victim = products.find(({ pid }) => owner.includes(`-${pid}-`))!;
  const killedAt = Date.now();
  expect(await victim.end('SIGKILL')).toBe('SIGKILL');
  const alive = products.find((product) => product !== victim)!;
  const after = await until(
    'a new owner',
    () => owners(alive),
    (all) => all.has('relay:gmail') && all.get('relay:gmail') !== owner,
    60_000,
  );
  const movedAfter = Date.now() - killedAt;
  expect(movedAfter).toBeLessThan(LEASE_MS + 15_000);
  expect([...after.values()].filter((one) => one === owner).length).toBeLessThanOrEqual(2);

  expect(await untilFinished(alive.client, id)).toMatchObject({ state: 'finished' });
  await sleep(500);
  const events = await sim.events();
  const accepted = acceptedIn(events);
  expectLedgerMatches(await ledgerOf(alive.client, id), accepted);

  // One letter of each worker may be early by what a permit is; a stretch has the letters of both its ends.
  expect(most(accepted, 1_000), 'letters in any second, all lanes').toBeLessThanOrEqual(ROUTE_RATE + 12);
  expect(most(accepted, 10_000), 'letters in any ten seconds, all lanes').toBeLessThanOrEqual(10 * ROUTE_RATE + 12);
  const gmail = accepted.filter(({ to }) => to.endsWith('@gmail.com'));
  expect(most(gmail, 1_000), 'letters in any second, gmail').toBeLessThanOrEqual(GMAIL_RATE + 2);
  expect(most(gmail, 10_000), 'letters in any ten seconds, gmail').toBeLessThanOrEqual(10 * GMAIL_RATE + 2);
  const open = events.flatMap((event) => (event.event === 'connect' ? [event.open] : []));
  expect(Math.max(...open), 'sessions at once').toBeLessThanOrEqual(ROUTE_SESSIONS);
  expect(
    gmail.some(({ at }) => at > killedAt + movedAfter),
    'the lane went on',
  ).toBe(true);
});

test("a process that stood still for longer than its lease does not go on with a lane that is another's by now", {
  timeout: 300_000,
}, async () => {
  const { sim, products, client } = await workersOf(2, { connections: 8 });
  const { id } = await newCampaign(client, people({ 'gmail.com': 400 }));
  await act(client, id, 'start');
  await until(
    'letters under way',
    () => progressOf(client, id),
    ({ counts }) => counts['sent']! > 60,
  );
  const owner = (await owners(products[0]!)).get('relay:gmail')!;
  const stalled = products.find(({ pid }) => owner.includes(`-${pid}-`))!;
  const other = products.find((product) => product !== stalled)!;
  process.kill(stalled.pid, 'SIGSTOP');
  await until(
    'a new owner',
    () => owners(other),
    (all) => all.has('relay:gmail') && all.get('relay:gmail') !== owner,
    60_000,
  );
  await sleep(3_000);
  process.kill(stalled.pid, 'SIGCONT');
  expect(await untilFinished(other.client, id)).toMatchObject({ state: 'finished', total: 400 });

  const accepted = acceptedIn(await sim.events());
  expectLedgerMatches(await ledgerOf(other.client, id), accepted);
  expect(most(accepted, 1_000), 'letters in any second').toBeLessThanOrEqual(GMAIL_RATE + 2);
  expect(most(accepted, 10_000), 'letters in any ten seconds').toBeLessThanOrEqual(10 * GMAIL_RATE + 2);
});

test('a rolling restart leaves a lane idle for less than two seconds', { timeout: 300_000 }, async () => {
  const { sim, products } = await workersOf(3, { connections: 8 });
  let alive = [...products];
  const { id } = await newCampaign(alive[0]!.client, people({ 'example.com': 4_000 }));
  await act(alive[0]!.client, id, 'start');
  const letters = (atLeast: number) =>
    until(
      `${atLeast} letters`,
      () => progressOf(alive[0]!.client, id),
      ({ counts }) => counts['sent']! >= atLeast,
    );
  await letters(100);
  const stops: number[] = [];
  for (const round of [1, 2]) {
    const [owner] = [...(await owners(alive[0]!)).values()];
    const last = alive.find(({ pid }) => owner!.includes(`-${pid}-`))!;
    alive = alive.filter((product) => product !== last);
    stops.push(Date.now());
    expect(await last.end('SIGTERM')).toBe(0);
    await letters(100 + 300 * round);
  }
  const times = acceptedIn(await sim.events()).map(({ at }) => at);
  /** The longest silence that begins around a stop, ms. */
  const idle = (stop: number) =>
    Math.max(...times.slice(1).map((at, index) => (Math.abs(times[index]! - stop) < 2_000 ? at - times[index]! : 0)));
  // What else this machine does may lengthen one of them.
  expect(Math.min(...stops.map(idle)), String(stops.map(idle))).toBeLessThan(2_000);
});
