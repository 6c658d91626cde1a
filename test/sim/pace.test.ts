import { describe, expect, test } from 'vitest';
import { handClock, letter, profileOf, session, withSim } from './raw-client.ts';

describe('capacity', () => {
  const lost = async (chargeRefused: boolean) => {
    const clock = handClock();
    const codes: string[] = [];
    await withSim(
      profileOf({ ratePerSecond: 1, burst: 1, chargeRefused }),
      async ({ port }) => {
        for (let turn = 0; turn < 5; turn++) {
          codes.push((await letter(port, `${turn}@x.example`)).slice(0, 3));
          clock.pass(0.5);
        }
      },
      { now: clock.now },
    );
    return codes;
  };

  test('is not used up by refusals', async () => {
    expect(await lost(false)).toEqual(['250', '421', '250', '421', '250']);
  });

  test('is used up by refusals where they are charged', async () => {
    expect(await lost(true)).toEqual(['250', '421', '421', '421', '421']);
  });

  test('comes back from a letter that was refused for its mailbox or given up', async () => {
    await withSim(profileOf({ ratePerSecond: 0, burst: 1, domains: ['home.example'] }), async ({ port }) => {
      expect(await letter(port, 'a@elsewhere.example')).toBe('550 5.7.1 Relaying denied');
      const givenUp = await session(port);
      await givenUp.say('MAIL FROM:<a@x.example>\r\n');
      await givenUp.say('QUIT\r\n');
      await givenUp.over();
      expect(await letter(port, 'b@home.example')).toMatch(/^250/);
    });
  });

  test('of a quota comes back whole with each window, and not before', async () => {
    const clock = handClock();
    const codes: string[] = [];
    await withSim(
      profileOf({ quota: { letters: 2, perSeconds: 100 } }),
      async ({ port }) => {
        for (let turn = 0; turn < 9; turn++) {
          codes.push((await letter(port, `${turn}@x.example`)).slice(0, 3));
          clock.pass(25);
        }
      },
      { now: clock.now },
    );
    expect(codes.join(' ')).toBe('250 250 421 421 250 250 421 421 250');
  });

  test('follows the schedule from the first MAIL on', async () => {
    const clock = handClock();
    const schedule = [{ afterSeconds: 10, ratePerSecond: 1 }];
    await withSim(
      profileOf({ ratePerSecond: 0, burst: 1, schedule }),
      async ({ port, sim }) => {
        const one = await session(port);
        clock.pass(100);
        expect(await one.send('a@x.example')).toMatch(/^250/);
        clock.pass(10);
        expect(await letter(port, 'b@x.example')).toMatch(/^421/);
        clock.pass(1);
        expect(await letter(port, 'b@x.example')).toMatch(/^250/);
        expect(sim.summary().providers['alpha']).toMatchObject({ offeredCapacity: 2, utilisation: 1 });
      },
      { now: clock.now },
    );
  });

  test('can be changed from outside while it runs', async () => {
    const clock = handClock();
    await withSim(
      profileOf({ ratePerSecond: 0, burst: 1 }),
      async ({ port, sim }) => {
        await letter(port, 'a@x.example');
        expect(sim.setRate('alpha', 10)).toBe(true);
        expect(sim.setRate('nobody', 10)).toBe(false);
        clock.pass(0.1);
        expect(await letter(port, 'b@x.example')).toMatch(/^250/);
      },
      { now: clock.now },
    );
  });

  test('changed from outside before the first MAIL no longer follows the schedule', async () => {
    const clock = handClock();
    await withSim(
      profileOf({ ratePerSecond: 0, burst: 1, schedule: [{ afterSeconds: 10, ratePerSecond: 1000 }] }),
      async ({ port, sim }) => {
        sim.setRate('alpha', 0);
        await letter(port, 'a@x.example');
        clock.pass(20);
        expect(await letter(port, 'b@x.example')).toMatch(/^421/);
      },
      { now: clock.now },
    );
  });
});
