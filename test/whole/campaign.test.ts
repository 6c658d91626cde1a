import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { acceptedIn, rateBetween } from '../setup/sim-log.ts';
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

const IN_SESSION = ['mail', 'rcpt', 'data', 'dot'];
const BEFORE_IT = ['greeting', 'ehlo'];

const pushBack = (stage: string | string[]) => ({
  burst: 10,
  refuseAt: stage,
  refusal: { code: 421, text: '4.7.0 Too many messages, slow down', close: true },
});

// Broken lines, a duplicate in another case, and quotes: every line has to turn up again.
const messy = (good: string) =>
  `\ufeff${good}PERSON1@alpha.example,"Ann, again"\nno-at-sign,X\n"two@at@alpha.example",Y\nshort@alpha.example\n\n"quoted@beta.example","Ann ""the"" Quote"\n`;

test('a campaign through push-back, a lost lane and a killed worker: every line and every letter is accounted for', {
  timeout: 900_000,
}, async () => {
  const folder = await scratch(closers);
  const sim = await startSim(folder, {
    providers: [
      { name: 'alpha', ratePerSecond: 40, ...pushBack(IN_SESSION), strayShare: 0.06 },
      // Three letters a session, so that there are many greetings at which to push back.
      { name: 'delta', ratePerSecond: 40, ...pushBack(BEFORE_IT), strayShare: 0.1, maxMessagesPerConnection: 3 },
      { name: 'beta', ratePerSecond: 30, ...pushBack('mail'), deadShare: 0.02 },
      { name: 'gamma', ratePerSecond: 20, ...pushBack('mail') },
    ],
  });
  closers.push(() => sim.stop(GRACE_MS));
  const env = { MONGODB_URI: inject('mongodbUri'), OFFPEAK_DATABASE: newDatabaseName(), OFFPEAK_DATA_DIR: folder };
  let product = await startProduct(env);
  closers.push(() => product.end('SIGKILL'));
  const { client } = product;
  await routeTo(client, sim);

  const csv = messy(people({ 'alpha.example': 200, 'beta.example': 800, 'gamma.example': 900, 'delta.example': 100 }));
  const { id, imported } = await newCampaign(client, csv);
  expect(imported).toMatchObject({ records: 2_005, accepted: 2_001, duplicate: 1, rejected: 3, suppressed: 0 });
  await act(client, id, 'start');

  // Killed in the middle of it, with letters under way, and started again by hand.
  await until(
    'the first hundred',
    () => progressOf(client, id),
    ({ counts }) => counts['sent']! >= 100,
  );
  await product.end('SIGKILL');
  product = await startProduct(env);
  const after = product.client;

  // Gamma is going well; it loses nine tenths of its capacity and gets it back.
  const seen = async () => acceptedIn(await sim.events()).filter(({ provider }) => provider === 'gamma');
  await until('gamma at its rate', seen, (all) => rateBetween(all, Date.now() - 6_000, Date.now() - 1_000) >= 14);
  await sim.setRate('gamma', 2);
  const cutAt = Date.now();
  await sleep(25_000);
  await sim.setRate('gamma', 20);
  const backAt = Date.now();
  const ended = await untilFinished(after, id);
  expect(ended).toMatchObject({ state: 'finished', total: 2_001 });

  const events = await sim.events();
  const accepted = acceptedIn(events);
  const ledger = await ledgerOf(after, id);
  expect(ledger).toHaveLength(2_001);
  expectLedgerMatches(ledger, accepted);

  // What the server saw of the cut: attempts fall with it, and the rate comes back.
  const attempts = events.filter(
    (event) => event.provider === 'gamma' && (event.event === 'accepted' || event.event === 'refused'),
  );
  const late =
    attempts.filter(({ at }) => at >= cutAt + 20_000 && at < backAt).length / ((backAt - cutAt - 20_000) / 1_000);
  expect(late, 'attempts a second from 20 s after the cut').toBeLessThan(5);
  const gamma = accepted.filter(({ provider }) => provider === 'gamma');
  const isBack = Array.from({ length: 300 }, (_, second) => backAt + second * 1_000).find(
    (from) => rateBetween(gamma, from, from + 5_000) >= 18,
  );
  expect(isBack, 'back at 90 % within 300 s of the return').toBeDefined();
  const beta = accepted.filter(({ provider }) => provider === 'beta');
  const others = rateBetween(beta, cutAt, Math.min(backAt, beta.at(-1)!.at));
  expect(others, 'letters a second of the lane beside it').toBeGreaterThan(20);
  const stagesOf = (provider: string) =>
    new Set(
      events.flatMap((event) =>
        event.event === 'refused' && event.provider === provider && ['rate', 'stray'].includes(event.why)
          ? [event.stage]
          : [],
      ),
    );
  expect(stagesOf('alpha')).toEqual(new Set(IN_SESSION));
  expect([...stagesOf('delta')]).toEqual(expect.arrayContaining(BEFORE_IT));
});
