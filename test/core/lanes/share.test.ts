import { describe, expect, test } from 'vitest';
import { seeded } from '../../../scripts/shaping/random.ts';
import { divide, type Holder, shareOf } from '../../../src/core/lanes/share.ts';

const cap = { rate: 100, sessions: 10 };

describe('the share of a worker', () => {
  test('is all when it is alone, by weight when all have what is theirs, and what is left until then', () => {
    expect(shareOf('a', 2, [], cap)).toMatchObject({ rate: 100, sessions: 10 });
    const b: Holder = { worker: 'b', weight: 3, rate: 75, sessions: 7 };
    expect(shareOf('a', 1, [b], cap)).toMatchObject({ rate: 25, sessions: 3 });
    expect(shareOf('a', 1, [{ ...b, weight: 1 }], cap)).toMatchObject({ rate: 25, sessions: 3 });
    expect(shareOf('a', 0, [b], cap)).toMatchObject({ rate: 0, sessions: 0 });
  });

  test('of a route without a cap of its rate has none', () => {
    expect(shareOf('a', 1, [], { rate: null, sessions: 4 })).toMatchObject({ rate: null, sessions: 4 });
  });

  test('never makes the sum larger than the cap, in whatever order they come, go and change', () => {
    const random = seeded(5);
    let holders: Holder[] = [];
    for (let step = 0; step < 3_000; step++) {
      const worker = `w${Math.floor(random() * 5)}`;
      const others = holders.filter((holder) => holder.worker !== worker);
      holders = random() < 0.1 ? others : [...others, shareOf(worker, Math.floor(random() * 4), others, cap)];
      expect(holders.reduce((sum, { rate }) => sum + rate!, 0)).toBeLessThanOrEqual(100 + 1e-9);
      expect(holders.reduce((sum, { sessions }) => sum + sessions, 0)).toBeLessThanOrEqual(10);
    }
  });

  test('comes to equal parts within two looks of each', () => {
    let holders: Holder[] = [];
    for (const worker of ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd', 'a', 'b', 'c', 'd']) {
      const others = holders.filter((holder) => holder.worker !== worker);
      holders = [...others, shareOf(worker, 1, others, cap)];
    }
    expect(holders.map(({ rate }) => rate)).toEqual([25, 25, 25, 25]);
    expect(holders.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(10);
  });
});

describe('sessions among lanes', () => {
  test('are all given out, and what does not divide goes round', () => {
    expect(divide(10, 4, 0)).toEqual([3, 3, 2, 2]);
    expect(divide(10, 4, 3)).toEqual([3, 2, 2, 3]);
    expect(divide(2, 3, 0)).toEqual([1, 1, 0]);
    expect(divide(2, 3, 1)).toEqual([0, 1, 1]);
    expect(divide(2, 3, 2)).toEqual([1, 0, 1]);
    expect(divide(5, 0, 7)).toEqual([]);
  });
});
