import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationText, parseDuration } from '../../src/core/duration.ts';

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['72h', 259_200_000],
  ['7d', 604_800_000],
])('%s is a number and a unit', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '5', 'm', '5 m', '-5m', '1.5h', '5M', '5min', '1234567s', 'PT72H'])('%s is none', (text) => {
  expect(parseDuration(text)).toBeNull();
});

test('is written in the largest unit up to hours that has no rest, and read back as it was', () => {
  expect([72 * 3_600_000, 5_400_000, 90_000, 1_500].map(durationText)).toEqual(['72h', '90m', '90s', '1500ms']);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 604_800 }), (s) => parseDuration(durationText(s * 1_000)) === s * 1_000),
  );
});
