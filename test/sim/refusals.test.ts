import { describe, expect, test } from 'vitest';
import type { SimEvent } from '../../src/sim/event.ts';
import type { RefusalStage } from '../../src/sim/refusal.ts';
import { client, handClock, letter, profileOf, session, withSim } from './raw-client.ts';

const TRY_LATER = '421 4.7.0 Try again later, closing connection';
const isRefusal = (event: SimEvent) => event.event === 'refused';
const refusals = (events: readonly SimEvent[]) =>
  events.filter(isRefusal).map(({ stage, why, code }) => ({ stage, why, code }));

describe('a letter over the limit', () => {
  test.each(['greeting', 'ehlo', 'mail', 'rcpt', 'data', 'dot'] as const)('is refused at %s', async (stage) => {
    const clock = handClock();
    const profile = profileOf({ ratePerSecond: 1, burst: 2, refuseAt: stage });
    await withSim(
      profile,
      async ({ port, events, sim }) => {
        const answers = [];
        for (const name of ['a', 'b', 'c', 'd']) answers.push(await letter(port, `${name}@x.example`));
        clock.pass(1);
        answers.push(await letter(port, 'e@x.example'));
        expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['250', '250', '421', '421', '250']);
        expect(answers[2]).toBe(TRY_LATER);
        const refused = { stage, why: 'rate', code: 421 };
        expect(refusals(events)).toEqual([refused, refused]);
        expect(sim.summary().total).toMatchObject({ accepted: 3, attempts: 5, refused: { byStage: { [stage]: 2 } } });
      },
      { now: clock.now },
    );
  });

  test('is refused at every stage in turn when the profile lists them', async () => {
    const clock = handClock();
    const refuseAt: RefusalStage[] = ['dot', 'greeting', 'mail', 'data', 'ehlo', 'rcpt'];
    const profile = profileOf({ ratePerSecond: 0, burst: 1, refuseAt });
    await withSim(
      profile,
      async ({ port, events }) => {
        for (let turn = 0; turn <= refuseAt.length; turn++) await letter(port, `${turn}@x.example`);
        expect(refusals(events).map(({ stage }) => stage)).toEqual(refuseAt);
      },
      { now: clock.now },
    );
  });

  test('leaves the session usable when the profile says so', async () => {
    const clock = handClock();
    const refusal = { code: 451, text: '4.7.1 Slow down', close: false };
    await withSim(
      profileOf({ ratePerSecond: 1, burst: 1, refusal }),
      async ({ port }) => {
        const one = await session(port);
        expect(await one.send('a@x.example')).toMatch(/^250/);
        expect(await one.send('b@x.example')).toBe('451 4.7.1 Slow down');
        clock.pass(1);
        expect(await one.send('b@x.example')).toMatch(/^250/);
      },
      { now: clock.now },
    );
  });

  test('ends the session after the reply by default', async () => {
    await withSim(profileOf({ ratePerSecond: 0, burst: 1 }), async ({ port }) => {
      const one = await session(port);
      await one.send('a@x.example');
      expect(await one.send('b@x.example')).toBe(TRY_LATER);
      expect(await one.over()).toBe('end');
    });
  });

  test('is told so before the session ends, however late the answer', async () => {
    await withSim(profileOf({ ratePerSecond: 0, burst: 1, latencyMs: { mail: 10 } }), async ({ port }) => {
      const one = await session(port);
      await one.send('a@x.example');
      expect(await one.send('b@x.example')).toBe(TRY_LATER);
      expect(await one.over()).toBe('end');
    });
  });

  test('pays at MAIL when it is a later letter of a session that paid at its greeting', async () => {
    await withSim(profileOf({ ratePerSecond: 0, burst: 1, refuseAt: 'greeting' }), async ({ port, events }) => {
      const one = await session(port);
      expect(await one.send('a@x.example')).toMatch(/^250/);
      expect(await one.send('b@x.example')).toBe(TRY_LATER);
      expect(refusals(events)).toEqual([{ stage: 'mail', why: 'rate', code: 421 }]);
    });
  });
});

describe('a session', () => {
  test('too many is refused at the greeting, until another ends', async () => {
    await withSim(profileOf({ maxConnections: 2 }), async ({ port, events, sim }) => {
      const first = await session(port);
      await session(port);
      const third = await client(port);
      expect((await third.say(''))[0]).toMatch(/^421 4\.7\.0 Too many concurrent connections/);
      expect(await third.over()).toBe('end');
      await first.say('QUIT\r\n');
      await first.over();
      await session(port);
      expect(refusals(events)).toEqual([{ stage: 'greeting', why: 'connections', code: 421 }]);
      expect(sim.summary().total).toMatchObject({ connections: 4, maxConcurrentConnections: 3 });
    });
  });

  test('that carried its last letter is told so', async () => {
    await withSim(profileOf({ maxMessagesPerConnection: 2 }), async ({ port, events }) => {
      const one = await session(port);
      await one.send('a@x.example');
      await one.send('b@x.example');
      expect(await one.send('c@x.example')).toMatch(/^421 4\.7\.0 Max message per connection reached/);
      expect(refusals(events)).toEqual([{ stage: 'mail', why: 'session', code: 421 }]);
    });
  });

  test('that carried its last letter may end without a word', async () => {
    await withSim(profileOf({ maxMessagesPerConnection: 1, sessionEnd: 'close' }), async ({ port }) => {
      const one = await session(port);
      await one.send('a@x.example');
      expect(await one.send('b@x.example')).toBe('');
      expect(await one.over()).toBe('end');
    });
  });
});

describe('an outage', () => {
  test('meets open sessions and new ones, and passes', async () => {
    const clock = handClock();
    await withSim(
      profileOf({ outages: [{ fromSeconds: 10, seconds: 5 }] }),
      async ({ port, events }) => {
        const one = await session(port);
        expect(await one.send('a@x.example')).toMatch(/^250/);
        clock.pass(10);
        expect(await one.send('b@x.example')).toMatch(/^421 4\.3\.2 /);
        expect(await letter(port, 'b@x.example')).toMatch(/^421 4\.3\.2 /);
        clock.pass(5);
        expect(await letter(port, 'b@x.example')).toMatch(/^250/);
        expect(refusals(events).map(({ stage, why }) => `${stage} ${why}`)).toEqual(['mail outage', 'greeting outage']);
      },
      { now: clock.now },
    );
  });

  test('that begins at 0 begins with the first connection', async () => {
    const clock = handClock();
    await withSim(
      profileOf({ outages: [{ fromSeconds: 0, seconds: 5 }] }),
      async ({ port }) => {
        clock.pass(60);
        expect(await letter(port, 'a@x.example')).toMatch(/^421 4\.3\.2 /);
        clock.pass(5);
        expect(await letter(port, 'a@x.example')).toMatch(/^250/);
      },
      { now: clock.now },
    );
  });

  test('of the hard kind resets connections', async () => {
    await withSim(profileOf({ outages: [{ fromSeconds: 0, seconds: 60, hard: true }] }), async ({ port, events }) => {
      const one = await client(port);
      expect(await one.over()).toBe('reset');
      expect(refusals(events)).toEqual([{ stage: 'greeting', why: 'outage', code: 0 }]);
    });
  });
});

describe('the penalty box', () => {
  const boxed = (prolong: boolean) =>
    profileOf({
      ratePerSecond: 1000,
      burst: 1,
      penaltyBox: { refusals: 2, perSeconds: 10, blockSeconds: 100, prolong },
    });

  test('closes after too many refusals and opens again', async () => {
    const clock = handClock();
    await withSim(
      boxed(false),
      async ({ port, events, sim }) => {
        for (const to of ['a@x.example', 'b@x.example', 'c@x.example']) await letter(port, to);
        clock.pass(99);
        expect(await letter(port, 'b@x.example')).toMatch(/^421 4\.7\.0 Temporarily blocked/);
        clock.pass(1);
        expect(await letter(port, 'b@x.example')).toMatch(/^250/);
        expect(refusals(events).map(({ why }) => why)).toEqual(['rate', 'rate', 'penalty']);
        expect(sim.summary().total.penalties).toBe(1);
      },
      { now: clock.now },
    );
  });

  test('forgets refusals that are long ago', async () => {
    const clock = handClock();
    await withSim(
      boxed(false),
      async ({ port, sim }) => {
        for (let turn = 0; turn < 4; turn++) {
          await letter(port, 'a@x.example');
          await letter(port, 'b@x.example');
          clock.pass(10);
        }
        expect(sim.summary().total).toMatchObject({ penalties: 0, accepted: 4, refused: { byWhy: { rate: 4 } } });
      },
      { now: clock.now },
    );
  });

  test('stays closed for those who keep knocking where the profile says so', async () => {
    const clock = handClock();
    await withSim(
      boxed(true),
      async ({ port }) => {
        for (const to of ['a@x.example', 'b@x.example', 'c@x.example']) await letter(port, to);
        clock.pass(99);
        await letter(port, 'b@x.example');
        clock.pass(99);
        expect(await letter(port, 'b@x.example')).toMatch(/^421 4\.7\.0 Temporarily blocked/);
        clock.pass(100);
        expect(await letter(port, 'b@x.example')).toMatch(/^250/);
      },
      { now: clock.now },
    );
  });
});

describe('chance', () => {
  const stray = async (seed: number) => {
    const codes: string[] = [];
    await withSim(profileOf({ strayShare: 0.3 }, { seed }), async ({ port }) => {
      for (let turn = 0; turn < 40; turn++) codes.push((await letter(port, `${turn}@x.example`)).slice(0, 3));
    });
    return codes;
  };

  test('refuses its share for no reason, and repeats itself with the same seed', async () => {
    const [once, again, other] = [await stray(1), await stray(1), await stray(2)];
    const share = once.filter((code) => code === '421').length / once.length;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.6);
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  test.each([
    { accepts: true, accepted: 1, why: {} },
    { accepts: false, accepted: 0, why: { drop: 1 } },
  ])('may end the session after the dot (accepted: $accepts)', async ({ accepts, accepted, why }) => {
    await withSim(profileOf({ dropAfterDot: { share: 1, accepts } }), async ({ port, sim }) => {
      const one = await session(port);
      expect(await one.send('a@x.example')).toBe('');
      await one.over();
      expect(sim.summary().total).toMatchObject({ accepted, attempts: 1, refused: { byWhy: why } });
    });
  });
});
