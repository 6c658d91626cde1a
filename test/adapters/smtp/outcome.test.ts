import { afterEach, describe, expect, test } from 'vitest';
import { makeConnection } from '../../../src/adapters/smtp/connection.ts';
import { begin, listen, startDialogue } from '../../../src/adapters/smtp/dialogue.ts';
import { RAW, type Rig, type RigOptions, rig, YES } from './rig.ts';
import type { Answer, Moment } from './scripted-smtp.ts';

/** What is known after a drop, silence, nonsense or a closed gate (fault matrix F17, F25-F31; finding 4). */

let open: Rig | undefined;
afterEach(async () => {
  await open?.end();
  open = undefined;
});
const start = async (options: RigOptions) => {
  open = await rig(options);
  return open;
};

const DROPS: readonly Answer[] = [
  { say: null, next: 'close' },
  { say: null, next: 'reset' },
];

describe.each(DROPS)('a server that ends the session without a word ($next)', (drop) => {
  test('at the greeting holds no letter', async () => {
    const r = await start({ script: { greeting: drop } });
    expect(await r.send()).toMatchObject({
      outcome: 'unreached',
      stage: expect.stringMatching(/^(connect|greeting)$/),
      reply: null,
    });
  });

  test.each(['ehlo', 'mail', 'rcpt', 'data'] as const)('at %s holds no letter', async (stage) => {
    const r = await start({ script: { [stage]: drop } });
    const result = await r.send('ann@example.com', () => Promise.reject(new Error('must not be asked')));
    expect(result).toMatchObject({ outcome: 'unreached', stage, reply: null });
    expect(result.detail).toBeTruthy();
  });

  test('at a pipelined RCPT holds no letter, and RCPT is what it did not answer', async () => {
    const r = await start({ script: { rcpt: drop }, pipelining: true });
    expect(await r.send()).toMatchObject({ outcome: 'unreached', stage: 'rcpt', reply: null });
  });

  test('after the dot may hold it', async () => {
    const r = await start({ script: { dot: drop } });
    expect(await r.send()).toMatchObject({ outcome: 'unknown', stage: 'dot', reply: null });
    expect(r.server.letters).toHaveLength(1);
  });

  test('in a body that did not fit the wire holds no letter', async () => {
    const r = await start({ script: { body: { after: 1, answer: drop } } });
    const result = await r.send('ann@example.com', YES, Buffer.alloc(16_000_000, 'x'));
    expect(result).toMatchObject({ outcome: 'unreached', stage: 'body', reply: null });
  });
});

test('a refusal in mid-body is definite, and the dot never leaves', async () => {
  const r = await start({ script: { body: { after: 1, answer: { say: '552 5.3.4 too big', next: 'close' } } } });
  const result = await r.send('ann@example.com', YES, Buffer.alloc(16_000_000, 'x'));
  expect(result).toMatchObject({ outcome: 'refused', stage: 'body', reply: { code: 552, enhanced: '5.3.4' } });
});

test.each([
  ['550 5.7.1 spam', { outcome: 'refused', reply: { code: 550, enhanced: '5.7.1', text: 'spam' } }],
  ['451 4.3.0 later', { outcome: 'refused', reply: { code: 451 } }],
  ['450-4.7.1 slow\r\n450 4.7.1 down', { outcome: 'refused', reply: { code: 450, enhanced: '4.7.1' } }],
  ['25', { outcome: 'unknown', reply: null }],
  ['nonsense', { outcome: 'unknown', reply: null }],
  ['354 more', { outcome: 'unknown', reply: null }],
])('%j after the dot', async (say, expected) => {
  const r = await start({ script: { dot: say } });
  expect(await r.send()).toMatchObject({ ...expected, stage: 'dot' });
});

test.each([
  { say: '25', raw: true, next: 'close' },
  { say: '250 2.0.0 queu', raw: true, next: 'close' },
] as const)('a reply cut off after the dot ($say) decides nothing', async (dot) => {
  const r = await start({ script: { dot } });
  expect(await r.send()).toMatchObject({ outcome: 'unknown', stage: 'dot', reply: null });
});

test.each(['mail', 'rcpt', 'data'] as const)('nonsense at %s is no reply, and nothing was sent', async (stage) => {
  const r = await start({ script: { [stage]: 'nonsense' } });
  expect(await r.send()).toMatchObject({
    outcome: 'unreached',
    stage,
    reply: null,
    detail: expect.stringContaining('nonsense'),
  });
});

test.each([true, false])('replies out of step send nothing (pipelining: %s)', async (pipelining) => {
  const script = { mail: '250 2.1.0 ok\r\n250 2.1.0 and again' };
  const r = await start({ script, pipelining });
  const result = await r.send('ann@example.com', () => Promise.reject(new Error('must not be asked')));
  expect(result).toMatchObject({ outcome: 'unreached', stage: 'data', reply: null });
  expect(r.server.bodyBytes()).toBe(0);
});

describe.each([true, false])('the mark (pipelining: %s)', (pipelining) => {
  test('is asked once, after the 354 and before the first byte', async () => {
    const r = await start({ pipelining });
    let seen = '';
    const result = await r.send('ann@example.com', async () => {
      seen += `${r.server.commands[0]?.at(-1)} ${r.server.bodyBytes()};`;
      return true;
    });
    expect(result).toMatchObject({ outcome: 'accepted', reply: { code: 250, enhanced: '2.0.0', text: 'queued' } });
    expect(seen).toBe('DATA 0;');
    expect(r.server.letters).toEqual([RAW.toString().replace('\r\n.A', '\r\n..A')]);
  });

  test('answering false withdraws the letter without a byte of body', async () => {
    const r = await start({ pipelining });
    expect(await r.send('ann@example.com', async () => false)).toMatchObject({ outcome: 'withdrawn', detail: null });
    await r.server.empty();
    expect(r.server.bodyBytes()).toBe(0);
    expect(await r.send()).toMatchObject({ outcome: 'accepted' });
  });

  test('failing does the same and says why', async () => {
    const r = await start({ pipelining });
    const mark = () => Promise.reject(new Error('no primary'));
    expect(await r.send('ann@example.com', mark)).toMatchObject({ outcome: 'withdrawn', detail: 'mark: no primary' });
    await r.server.empty();
    expect(r.server.bodyBytes()).toBe(0);
  });

  test('given after the session ended sends nothing, and the report waits for it', async () => {
    const data = { say: '354 go on\r\n421 4.3.2 going down', next: 'close' } as const;
    const r = await start({
      script: { data: ({ session }: Moment) => (session === 1 ? data : undefined) },
      pipelining,
    });
    const order: string[] = [];
    const mark = async () => {
      await r.server.empty();
      order.push('mark');
      return true;
    };
    const result = await r.send('ann@example.com', mark);
    order.push('result');
    expect(result).toMatchObject({ outcome: 'refused', stage: 'body', reply: { code: 421, enhanced: '4.3.2' } });
    expect(order).toEqual(['mark', 'result']);
    expect(r.server.bodyBytes()).toBe(0);
    expect(await r.send()).toMatchObject({ outcome: 'accepted' });
  });
});

test.each([
  'b@example.net,evil@x.org',
  'b@example.net\r\nRCPT TO:<evil@x.org>',
  'b @example.net',
  '<b@example.net>',
  'b@example.net\u0000',
  'b@@example.net',
  'jõgeva@example.net',
  '',
])('the address %j reaches no server', async (to) => {
  const r = await start({});
  expect(await r.send(to)).toMatchObject({ outcome: 'withdrawn', detail: 'address' });
  expect(r.server.commands).toEqual([]);
});

test('a command that names somebody else is never written', () => {
  const host = {
    host: '127.0.0.1',
    port: 1,
    secure: false,
    startTls: 'never',
    verify: false,
    ca: null,
    auth: null,
    reach: 'anywhere',
  } as const;
  const connection = makeConnection(host, 'mail.sender.test');
  const dialogue = startDialogue();
  listen(connection, dialogue, () => {});
  begin(dialogue, 'ann@example.com');
  connection.logger.debug({ tnx: 'client' }, 'RCPT TO:<ann@example.com>');
  expect(connection.destroyed).toBe(false);
  connection.logger.debug({ tnx: 'client' }, 'RCPT TO:<evil@x.org>');
  expect(connection.destroyed).toBe(true); // the log line comes before the write
});

test('a letter larger than the server takes is refused without asking it', async () => {
  const r = await start({ script: { extensions: ['SIZE 10'] } });
  expect(await r.send()).toMatchObject({ outcome: 'refused', stage: 'mail', reply: { code: 552, enhanced: '5.3.4' } });
  expect(await r.send('ann@example.com', YES, Buffer.from('a: b\r\n'))).toMatchObject({
    outcome: 'accepted',
    reused: true,
  });
});
