import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import type { Client } from '../../src/cli/client.ts';
import { startDns } from '../adapters/dns-server.ts';
import { type Script, type Scripted, startScripted } from '../adapters/smtp/scripted-smtp.ts';
import {
  act,
  closedAfterEach,
  freePort,
  ledgerOf,
  newCampaign,
  newDatabaseName,
  people,
  progressOf,
  scratch,
  startProduct,
  until,
  untilFinished,
} from './product.ts';

/** Servers whose words mislead, through real SMTP: what is done follows from what happens, and nobody is lost for it. */

const closers = closedAfterEach();

async function started(more: Readonly<Record<string, string>> = {}): Promise<Client> {
  const product = await startProduct({
    MONGODB_URI: inject('mongodbUri'),
    OFFPEAK_DATABASE: newDatabaseName(),
    OFFPEAK_DATA_DIR: await scratch(closers),
    OFFPEAK_START_RATE: '20',
    ...more,
  });
  closers.push(() => product.end('SIGKILL'));
  return product.client;
}

const TO = /<person(\d+)@/;
const placeOf = (line: string) => Number(TO.exec(line)?.[1] ?? -1);

const rules: { readonly domain: string; readonly route: string }[] = [];

/** A server with a route of its own, and a campaign to so many people there. */
async function campaignTo(client: Client, name: string, script: Script, recipients: number, user = '') {
  const server = await startScripted(script);
  closers.push(() => server.close());
  const url = `smtp://${user}127.0.0.1:${server.port}`;
  await client.send('PUT', `/api/v1/routes/${name}`, { url, connections: 5 });
  rules.push({ domain: `${name}.example`, route: name });
  await client.send('PUT', '/api/v1/routing', rules);
  const { id } = await newCampaign(client, people({ [`${name}.example`]: recipients }));
  return { server, id };
}

/** Every letter that a server took, by the address it was for. */
const takenBy = ({ letters }: Scripted) => letters.map((letter) => /^To: (.*)$/m.exec(letter)?.[1]);
const expectNobodyTwice = (server: Scripted) => expect(new Set(takenBy(server)).size).toBe(server.letters.length);

test('blocked, greylisted, poisoned, capped and away: nobody is lost, nobody twice, nobody bounced, each at its own pace', {
  timeout: 400_000,
}, async () => {
  const client = await started();

  // Blocked after 60, in words that say something else each time; it opens again 40 s later.
  let taken = 0;
  let blockedAt: number | null = null;
  const offers: number[] = [];
  const WORDS = ['550 5.1.1 User unknown', '554 Transaction failed', '451 Try later', '550 5.7.1 rejected by policy'];
  const wall = await campaignTo(
    client,
    'wall',
    {
      rcpt() {
        if (taken === 60 && blockedAt === null) blockedAt = Date.now();
        const isBlocked = blockedAt !== null && Date.now() < blockedAt + 40_000;
        if (isBlocked) offers.push(Date.now());
        else taken += 1;
        return isBlocked ? WORDS[offers.length % WORDS.length]! : '250 2.1.5 ok';
      },
    },
    300,
  );

  // Everybody is put off for 20 s.
  const since = new Map<string, number>();
  const grey = await campaignTo(
    client,
    'grey',
    {
      rcpt({ line }) {
        const from = since.get(line) ?? Date.now();
        since.set(line, from);
        return Date.now() - from < 20_000 ? '451 4.7.1 Please try again later' : '250 2.1.5 ok';
      },
    },
    300,
  );

  // One hears 421 each time.
  const poison = await campaignTo(
    client,
    'poison',
    {
      rcpt: ({ line }) =>
        placeOf(line) === 20 ? { say: '421 4.7.0 Too many messages, slow down', next: 'close' } : '250 2.1.5 ok',
    },
    400,
  );

  // Two sessions may log in, a third is refused in words for a person.
  let turnedAway = 0;
  const login: Awaited<ReturnType<typeof campaignTo>> = await campaignTo(
    client,
    'login',
    {
      extensions: ['AUTH PLAIN'],
      auth() {
        if (login.server.open() > 2) {
          turnedAway += 1;
          return { say: '535 5.7.8 Too many concurrent logins', next: 'close' };
        }
        return '235 2.7.0 welcome';
      },
      dot: { say: '250 2.0.0 queued', waitMs: 150 },
    },
    200,
    'user:secret@',
  );

  // Away for seven seconds in the middle of it.
  const away = await campaignTo(client, 'away', {}, 400);

  const all = { wall, grey, poison, login, away };
  for (const { id } of Object.values(all)) await act(client, id, 'start');

  await until(
    'a hundred letters',
    () => progressOf(client, away.id),
    ({ counts }) => counts['sent']! >= 100,
  );
  const rateOf = async () =>
    (await client.get<{ ratePerSecond: number }>('/api/v1/lanes/away:away.example')).ratePerSecond;
  const before = await rateOf();
  await away.server.close();
  await sleep(7_000);
  const back = await startScripted({}, false, { host: '127.0.0.1', port: away.server.port });
  closers.push(() => back.close());
  const finished = await untilFinished(client, away.id);
  expect(finished).toMatchObject({ state: 'finished', counts: { sent: 400, bounced: 0, uncertain: 0 } });
  expect(new Set([...takenBy(away.server), ...takenBy(back)]).size).toBe(400);
  expect(away.server.letters.length + back.letters.length).toBe(400);
  // Down is no pace: the rate goes on where it was.
  expect(await rateOf()).toBeGreaterThanOrEqual(before);

  expect(await untilFinished(client, login.id)).toMatchObject({ state: 'finished', counts: { sent: 200, bounced: 0 } });
  expect(turnedAway).toBeGreaterThan(0);

  await until(
    'all but the poisoned one',
    () => progressOf(client, poison.id),
    ({ counts }) => counts['sent'] === 399,
  );
  const [poisoned] = (await ledgerOf(client, poison.id)).filter(({ state }) => state !== 'sent');
  expect(poisoned).toMatchObject({ state: 'deferred', attempts: 1 });

  expect(await untilFinished(client, grey.id)).toMatchObject({ state: 'finished', counts: { sent: 300 } });
  expect(await untilFinished(client, wall.id)).toMatchObject({ counts: { sent: 300, bounced: 0 } });
  expect(offers.length).toBeLessThanOrEqual(30);
  for (const { server } of Object.values(all)) expectNobodyTwice(server);
});

test('one small host that is dead, silent, slow or not there is nobody else’s trouble', {
  timeout: 300_000,
}, async () => {
  const port = await freePort('0.0.0.0');
  const at = (host: string) => ({ host, port });
  const good = Array.from({ length: 150 }, (_, place) => `good${place}.example`);
  const mx = (...hosts: readonly string[]) => ({ MX: hosts.map((host, place) => [10 * (place + 1), host] as const) });
  const dns = await startDns({
    ...Object.fromEntries(good.map((name, place) => [name, mx(`127.0.1.${1 + (place % 20)}`)])),
    'dead.example': mx('127.0.2.1'),
    'silent.example': mx('127.0.2.2'),
    'slow.example': mx('127.0.2.3'),
    'backup.example': mx('127.0.2.4', '127.0.1.1'),
  });
  closers.push(dns.close);
  const open = async (host: string, script: Script = {}) => {
    const server = await startScripted(script, false, at(host));
    closers.push(() => server.close());
    return server;
  };
  const hosts = await Promise.all(Array.from({ length: 20 }, (_, place) => open(`127.0.1.${place + 1}`)));
  await open('127.0.2.2', { greeting: { say: null } });
  const slow = await open('127.0.2.3', { dot: { say: '250 2.0.0 queued', waitMs: 60_000 } });
  const shut = await open('127.0.2.4', { greeting: { say: '554 5.3.2 not here', next: 'close' } });

  const client = await started({
    OFFPEAK_DNS_SERVERS: dns.address,
    OFFPEAK_MX_PORT: String(port),
    OFFPEAK_MX_PRIVATE: '1',
  });
  await client.send('PUT', '/api/v1/routes/out', { url: 'direct', connections: 20 });
  await client.send('PUT', '/api/v1/routing', [{ any: true, route: 'out' }]);
  const trouble = { 'dead.example': 4, 'silent.example': 4, 'slow.example': 6, 'gone.example': 4 };
  const list = people({ ...trouble, 'backup.example': 5, ...Object.fromEntries(good.map((name) => [name, 4])) });
  const { id } = await newCampaign(client, list);
  await act(client, id, 'start');

  const sent = () => hosts.reduce((sum, { letters }) => sum + letters.length, 0);
  await until(
    'all good ones',
    async () => sent(),
    (letters) => letters === 605,
  );
  // However long it takes, the slow host holds no more than its own two sessions.
  expect(slow.most()).toBeLessThanOrEqual(2);
  expect(shut.commands).toHaveLength(1);
  const rows = await until(
    'the end of those that are not there',
    () => ledgerOf(client, id),
    (all) => all.filter(({ state }) => state === 'bounced').length === 4,
  );
  const statesOf = (domain: string) =>
    new Set(rows.filter(({ address }) => address.endsWith(`@${domain}`)).map(({ state }) => state));
  expect(statesOf('gone.example')).toEqual(new Set(['bounced']));
  for (const domain of ['dead.example', 'silent.example']) expect(statesOf(domain)).not.toContain('bounced');
  const lane = await client.get<{ ratePerSecond: number; stop: object | null }>('/api/v1/lanes/out:other');
  expect(lane.stop).toBeNull();
  expect(lane.ratePerSecond).toBeGreaterThan(20);
});
