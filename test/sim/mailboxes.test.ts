import { describe, expect, test } from 'vitest';
import { isDead } from '../../src/sim/mailboxes.ts';
import { handClock, profileOf, session, withSim } from './raw-client.ts';

const addresses = Array.from({ length: 10_000 }, (_, index) => `person${index}@x.example`);
const dead = (share: number, seed: number) =>
  addresses.filter((address) => isDead(address, { deadShare: share }, seed));

describe('dead mailboxes', () => {
  test('are about their share of all', () => {
    expect(dead(0.01, 1).length).toBeGreaterThan(60);
    expect(dead(0.01, 1).length).toBeLessThan(140);
    expect(dead(0, 1)).toEqual([]);
    expect(dead(1, 1)).toEqual(addresses);
  });

  test('are the same ones each time, others with another seed, whatever the case', () => {
    expect(dead(0.01, 1)).toEqual(dead(0.01, 1));
    expect(dead(0.01, 2)).not.toEqual(dead(0.01, 1));
    expect(dead(0.01, 1).every((address) => isDead(address.toUpperCase(), { deadShare: 0.01 }, 1))).toBe(true);
  });

  test('stay dead when a larger share is dead', () => {
    const more = new Set(dead(0.05, 1));
    expect(dead(0.01, 1).every((address) => more.has(address))).toBe(true);
  });

  test('answer 550 5.1.1 at RCPT and leave the session usable', async () => {
    const gone = dead(0.5, 1)[0]!;
    const alive = addresses.find((address) => !isDead(address, { deadShare: 0.5 }, 1))!;
    await withSim(profileOf({ deadShare: 0.5 }, { seed: 1 }), async ({ port, events }) => {
      const one = await session(port);
      expect(await one.send(gone)).toMatch(/^550 5\.1\.1 /);
      await one.say('RSET\r\n');
      expect(await one.send(alive)).toMatch(/^250/);
      expect(events).toContainEqual(
        expect.objectContaining({ event: 'refused', stage: 'rcpt', why: 'dead', to: gone }),
      );
    });
  });
});

describe('greylisted mailboxes', () => {
  test('answer 450 until the delay is over, then accept', async () => {
    const clock = handClock();
    await withSim(
      profileOf({ greylistShare: 1, greylistSeconds: 15 }),
      async ({ port, sim }) => {
        const one = await session(port);
        const attempt = async () => {
          const answer = await one.send('a@x.example');
          await one.say('RSET\r\n');
          return answer;
        };
        expect(await attempt()).toMatch(/^450 4\.7\.1 Greylisting/);
        clock.pass(14);
        expect(await attempt()).toMatch(/^450 4\.7\.1 Greylisting/);
        clock.pass(1);
        expect(await attempt()).toMatch(/^250/);
        expect(sim.summary().total.refused.byWhy).toEqual({ greylist: 2 });
      },
      { now: clock.now },
    );
  });
});

describe('dead and greylisted mailboxes', () => {
  test('are chosen apart', async () => {
    await withSim(profileOf({ deadShare: 0.5, greylistShare: 0.5 }), async ({ port, sim }) => {
      const one = await session(port);
      for (const address of addresses.slice(0, 60)) {
        await one.send(address);
        await one.say('RSET\r\n');
      }
      const { byWhy } = sim.summary().total.refused;
      expect(byWhy.dead).toBeGreaterThan(10);
      expect(byWhy.greylist).toBeGreaterThan(3);
    });
  });
});

describe('a provider with domains', () => {
  test('takes mail for these alone', async () => {
    await withSim(profileOf({ domains: ['Home.example'] }), async ({ port }) => {
      const one = await session(port);
      expect(await one.send('a@HOME.example')).toMatch(/^250/);
      expect(await one.send('a@not-home.example')).toBe('550 5.7.1 Relaying denied');
    });
  });
});
