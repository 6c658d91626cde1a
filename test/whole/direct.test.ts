import { expect, inject, test } from 'vitest';
import { startDns } from '../adapters/dns-server.ts';
import { acceptedIn } from '../setup/sim-log.ts';
import { expectLedgerMatches } from './ledger-check.ts';
import {
  act,
  closedAfterEach,
  freePort,
  GRACE_MS,
  ledgerOf,
  newCampaign,
  newDatabaseName,
  people,
  scratch,
  startProduct,
  startSim,
  untilFinished,
} from './product.ts';

/** Straight to the MX: domains that nobody knows, found by DNS, on three hosts of which one is slow. */

const closers = closedAfterEach();

const TINY = Array.from({ length: 60 }, (_, index) => `tiny${index}.example`);
const mx = (host: string) => ({ MX: [[10, host]] as const });
const PER_SITE = 2;

test('unknown domains share a lane, yet each host is kept to its own pace and sessions', {
  timeout: 300_000,
}, async () => {
  const folder = await scratch(closers);
  // All MX hosts listen on the same port.
  const port = await freePort('0.0.0.0');
  const dns = await startDns({
    'one.example': mx('127.0.0.2'),
    'two.example': mx('127.0.0.2'),
    'slow.example': mx('127.0.0.3'),
    'null.example': mx('.'),
    ...Object.fromEntries(TINY.map((name) => [name, mx('127.0.0.4')])),
  });
  closers.push(dns.close);
  const quick = { port, latencyMs: { accept: 20 } };
  const sim = await startSim(folder, {
    providers: [
      { ...quick, name: 'shared', host: '127.0.0.2' },
      { ...quick, name: 'slow', host: '127.0.0.3', ratePerSecond: 2, burst: 3 },
      { ...quick, name: 'tiny', host: '127.0.0.4' },
    ],
  });
  closers.push(() => sim.stop(GRACE_MS));
  const product = await startProduct({
    MONGODB_URI: inject('mongodbUri'),
    OFFPEAK_DATABASE: newDatabaseName(),
    OFFPEAK_DATA_DIR: folder,
    OFFPEAK_DNS_SERVERS: dns.address,
    OFFPEAK_MX_PORT: String(port),
    OFFPEAK_MX_PRIVATE: '1',
  });
  closers.push(() => product.end('SIGKILL'));
  const { client } = product;
  await client.send('PUT', '/api/v1/routes/out', { url: 'direct', connections: 20 });
  await client.send('PUT', '/api/v1/routing', [{ any: true, route: 'out' }]);
  const counts = { 'one.example': 100, 'two.example': 100, 'slow.example': 80, 'null.example': 10 };
  const list = people({ ...counts, ...Object.fromEntries(TINY.map((name) => [name, 3])) });
  const { id } = await newCampaign(client, list);
  await act(client, id, 'start');
  expect(await untilFinished(client, id)).toMatchObject({ state: 'finished', total: 470 });

  const events = await sim.events();
  const accepted = acceptedIn(events);
  const ledger = await ledgerOf(client, id);
  expectLedgerMatches(ledger, accepted);
  expect(accepted).toHaveLength(460);
  const bounced = ledger.filter(({ state }) => state === 'bounced');
  expect(bounced.map(({ address }) => address.split('@')[1])).toEqual(Array(10).fill('null.example'));

  const { items } = await client.get<{ items: { id: string }[] }>('/api/v1/lanes');
  expect(items.map((lane) => lane.id)).toEqual(['out:other']);
  const of = (provider: string) => accepted.filter((event) => event.provider === provider).map(({ at }) => at);
  expect(Math.max(...of('shared'), ...of('tiny')), 'nobody waits for the slow host').toBeLessThan(
    Math.max(...of('slow')),
  );
  for (const name of ['shared', 'slow', 'tiny']) {
    const open = events.flatMap((event) => (event.event === 'connect' && event.provider === name ? [event.open] : []));
    expect(Math.max(...open), `sessions at ${name}`).toBeLessThanOrEqual(PER_SITE);
  }
  const asked = dns.asked.filter((question) => question === 'MX one.example');
  expect(asked, 'each domain is asked for once').toHaveLength(1);
});
