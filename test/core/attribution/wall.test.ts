import { describe, expect, test } from 'vitest';
import {
  countAcceptance,
  countRefusal,
  startWall,
  usualShare,
  type WallSum,
} from '../../../src/core/attribution/wall.ts';
import { randomOf } from '../../life-cycle/interleave.ts';

/** Monte Carlo: a list of which a share is refused one by one, and a wall somewhere in it. */

const BARS = ['named', 'general', 'sure'] as const;

/** Answers from an open server that refuses this share; how often a wall was seen where none stood. */
function openNight(letters: number, share: number, seed: number, bar: (typeof BARS)[number]) {
  const random = randomOf(seed);
  let wall = startWall();
  let falseWalls = 0;
  for (let letter = 0; letter < letters; letter++) {
    wall = random() < share ? countRefusal(wall, bar) : countAcceptance(wall);
    if (wall.sum < 1) continue;
    falseWalls += 1;
    wall = { ...wall, sum: 0 };
  }
  return { wall, falseWalls };
}

/** Letters offered until a wall that refuses all but one in fifty is seen. */
function untilSeen(before: WallSum, seed: number, bar: (typeof BARS)[number]): number {
  const random = randomOf(seed);
  let wall = before;
  let offered = 0;
  for (; wall.sum < 1; offered++) wall = random() < 0.98 ? countRefusal(wall, bar) : countAcceptance(wall);
  return offered;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Share refused one by one; letters offered to a wall until it is seen, in the median and at worst: measured 5 to 26, 8 to 52. */
describe.each([
  [0, 5, 10],
  [0.02, 5, 10],
  [0.1, 9, 16],
  [0.2, 13, 21],
  [0.5, 30, 60],
])('on a list of which a share of %d is refused', (share, mostMedian, most) => {
  test('no wall is seen in 200,000 letters where none stands', () => {
    const seen = [1, 2].map((seed) => openNight(100_000, share, seed, 'general').falseWalls);
    expect(seen).toEqual([0, 0]);
  });

  test('and one that stands is seen after few letters', () => {
    const offered = Array.from({ length: 41 }, (_, seed) =>
      untilSeen(openNight(2_000, share, seed + 1, 'general').wall, seed + 99, 'general'),
    );
    expect(median(offered)).toBeLessThanOrEqual(mostMedian);
    expect(Math.max(...offered)).toBeLessThanOrEqual(most);
  });
});

test('from the first letter on it is seen after nine, with clear words after four, with "no such user" after twenty', () => {
  const row = (bar: (typeof BARS)[number]) => {
    let wall = startWall();
    let refused = 0;
    for (; wall.sum < 1; refused++) wall = countRefusal(wall, bar);
    return refused;
  };
  expect(BARS.map(row)).toEqual([4, 9, 20]);
});

test('what is usual is learned from the answers, not from the wall itself', () => {
  const { wall } = openNight(5_000, 0.2, 7, 'general');
  expect(usualShare(wall)).toBeGreaterThan(0.15);
  expect(usualShare(wall)).toBeLessThan(0.25);
  let walled = wall;
  while (walled.sum < 1) walled = countRefusal(walled, 'general');
  expect(usualShare(walled)).toBeLessThan(0.26);
});
