import { expect, test } from 'vitest';
import { clock, duration, list, number, percent, plural, rate } from '../../../src/core/diagnosis/words.ts';

test('numbers', () => {
  expect([0, 999, 1000, 1234567].map(number)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([plural(1, 'reply', 'replies'), plural(2, 'reply', 'replies')]).toEqual(['1 reply', '2 replies']);
});

test('shares are never rounded to none or all', () => {
  expect([0, 0.0004, 0.004, 0.05, 0.125, 0.999, 1].map(percent)).toEqual([
    ...['0 %', 'under 0.1 %', '0.4 %', '5 %', '13 %', 'over 99 %', '100 %'],
  ]);
});

test('rates', () => {
  expect([0, 0.0005, 0.5, 1, 2.25, 1200].map(rate)).toEqual([
    ...['none at all', '1.8 an hour', '30 a minute', '1 a second', '2.3 a second', '1,200 a second'],
  ]);
});

test('times', () => {
  const now = Date.UTC(2026, 10, 24, 22);
  expect(clock(Date.UTC(2026, 10, 24, 1, 5), now)).toBe('01:05 UTC');
  expect(clock(Date.UTC(2026, 10, 25, 1, 5), now)).toBe('2026-11-25 01:05 UTC');
  expect([1000, 89_000, 600_000, 3 * 3_600_000].map(duration)).toEqual([
    '1 second',
    '89 seconds',
    '10 minutes',
    '3 hours',
  ]);
});

test('lists', () =>
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(list)).toEqual(['', 'a', 'a and b', 'a, b and c']));
