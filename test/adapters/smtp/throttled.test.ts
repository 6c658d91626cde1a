import { afterEach, describe, expect, test } from 'vitest';
import { type Rig, rig, YES } from './rig.ts';
import type { Answer, Moment, Stage } from './scripted-smtp.ts';

/** A 421 at every stage, on fresh and reused sessions, with and without close and PIPELINING (fault matrix F18, F19). */

const BUSY = '421 4.7.0 Try again later';
const REPLY = { code: 421, enhanced: '4.7.0', text: 'Try again later' };

let open: Rig | undefined;
afterEach(async () => {
  await open?.end();
  open = undefined;
});

/** Says 421 once: to the nth letter of the first session that gets so far. */
function once421(letter: number, closes: boolean): (moment: Moment) => Answer | undefined {
  let said = false;
  return (moment) => {
    if (said || moment.letter !== letter) return undefined;
    said = true;
    return closes ? { say: BUSY, next: 'close' } : { say: BUSY };
  };
}

const setup = (['greeting', 'ehlo', 'auth'] as const).flatMap((stage) =>
  [true, false].map((closes) => ({ stage, closes })),
);

test.each(setup)('a 421 at $stage (close: $closes) is seen once and nothing is sent', async ({ stage, closes }) => {
  const script = { [stage]: once421(0, closes), extensions: ['AUTH PLAIN'] };
  const r = await rig({ script, auth: { user: 'u', pass: 'p' } });
  open = r;
  let marks = 0;
  const first = await r.send('ann@example.com', async () => ++marks > 0);
  expect(first).toMatchObject({ outcome: 'refused', stage, reply: REPLY, reused: false, carried: 0 });
  expect(marks).toBe(0);
  expect(await r.send()).toMatchObject({ outcome: 'accepted', stage: 'dot' });
  expect(r.server.letters).toHaveLength(1);
});

const stages: readonly Stage[] = ['mail', 'rcpt', 'data', 'dot'];
const cases = stages.flatMap((stage) =>
  [1, 3].flatMap((letter) =>
    [true, false].flatMap((closes) => [true, false].map((pipelining) => ({ stage, letter, closes, pipelining }))),
  ),
);

describe.each(cases)('a 421 at $stage of letter $letter (close: $closes, pipelining: $pipelining)', (one) => {
  test('is seen exactly once, with its stage and words, and the next letter is unharmed', async () => {
    const { stage, letter, closes, pipelining } = one;
    const r = await rig({ script: { [stage]: once421(letter, closes) }, pipelining });
    open = r;
    const results = [];
    for (let i = 0; i <= letter; i++) results.push(await r.send(`to${i}@example.com`, YES));
    const throttled = results.filter((result) => result.reply?.code === 421);
    expect(throttled).toEqual([results[letter - 1]]);
    expect(throttled[0]).toMatchObject({
      outcome: 'refused',
      stage,
      reply: REPLY,
      reused: letter > 1,
      carried: letter - 1,
    });
    expect(results.filter((result) => result.outcome === 'accepted')).toHaveLength(letter);
    // A letter refused at the dot reached the server whole; it is not sent again by us.
    expect(r.server.letters).toHaveLength(letter + (stage === 'dot' ? 1 : 0));
    expect(results[letter]).toMatchObject({ outcome: 'accepted', reused: false });
  });
});

test('a 421 that follows another refusal in the same pipelined batch is the one reported', async () => {
  const r = await rig({ script: { rcpt: '550 5.1.1 nobody', data: once421(1, true) }, pipelining: true });
  open = r;
  expect(await r.send()).toMatchObject({ outcome: 'refused', stage: 'data', reply: REPLY });
});

test('a 421 in one segment with the reply before it and the end of the session is not lost', async () => {
  const mail = { say: `250 2.1.0 ok\r\n${BUSY}`, next: 'close' } as const;
  for (const pipelining of [true, false]) {
    const r = await rig({ script: { mail }, pipelining });
    expect(await r.send()).toMatchObject({ outcome: 'refused', stage: 'rcpt', reply: REPLY });
    await r.end();
  }
});

test.each([BUSY, undefined])("a session that ends while idle (%s) is nobody's failure", async (farewell) => {
  const r = await rig();
  open = r;
  expect(await r.send()).toMatchObject({ outcome: 'accepted' });
  r.server.drop(farewell);
  await r.server.empty();
  expect(await r.send()).toMatchObject({ outcome: 'accepted', reused: false });
  expect(r.server.commands).toHaveLength(2);
});

test('a 421 at QUIT or RSET speaks of no letter', async () => {
  const script = {
    rcpt: ({ letter }: Moment) => (letter === 1 ? '550 5.1.1 nobody' : undefined),
    rset: BUSY,
    quit: BUSY,
  };
  const r = await rig({ script, limits: { messagesPerConnection: 1 } });
  open = r;
  expect(await r.send()).toMatchObject({ outcome: 'refused', stage: 'rcpt', reply: { code: 550 } });
  const wide = await rig({ script });
  expect(await wide.send()).toMatchObject({ reply: { code: 550 } });
  expect(await wide.send()).toMatchObject({ outcome: 'refused', reply: { code: 550 }, reused: false });
  await wide.end();
});
