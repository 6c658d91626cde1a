import { describe, expect, test } from 'vitest';
import { runNight } from '../../scripts/nights/night.ts';
import { CASES, figuresOf } from '../../scripts/nights/table.ts';

/** Nights in which the words mislead, on a virtual clock; figures of the bench, with a seed of their own. */

/** The most time that the trouble may cost those who are well, by the beginning of the night's name. */
const BARS: readonly (readonly [string, number])[] = [
  ['2 % hear', 1.1],
  ['1 % of all tries', 1.05],
  ['greylisted', 1.3],
  ['one of 1,500', 1.05],
  ['up 20 s', 1.3],
];

describe.each(CASES.map((one) => [one.night.name, one] as const))('%s', (name, one) => {
  const figures = figuresOf(one, 7);

  test('bounces nobody', () => expect(figures.bounced).toBe(0));

  const bar = BARS.find(([begin]) => name.startsWith(begin))?.[1];
  if (bar !== undefined)
    test(`costs those who are well at most ${bar} of their time`, () => expect(figures.times).toBeLessThanOrEqual(bar));

  if (one.wall !== undefined) {
    test('is offered few letters in ten minutes, with 1, 10 and 50 under way, and then takes all', () => {
      const offered = [1, 10, 50].map((width) => figuresOf({ ...one, night: { ...one.night, width } }, 7));
      for (const { offered: letters, waiting, bounced } of offered) {
        expect(letters).toBeLessThanOrEqual(30);
        expect([waiting, bounced]).toEqual([0, 0]);
      }
    });
  }
});

test('the same seed is the same night', () => {
  const { night } = CASES[0]!;
  expect(runNight(night, 3).offers).toEqual(runNight(night, 3).offers);
});
