import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEADLINES } from '../../../src/adapters/smtp/deadlines.ts';
import type { SessionPool } from '../../../src/app/lanes/ports.ts';
import type { ResolveMx } from '../../../src/app/providers/ports.ts';
import { letterTo, startedPool, YES } from './rig.ts';
import { type Script, type Scripted, startScripted } from './scripted-smtp.ts';

/** Straight to the MX of each domain: RFC 5321 5.1, RFC 7505. Nobody listens on 127.0.0.2. */

const mx = (...exchanges: string[]) => ({
  kind: 'hosts' as const,
  hosts: exchanges.map((exchange, i) => ({ exchange, priority: 10 * (exchanges.length - i) })).reverse(),
});
const ZONE: Readonly<Record<string, Awaited<ReturnType<ResolveMx>>>> = {
  'one.test': mx('127.0.0.1'),
  'uno.test': mx('127.0.0.1'),
  'other.test': mx('localhost'),
  'backup.test': mx('127.0.0.1', '127.0.0.2'),
  'dead.test': mx('127.0.0.2'),
  'null.test': { kind: 'nullMx' },
  'none.test': { kind: 'noDomain' },
  'broken.test': { kind: 'failed', detail: 'SERVFAIL' },
};

let server: Scripted;
let pool: SessionPool;
const asked: string[] = [];

async function direct(connections: number, inwardMx = true): Promise<void> {
  server = await startScripted();
  const resolveMx: ResolveMx = async (domain) => {
    asked.push(domain);
    return ZONE[domain] ?? { kind: 'noDomain' };
  };
  const options = { deadlines: DEADLINES, resolveMx, directPort: server.port, inwardMx };
  pool = await startedPool(options, { kind: 'direct' }, { connections, messagesPerConnection: 100 });
}
const send = (domain: string) => pool.send(letterTo(`ann@${domain}`), YES);

beforeEach(() => direct(1));
afterEach(async () => {
  await pool.stop(0);
  await server.close();
});

test('domains with the same MX set share a session', async () => {
  expect(await send('one.test')).toMatchObject({ outcome: 'accepted', reused: false });
  expect(await send('uno.test')).toMatchObject({ outcome: 'accepted', reused: true });
  expect(server.commands).toHaveLength(1);
});

test('the less preferred host is tried when the first cannot be reached', async () => {
  expect(await send('backup.test')).toMatchObject({ outcome: 'accepted' });
  expect(await send('dead.test')).toMatchObject({ outcome: 'unreached', stage: 'connect', reply: null });
});

describe('of two hosts of a domain', () => {
  /** The preferred one does as it is told, the other one takes mail. */
  async function twoHosts(first: Script, limits = { connections: 2, messagesPerConnection: 1 }, deadlines = DEADLINES) {
    const preferred = await startScripted(first);
    const other = await startScripted({}, false, { host: '127.0.0.3', port: preferred.port });
    const doubted: boolean[] = [];
    const resolveMx: ResolveMx = async (_, isDoubted = false) => {
      doubted.push(isDoubted);
      return mx('127.0.0.3', '127.0.0.1');
    };
    const both = await startedPool(
      { deadlines, resolveMx, directPort: preferred.port, inwardMx: true },
      { kind: 'direct' },
      limits,
    );
    const end = async () => {
      await both.stop(0);
      await preferred.close();
      await other.close();
    };
    return { preferred, other, doubted, end, send: () => both.send(letterTo('ann@two.test'), YES) };
  }

  test.each([
    ['554 at the greeting', { greeting: { say: '554 5.7.1 no service', next: 'close' } }],
    ['421 at the greeting', { greeting: { say: '421 4.3.2 shutting down', next: 'close' } }],
    ['silence', { greeting: { say: null } }],
    ['a cut', { greeting: { say: null, next: 'reset' } }],
  ] as const)('the next one is tried after %s, and for a while first', async (_, script) => {
    const {
      preferred,
      other,
      send: sendOne,
      end,
    } = await twoHosts(script, undefined, { ...DEADLINES, connectMs: 600 });
    for (let letter = 0; letter < 3; letter++) expect(await sendOne()).toMatchObject({ outcome: 'accepted' });
    expect(other.letters).toHaveLength(3);
    expect(preferred.commands).toHaveLength(1);
    await end();
  });

  test('the next one is no way around a limit of sessions', async () => {
    let greeted = 0;
    const full = { say: '421 4.7.0 too many connections', next: 'close' } as const;
    const {
      other,
      send: sendOne,
      end,
    } = await twoHosts(
      { greeting: () => (++greeted > 1 ? full : '220 ready'), dot: () => '250 ok' },
      { connections: 2, messagesPerConnection: 100 },
    );
    const results = await Promise.all(Array.from({ length: 6 }, sendOne));
    expect(results.filter(({ outcome }) => outcome === 'accepted').length).toBeGreaterThanOrEqual(5);
    expect(other.commands).toEqual([]);
    await end();
  });

  test('whoever spoke is told of when none serves, and the domain is looked up again', async () => {
    const {
      other,
      doubted,
      send: sendOne,
      end,
    } = await twoHosts({
      greeting: { say: '554 5.7.1 no service', next: 'close' },
    });
    await other.close();
    const refused = { outcome: 'refused', stage: 'greeting', reply: { code: 554 } };
    expect(await sendOne()).toMatchObject(refused);
    expect(await sendOne()).toMatchObject(refused);
    expect(doubted).toEqual([false, true]);
    await end();
  });
});

test('the limit of the pool holds over all its sites, and an idle session makes room', async () => {
  const domains = ['one.test', 'other.test', 'uno.test', 'other.test', 'one.test'];
  for (const domain of domains) expect(await send(domain)).toMatchObject({ outcome: 'accepted' });
  expect(server.most()).toBe(1);
  expect(server.commands.length).toBe(5);
});

test('one site gets no more sessions than a site may have', async () => {
  pool.setLimits({ connections: 6, messagesPerConnection: 100, perSite: 2 });
  await Promise.all(Array.from({ length: 30 }, () => send('one.test')));
  expect(server.most()).toBe(2);
  await Promise.all(Array.from({ length: 30 }, (_, index) => send(index % 2 ? 'one.test' : 'other.test')));
  expect(server.most()).toBe(4);
  expect(server.letters).toHaveLength(60);
});

test('a busy site does not keep another one waiting for ever', async () => {
  const order: string[] = [];
  const note = (domain: string) => send(domain).then(() => order.push(domain));
  const queue = Array.from({ length: 3 }, () => note('one.test'));
  const other = note('other.test');
  const late = Array.from({ length: 30 }, () => note('uno.test'));
  await Promise.all([...queue, other, ...late]);
  expect(order.indexOf('other.test')).toBe(3);
  expect(server.most()).toBe(1);
  expect(server.letters).toHaveLength(34);
});

test('a domain that takes no mail, is not there, or cannot be looked up', async () => {
  expect(await send('null.test')).toMatchObject({
    outcome: 'refused',
    stage: 'lookup',
    reply: { code: 556, enhanced: '5.1.10' },
  });
  expect(await send('none.test')).toMatchObject({ outcome: 'unreached', reply: { code: 0 }, detail: 'NXDOMAIN' });
  expect(await send('broken.test')).toMatchObject({ outcome: 'unreached', reply: null, detail: 'dns: SERVFAIL' });
  expect(server.commands).toEqual([]);
});

test.each(['one.test', 'other.test', 'backup.test'])(
  'an MX of %s that leads inward is not spoken to unless the operator allows it',
  async (domain) => {
    await pool.stop(0);
    await server.close();
    await direct(1, false);
    const result = await send(domain);
    expect(result).toMatchObject({
      outcome: 'unreached',
      stage: 'connect',
      detail: expect.stringMatching(/^dns: .+ leads to /),
    });
    expect(server.most()).toBe(0);
  },
);
