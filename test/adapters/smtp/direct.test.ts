import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEADLINES } from '../../../src/adapters/smtp/deadlines.ts';
import type { SessionPool } from '../../../src/app/lanes/ports.ts';
import type { ResolveMx } from '../../../src/app/providers/ports.ts';
import { letterTo, startedPool, YES } from './rig.ts';
import { type Scripted, startScripted } from './scripted-smtp.ts';

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

test('a host that refuses speaks for its whole site', async () => {
  await server.close();
  server = await startScripted({ greeting: { say: '421 4.7.0 slow down', next: 'close' } });
  const resolveMx: ResolveMx = async () => mx('127.0.0.1', 'localhost');
  const options = { deadlines: DEADLINES, resolveMx, directPort: server.port, inwardMx: true };
  const strict = await startedPool(options, { kind: 'direct' }, { connections: 1, messagesPerConnection: 1 });
  expect(await strict.send(letterTo('ann@one.test'), YES)).toMatchObject({ outcome: 'refused', reply: { code: 421 } });
  expect(server.commands).toHaveLength(1);
  await strict.stop(0);
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
