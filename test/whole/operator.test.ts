import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { acceptedIn, rateBetween } from '../setup/sim-log.ts';
import { expectLedgerMatches } from './ledger-check.ts';
import {
  act,
  closedAfterEach,
  GRACE_MS,
  KEY,
  ledgerOf,
  newCampaign,
  newDatabaseName,
  people,
  routeTo,
  scratch,
  startProduct,
  startSim,
  until,
  untilFinished,
} from './product.ts';

/** What an operator orders holds at once, and what a lane went through can be seen. */

const closers = closedAfterEach();

type Lane = { readonly state: string; readonly ratePerSecond: number; readonly realPerSecond: number };
type Unknown = { readonly id: string; readonly text: string; readonly count: number };
type Diagnosis = { readonly cause: string; readonly headline: string };

const WORDS = '4.3.0 The flumox is exhausted';
/** A change of orders is seen within a second or so, and the letters under way are still counted. */
const SEEN_MS = 3_000;
const LOOK_MS = 6_000;

test('ceiling, pin, pause and resume; an unknown reply is listed, taught and obeyed', {
  timeout: 400_000,
}, async () => {
  const folder = await scratch(closers);
  const sim = await startSim(folder, {
    providers: [
      { name: 'alpha', ratePerSecond: 200, burst: 50 },
      { name: 'odd', ratePerSecond: 3, burst: 3, refusal: { code: 451, text: WORDS, close: false } },
    ],
  });
  closers.push(() => sim.stop(GRACE_MS));
  const product = await startProduct({
    MONGODB_URI: inject('mongodbUri'),
    OFFPEAK_DATABASE: newDatabaseName(),
    OFFPEAK_DATA_DIR: folder,
    OFFPEAK_RETRY: '5s*60',
  });
  closers.push(() => product.end('SIGKILL'));
  const { client } = product;
  await routeTo(client, sim, 10);
  const { id } = await newCampaign(client, people({ 'alpha.example': 900, 'odd.example': 120 }));
  await act(client, id, 'start');
  const lanePath = '/api/v1/lanes/alpha:alpha.example';
  const lane = () => client.get<Lane>(lanePath);
  const real = async () => {
    await sleep(SEEN_MS);
    const from = Date.now();
    await sleep(LOOK_MS);
    const until = Date.now();
    const accepted = acceptedIn(await sim.events()).filter(({ provider }) => provider === 'alpha');
    return rateBetween(accepted, from, until);
  };
  const lanes = () => client.get<{ items: Lane[] }>('/api/v1/lanes');
  await until('a rate worth a limit', lanes, ({ items }) => items.some(({ realPerSecond }) => realPerSecond > 12));

  await client.send('PATCH', lanePath, { ceiling: 5 });
  expect(await real(), 'under a ceiling of 5/s').toBeLessThanOrEqual(5.5);
  await client.send('PATCH', lanePath, { ceiling: null, pin: 9 });
  const pinned = await real();
  expect(pinned, 'pinned at 9/s').toBeGreaterThan(7);
  expect(pinned, 'pinned at 9/s').toBeLessThanOrEqual(9.5);
  await client.send('POST', `${lanePath}/pause`);
  expect((await lane()).state).toBe('paused');
  expect(await real(), 'paused').toBe(0);
  await client.send('POST', `${lanePath}/resume`);
  expect(await real(), 'resumed').toBeGreaterThan(7);
  await client.send('PATCH', lanePath, { pin: null });

  const { items } = await until(
    'the unknown reply',
    () => client.get<{ items: Unknown[] }>('/api/v1/replies/unknown'),
    (page) => page.items.length > 0,
  );
  expect(items).toHaveLength(1);
  expect(items[0]!.text).toContain('flumox');
  const teaching = { meaning: 'rate_limit', reaction: 'lower_rate', pauseSeconds: 0 };
  await client.send('PUT', `/api/v1/replies/unknown/${items[0]!.id}`, teaching);
  await until(
    'a decision that came of it',
    () => client.get<{ items: { reply: string | null }[] }>('/api/v1/lanes/odd:odd.example/decisions'),
    (page) => page.items.some(({ reply }) => reply?.includes('flumox')),
    120_000,
  );
  const diagnosis = await client.get<Diagnosis>('/api/v1/lanes/odd:odd.example/diagnosis');
  expect(diagnosis.headline).toMatch(/odd\.example|Odd/);
  expect(await client.get<Diagnosis>(`/api/v1/campaigns/${id}/diagnosis`)).toMatchObject({ campaignId: id });

  expect(await untilFinished(client, id)).toMatchObject({ state: 'finished', total: 1_020 });
  expectLedgerMatches(await ledgerOf(client, id), acceptedIn(await sim.events()));
  const chart = await fetch(new URL(`${lanePath}/chart.svg?minutes=10`, client.baseUrl), {
    headers: { authorization: `Bearer ${KEY}` },
  });
  expect(chart.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
  const svg = await chart.text();
  expect(svg).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
  expect(svg).toContain('allowed');
});
