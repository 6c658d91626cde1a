import { describe, expect, test } from 'vitest';
import { seeded } from '../../../scripts/shaping/random.ts';
import { divide, type Holder, shareOf, type Wish } from '../../../src/core/lanes/share.ts';

const cap = { rate: 100, sessions: 10 };

const hungry = (worker: string, lanes = 1): Wish => ({
  ...{ worker, lanes, weight: lanes },
  ...{ wantsRate: cap.rate, wantsSessions: cap.sessions },
});
const idle = (worker: string): Wish => ({ worker, lanes: 1, weight: 0, wantsRate: 0, wantsSessions: 0 });

/** What they hold after each of them has looked so many times. */
function settled(wishes: readonly Wish[], looks = 3): readonly Holder[] {
  let holders: readonly Holder[] = [];
  for (let look = 0; look < looks; look++) {
    for (const wish of wishes) {
      const others = holders.filter(({ worker }) => worker !== wish.worker);
      holders = [...others, shareOf(wish, others, cap)];
    }
  }
  return wishes.map(({ worker }) => holders.find((holder) => holder.worker === worker)!);
}
const ratesOf = (holders: readonly Holder[]) => holders.map(({ rate }) => rate!);

describe('the share of a worker', () => {
  test('is all when it is alone, by weight when all have what is theirs, and what is left until then', () => {
    expect(shareOf(hungry('a'), [], cap)).toMatchObject({ rate: 100, sessions: 10 });
    const b: Holder = { ...hungry('b', 3), rate: 75, sessions: 7 };
    expect(shareOf(hungry('a'), [b], cap)).toMatchObject({ rate: 25, sessions: 3 });
    expect(shareOf(hungry('a'), [{ ...hungry('b'), rate: 75, sessions: 7 }], cap)).toMatchObject({
      rate: 25,
      sessions: 3,
    });
  });

  test('of a route without a cap of its rate has none', () => {
    expect(shareOf(hungry('a'), [], { rate: null, sessions: 4 })).toMatchObject({ rate: null, sessions: 4 });
  });

  test('leaves to others what it can not use', () => {
    const slow = { ...hungry('slow'), wantsRate: 10, wantsSessions: 2 };
    const [first, second, third] = settled([slow, hungry('b'), hungry('c')]);
    expect(first).toMatchObject({ rate: 10, sessions: 2 });
    expect(second!.rate).toBeCloseTo(45);
    expect(third!.rate).toBeCloseTo(45);
    expect([second!.sessions, third!.sessions]).toEqual([4, 4]);
  });

  test('is next to nothing while it has no work, but never nothing', () => {
    const [without, busy] = settled([idle('a'), hungry('b')]);
    expect(without!.rate).toBeGreaterThan(0);
    expect(without!.sessions).toBe(0);
    expect(busy!.rate).toBeGreaterThan(98);
    expect(busy!.sessions).toBe(10);
  });

  test('holds also what nobody wants, so that it can begin at once', () => {
    const rates = ratesOf(settled([idle('a'), { ...hungry('b'), wantsRate: 20 }]));
    expect(rates[0]).toBeGreaterThan(30);
    expect(rates[1]).toBeGreaterThan(30);
  });

  test('never makes the sum larger than the cap, in whatever order they come, go and change', () => {
    const random = seeded(5);
    let holders: Holder[] = [];
    for (let step = 0; step < 3_000; step++) {
      const worker = `w${Math.floor(random() * 5)}`;
      const others = holders.filter((holder) => holder.worker !== worker);
      const lanes = Math.floor(random() * 4);
      const wish = {
        ...{ worker, lanes, weight: Math.floor(random() * (lanes + 1)) },
        ...{ wantsRate: random() * 150, wantsSessions: Math.floor(random() * 15) },
      };
      holders = random() < 0.1 ? others : [...others, shareOf(wish, others, cap)];
      expect(ratesOf(holders).reduce((sum, rate) => sum + rate, 0)).toBeLessThanOrEqual(100 + 1e-9);
      expect(holders.reduce((sum, { sessions }) => sum + sessions, 0)).toBeLessThanOrEqual(10);
    }
  });

  test('comes to equal parts within two looks of each', () => {
    const holders = settled(['a', 'b', 'c', 'd'].map((worker) => hungry(worker)));
    for (const rate of ratesOf(holders)) expect(rate).toBeCloseTo(25);
    expect(holders.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(10);
  });
});

describe('sessions among lanes', () => {
  test('are all given out, and what does not divide goes round', () => {
    expect(divide(10, [9, 9, 9, 9], 0)).toEqual([3, 3, 2, 2]);
    expect(divide(10, [9, 9, 9, 9], 3)).toEqual([3, 2, 2, 3]);
    expect(divide(2, [1, 1, 1], 0)).toEqual([1, 1, 0]);
    expect(divide(2, [1, 1, 1], 1)).toEqual([0, 1, 1]);
    expect(divide(2, [1, 1, 1], 2)).toEqual([1, 0, 1]);
    expect(divide(5, [], 7)).toEqual([]);
  });

  test('go to those with work, as many as each wants, and what nobody wants to all', () => {
    expect(divide(4, [0, 9, 0], 0)).toEqual([0, 4, 0]);
    expect(divide(10, [2, 9, 9], 0)).toEqual([2, 4, 4]);
    expect(divide(10, [2, 0, 2], 0)).toEqual([4, 2, 4]);
  });
});
