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
  scratch,
  startProduct,
  startSim,
  untilFinished,
} from './product.ts';

const closers = closedAfterEach();

type Lanes = { readonly items: readonly { id: string; state: string; ratePerSecond: number }[] };
type WithHistory = { readonly history: readonly { outcome: string; reply: { code: number; text: string } | null }[] };

test('what a relay says of its account slows all its lanes together, and every attempt is there with its words', {
  timeout: 300_000,
}, async () => {
  const folder = await scratch(closers);
  const sim = await startSim(folder, {
    providers: [
      {
        name: 'relay',
        ratePerSecond: 60,
        burst: 5,
        refuseAt: 'mail',
        refusal: { code: 421, text: '4.7.0 Too many messages from your account, slow down', close: true },
        deadShare: 0.02,
      },
    ],
  });
  closers.push(() => sim.stop(GRACE_MS));
  const env = { MONGODB_URI: inject('mongodbUri'), OFFPEAK_DATABASE: newDatabaseName(), OFFPEAK_DATA_DIR: folder };
  const product = await startProduct({ ...env, OFFPEAK_START_RATE: '20' });
  closers.push(() => product.end('SIGKILL'));
  const { client } = product;
  await client.send('PUT', '/api/v1/routes/relay', { url: `smtp://127.0.0.1:${sim.ports()['relay']}`, connections: 9 });
  await client.send('PUT', '/api/v1/routing', [{ any: true, route: 'relay' }]);
  const list = people({ 'gmail.com': 500, 'yahoo.com': 500, 'outlook.com': 500 });
  const { id } = await newCampaign(client, list);
  await act(client, id, 'start');
  expect(await untilFinished(client, id)).toMatchObject({ state: 'finished', total: 1_500 });

  const events = await sim.events();
  const ledger = await ledgerOf(client, id);
  expectLedgerMatches(ledger, acceptedIn(events));
  const paced = events.filter((event) => event.event === 'refused' && event.why === 'rate');
  expect(paced.length, 'the relay pushed back').toBeGreaterThan(0);
  expect(paced.length / 1_500, 'share of attempts refused for pace').toBeLessThan(0.05);

  const lanes = await client.get<Lanes>('/api/v1/lanes');
  expect(lanes.items.map((lane) => lane.id)).toEqual(['relay:*', 'relay:gmail', 'relay:outlook', 'relay:yahoo']);
  const decisions = await client.get<{ items: { reply: string | null }[] }>('/api/v1/lanes/relay:*/decisions');
  expect(decisions.items.some(({ reply }) => reply?.includes('slow down'))).toBe(true);

  const bounced = ledger.filter(({ state }) => state === 'bounced');
  expect(bounced.length).toBeGreaterThan(0);
  const row = await client.get<WithHistory>(`/api/v1/campaigns/${id}/recipients/${bounced[0]!.id}`);
  expect(row.history.at(-1)).toMatchObject({ outcome: 'refused', reply: { code: 550 } });
  const suppressed = await client.get<{ items: { address: string }[] }>('/api/v1/suppressions?limit=500');
  expect(suppressed.items.map(({ address }) => address).sort()).toEqual(bounced.map(({ address }) => address).sort());
});
