import { afterEach, describe, expect, test } from 'vitest';
import { type Rig, rig, YES } from './rig.ts';
import type { Answer, Stage } from './scripted-smtp.ts';

/** Absolute deadlines: a server that trickles one byte per 50 ms keeps nobody waiting (finding 5, F17, F26, F28). */

let open: Rig | undefined;
afterEach(async () => {
  await open?.end();
  open = undefined;
});

const SHORT = { connectMs: 150, commandMs: 150, bodyMs: 150, dotMs: 150 };
const SLOW: readonly Answer[] = [{ say: null }, { say: '250-', raw: true, next: 'drip' }];

describe.each(SLOW)('a server that says $say and then no more than a drip', (slow) => {
  const cases: readonly [Stage, object][] = [
    ['greeting', { outcome: 'unreached', stage: 'greeting' }],
    ['ehlo', { outcome: 'unreached', stage: 'ehlo' }],
    ['auth', { outcome: 'unreached', stage: 'auth' }],
    ['mail', { outcome: 'unreached', stage: 'mail' }],
    ['rcpt', { outcome: 'unreached', stage: 'rcpt' }],
    ['data', { outcome: 'unreached', stage: 'data' }],
    ['dot', { outcome: 'unknown', stage: 'dot' }],
  ];

  test.each(cases)('at %s is left at the deadline', async (stage, expected) => {
    const auth = stage === 'auth' ? { auth: { user: 'u', pass: 'p' } } : {};
    const r = await rig({ script: { [stage]: slow, extensions: ['AUTH PLAIN'] }, deadlines: SHORT, ...auth });
    open = r;
    expect(await r.send()).toMatchObject({ ...expected, reply: null, detail: 'no answer in time' });
    await r.server.empty();
  });
});

test('a refusal already given counts even if the server then says no more', async () => {
  const r = await rig({
    script: { rcpt: '550 5.1.1 nobody', data: { say: null } },
    deadlines: SHORT,
    pipelining: true,
  });
  open = r;
  expect(await r.send()).toMatchObject({ outcome: 'refused', stage: 'rcpt', reply: { code: 550 } });
});

test('a server that stops reading in the body is left, and holds no letter', async () => {
  const r = await rig({ script: { body: { after: 1, answer: { say: null } } }, deadlines: SHORT });
  open = r;
  r.server.stopReading();
  const result = await r.send('ann@example.com', YES, Buffer.alloc(16_000_000, 'x'));
  expect(result).toMatchObject({ outcome: 'unreached', stage: 'body', detail: 'no answer in time' });
});

test('an idle session is ended with QUIT', async () => {
  const r = await rig({ deadlines: { idleMs: 20 } });
  open = r;
  await r.send();
  await r.server.empty();
  expect(r.server.commands[0]?.at(-1)).toBe('QUIT');
  expect(await r.send()).toMatchObject({ outcome: 'accepted', reused: false });
});

test('a server that never answers QUIT is left', async () => {
  const r = await rig({ script: { quit: { say: null } }, deadlines: { idleMs: 20, quitMs: 40 } });
  open = r;
  await r.send();
  await r.server.empty();
  expect(r.pool.open()).toBe(0);
});
