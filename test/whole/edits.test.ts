import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import type { SimEvent } from '../../src/sim/event.ts';
import { startScripted } from '../adapters/smtp/scripted-smtp.ts';
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
  scratch,
  startProduct,
  startSim,
  until,
  untilFinished,
} from './product.ts';

/** Routes edited while letters are on their way. */

const closers = closedAfterEach();
const CAP = 3;

async function started(more: Readonly<Record<string, string>> = {}) {
  const folder = await scratch(closers);
  const product = await startProduct({
    MONGODB_URI: inject('mongodbUri'),
    OFFPEAK_DATABASE: newDatabaseName(),
    OFFPEAK_DATA_DIR: folder,
    OFFPEAK_START_RATE: '20',
    ...more,
  });
  closers.push(() => product.end('SIGKILL'));
  return { folder, ...product };
}

/** Most sessions open at one instant, over all servers. */
function mostAtOnce(events: readonly SimEvent[]): number {
  let [open, most] = [0, 0];
  for (const { event } of events.toSorted((a, b) => a.at - b.at)) {
    if (event === 'connect') open += 1;
    if (event === 'closed') open -= 1;
    most = Math.max(most, open);
  }
  return most;
}

test('a route that is edited while it sends costs no letter and no cap', { timeout: 180_000 }, async () => {
  const { client, errors, folder } = await started();
  const slow = { latencyMs: { mail: 20, accept: 900 } };
  const sim = await startSim(folder, { providers: ['alpha', 'beta'].map((name) => ({ name, ...slow })) });
  closers.push(() => sim.stop(GRACE_MS));
  const put = (name: string, connections: number, ratePerSecond: number | null) =>
    client.send('PUT', '/api/v1/routes/relay', {
      url: `smtp://127.0.0.1:${sim.ports()[name]}`,
      connections,
      ratePerSecond,
    });
  await put('alpha', CAP, null);
  await client.send('PUT', '/api/v1/routing', [{ any: true, route: 'relay' }]);
  const { id } = await newCampaign(client, people({ 'one.example': 60, 'two.example': 60 }));
  await act(client, id, 'start');
  await until(
    'the first letters',
    () => progressOf(client, id),
    ({ counts }) => counts['sent']! > 0,
  );
  for (let edit = 0; edit < 16; edit += 1) {
    await put(edit % 4 < 2 ? 'beta' : 'alpha', CAP - (edit % 2), edit % 3 === 0 ? 50 : null);
    await sleep(700);
  }
  expect(await untilFinished(client, id)).toMatchObject({ state: 'finished', counts: { sent: 120, uncertain: 0 } });
  const events = await sim.events();
  expectLedgerMatches(await ledgerOf(client, id), acceptedIn(events));
  expect(new Set(events.map(({ provider }) => provider))).toEqual(new Set(['alpha', 'beta']));
  expect(mostAtOnce(events)).toBeLessThanOrEqual(CAP);
  expect(errors()).not.toContain('lane lost');
});

test('the right password, and resume at once: it is used by every worker, and nobody has failed', {
  timeout: 180_000,
}, async () => {
  const tried: string[] = [];
  const server = await startScripted({
    extensions: ['AUTH PLAIN'],
    auth({ line }) {
      const password = Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .toString()
        .split('\0')[2]!;
      tried.push(password);
      return password === 'right' ? '235 2.7.0 welcome' : '535 5.7.8 Error: authentication failed';
    },
  });
  closers.push(() => server.close());
  const { client } = await started();
  const put = (password: string) =>
    client.send('PUT', '/api/v1/routes/relay', {
      url: `smtp://user:${password}@127.0.0.1:${server.port}`,
      connections: 4,
    });
  const blocked = (id: string) =>
    until(
      'the block',
      () => progressOf(client, id),
      ({ state }) => state === 'blocked',
    );
  await put('wrong-0');
  await client.send('PUT', '/api/v1/routing', [{ any: true, route: 'relay' }]);
  const { id } = await newCampaign(client, people({ 'one.example': 40 }));
  await act(client, id, 'start');
  for (const round of [1, 2, 3]) {
    expect(await blocked(id)).toMatchObject({ blockedBecause: expect.stringContaining('authentication failed') });
    await put(`wrong-${round}`);
    tried.length = 0;
    await act(client, id, 'resume');
    await blocked(id);
    expect(new Set(tried)).toEqual(new Set([`wrong-${round}`]));
  }
  await put('right');
  await act(client, id, 'resume');
  expect(await untilFinished(client, id)).toMatchObject({ state: 'finished', counts: { sent: 40, bounced: 0 } });
  expect((await ledgerOf(client, id)).map(({ attempts }) => attempts)).toEqual(Array(40).fill(1));
});
