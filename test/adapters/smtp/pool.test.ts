import { afterEach, describe, expect, test } from 'vitest';
import { type Rig, type RigOptions, rig } from './rig.ts';
import type { Answer, Moment } from './scripted-smtp.ts';

/** Sessions are few, shared and given back (F18, F20; RFC 5321 4.3.2 for RSET). */

let open: Rig | undefined;
afterEach(async () => {
  await open?.end();
  open = undefined;
});
const start = async (options: RigOptions) => {
  open = await rig(options);
  return open;
};
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const verbs = (commands: readonly string[] = []) => commands.map((line) => line.slice(0, 4)).join(' ');

/** A promise and its key. */
function gate() {
  let unlock = () => {};
  const passed = new Promise<boolean>((resolve) => {
    unlock = () => resolve(true);
  });
  return { mark: () => passed, unlock };
}

describe('the limits of a pool', () => {
  test('letters share as many sessions as allowed, and each session carries many', async () => {
    const r = await start({ limits: { connections: 3 } });
    const results = await Promise.all(times(60, (i) => r.send(`to${i}@example.com`)));
    expect(results.every(({ outcome }) => outcome === 'accepted')).toBe(true);
    expect(r.server.most()).toBe(3);
    expect(r.server.commands).toHaveLength(3);
    expect(r.pool.open()).toBe(3);
    expect(new Set(r.server.letters).size).toBe(1);
    expect(r.server.letters).toHaveLength(60);
  });

  test('a session ends with QUIT after its number of letters', async () => {
    const r = await start({ limits: { messagesPerConnection: 2 } });
    const results = await Promise.all(times(5, () => r.send()));
    expect(results.map(({ carried }) => carried)).toEqual([0, 1, 0, 1, 0]);
    expect(results.map(({ reused }) => reused)).toEqual([false, true, false, true, false]);
    expect(r.server.most()).toBe(1);
    expect(verbs(r.server.commands[0])).toBe('EHLO MAIL RCPT DATA MAIL RCPT DATA QUIT');
  });

  test('lowering them ends idle sessions, raising them opens new ones', async () => {
    const r = await start({ limits: { connections: 3 } });
    await Promise.all(times(9, () => r.send()));
    r.pool.setLimits({ connections: 0, messagesPerConnection: 100 });
    await r.server.empty();
    const waiting = r.send();
    expect(r.pool.open()).toBe(0);
    r.pool.setLimits({ connections: 1, messagesPerConnection: 100 });
    expect(await waiting).toMatchObject({ outcome: 'accepted', reused: false });
  });

  test('a lower limit takes sessions away as their letters end', async () => {
    const r = await start({ limits: { connections: 3 } });
    const { mark, unlock } = gate();
    const under = times(3, (i) => r.send(`to${i}@example.com`, mark));
    await expect.poll(() => r.pool.open()).toBe(3);
    r.pool.setLimits({ connections: 1, messagesPerConnection: 100 });
    unlock();
    await Promise.all(under);
    await expect.poll(() => r.server.open()).toBe(1);
  });
});

describe('a refused connect', () => {
  test("costs one letter's turn when the server caps its sessions, not twenty", async () => {
    const cap = ({ session }: Moment): Answer | undefined =>
      session > 3 ? { say: '421 4.7.0 too many connections', next: 'close' } : undefined;
    const r = await start({ script: { greeting: cap }, limits: { connections: 20 } });
    const results = await Promise.all(times(100, (i) => r.send(`to${i}@example.com`)));
    const refused = results.filter(({ outcome }) => outcome !== 'accepted');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ outcome: 'refused', stage: 'greeting', reply: { code: 421 } });
    expect(r.server.commands).toHaveLength(4);
  });

  test('is tried again by the next letter when no session is left, one at a time', async () => {
    const r = await start({
      script: { greeting: { say: '554 5.7.1 go away', next: 'close' } },
      limits: { connections: 9 },
    });
    const results = await Promise.all(times(4, (i) => r.send(`to${i}@example.com`)));
    for (const result of results)
      expect(result).toMatchObject({ outcome: 'refused', stage: 'greeting', reply: { code: 554 } });
    expect(r.server.commands).toHaveLength(4);
    expect(r.server.most()).toBe(1);
  });

  test('to a closed port reached nobody', async () => {
    const r = await start({});
    await r.server.close();
    const result = await r.send();
    expect(result).toMatchObject({ outcome: 'unreached', stage: 'connect', reply: null });
    expect(result.detail).toContain('ECONNREFUSED');
    open = undefined;
    await r.pool.stop(0);
  });

  test('for a wrong password says so, and shows no password', async () => {
    const script = { auth: '535 5.7.8 bad credentials', extensions: ['AUTH PLAIN LOGIN'] };
    const r = await start({ script, auth: { user: 'us', pass: 'secret-word' } });
    const result = await r.send();
    expect(result).toMatchObject({ outcome: 'refused', stage: 'auth', reply: { code: 535, enhanced: '5.7.8' } });
    expect(JSON.stringify(result)).not.toContain('secret-word');
  });
});

describe.each([true, false])('a list with dead addresses (pipelining: %s)', (pipelining) => {
  test('costs a RSET each, not a session each', async () => {
    const rcpt = ({ letter }: Moment) => (letter % 2 ? '550 5.1.1 no such user' : undefined);
    const data = ({ letter }: Moment) => (letter % 2 ? '503 5.5.1 no recipients' : undefined);
    const r = await start({ script: { rcpt, data }, pipelining });
    const results = await Promise.all(times(6, (i) => r.send(`to${i}@example.com`)));
    const dead = { outcome: 'refused', stage: 'rcpt', reply: { code: 550, enhanced: '5.1.1' } };
    expect(results).toMatchObject(times(6, (i) => (i % 2 ? { outcome: 'accepted', reused: true } : dead)));
    expect(r.server.commands).toHaveLength(1);
    expect(r.server.commands[0]?.filter((line) => line === 'RSET')).toHaveLength(3);
  });

  test('a refused sender or a refused letter keeps the session too', async () => {
    const script = {
      mail: ({ letter }: Moment) => (letter === 1 ? '450 4.7.1 not now' : undefined),
      rcpt: ({ letter }: Moment) => (letter === 1 ? '503 5.5.1 no sender' : undefined),
      data: ({ letter }: Moment) => (letter === 1 ? '503 5.5.1 no recipients' : undefined),
      dot: ({ letter }: Moment) => (letter === 2 ? '554 5.7.1 spam' : undefined),
    };
    const r = await start({ script, pipelining });
    expect(await r.send()).toMatchObject({ outcome: 'refused', stage: 'mail', reply: { code: 450 } });
    expect(await r.send()).toMatchObject({ outcome: 'refused', stage: 'dot', reply: { code: 554 }, carried: 1 });
    expect(await r.send()).toMatchObject({ outcome: 'accepted', carried: 2 });
    expect(r.server.commands).toHaveLength(1);
  });
});

describe('stopping a pool', () => {
  test('withdraws who waits, lets the letter under way finish, says QUIT and leaves nothing open', async () => {
    const r = await start({ limits: { connections: 1 } });
    const { mark, unlock } = gate();
    const under = r.send('ann@example.com', mark);
    const waiting = r.send('bob@example.com');
    await expect.poll(() => verbs(r.server.commands[0])).toBe('EHLO MAIL RCPT DATA');
    const closed = r.pool.stop(20_000);
    expect(await waiting).toMatchObject({ outcome: 'withdrawn', stage: 'connect' });
    unlock();
    expect(await under).toMatchObject({ outcome: 'accepted' });
    await closed;
    await r.server.empty();
    expect(r.server.commands[0]?.at(-1)).toBe('QUIT');
    expect(await r.send()).toMatchObject({ outcome: 'withdrawn', stage: 'connect' });
  });

  test('cuts at the deadline: unknown after the dot, withdrawn before the mark', async () => {
    const r = await start({ script: { dot: { say: null } }, limits: { connections: 2 } });
    const sent = r.send();
    const marking = r.send('bob@example.com', () => new Promise(() => {}));
    await expect
      .poll(() => r.server.letters.length + r.server.commands.flat().filter((c) => c === 'DATA').length)
      .toBe(3);
    await r.pool.stop(10);
    expect(await sent).toMatchObject({ outcome: 'unknown', stage: 'dot', reply: null });
    expect(await marking).toMatchObject({ outcome: 'withdrawn', stage: 'body' });
    await r.server.empty();
    expect(r.pool.open()).toBe(0);
  });

  test('gives up a connect under way, and a server that ignores QUIT', async () => {
    const mute = await rig({ script: { greeting: { say: null } } });
    const asking = mute.send();
    await expect.poll(() => mute.server.open()).toBe(1);
    await mute.pool.stop(10_000);
    expect(await asking).toMatchObject({ outcome: 'withdrawn', stage: 'connect' });
    await mute.server.empty();
    await mute.end();
    const r = await start({ script: { quit: { say: null } } });
    await r.send();
    await r.pool.stop(10);
    await r.server.empty();
  });
});
