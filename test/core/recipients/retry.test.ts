import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LADDER, DEFAULT_RETRY, parseLadder, retryAt } from '../../../src/core/recipients/retry.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const exact = { ...DEFAULT_RETRY, jitter: 0 };
const random = fc.double({ min: 0, max: 1, noNaN: true });

describe('the ladder of retries', () => {
  test('is 5, 30 and 60 minutes, 2 hours, then 3 hours each', () => {
    const waits = [0, 1, 2, 3, 4, 5, 25].map((failures) => (retryAt(failures, NOON, 0.5, exact, 0)! - NOON) / MINUTE);
    expect(waits).toEqual([5, 30, 60, 120, 180, 180, 180]);
  });

  test('ends, and not later than 72 hours after it began', () => {
    expect(retryAt(26, NOON, 0.5, exact, 0)).toBeNull();
    const whole = exact.ladder.reduce((sum, step) => sum + step, 0);
    expect(whole).toBeLessThanOrEqual(72 * HOUR);
    expect(whole).toBeGreaterThan(68 * HOUR);
  });

  test('strays by a fifth at most', () => {
    fc.assert(
      fc.property(fc.nat(25), random, (failures, chance) => {
        const wait = retryAt(failures, NOON, chance, DEFAULT_RETRY, 0)! - NOON;
        const step = DEFAULT_RETRY.ladder[failures]!;
        expect(wait).toBeGreaterThanOrEqual(0.8 * step - 1);
        expect(wait).toBeLessThanOrEqual(1.2 * step + 1);
      }),
    );
    expect(retryAt(0, NOON, 0, DEFAULT_RETRY, 0)).toBe(NOON + 4 * MINUTE);
    expect(retryAt(0, NOON, 1, DEFAULT_RETRY, 0)).toBe(NOON + 6 * MINUTE);
  });

  test('never comes back sooner than the provider asked', () => {
    fc.assert(
      fc.property(fc.nat(25), random, fc.integer({ min: 1, max: 86_400 }), (failures, chance, pause) => {
        expect(retryAt(failures, NOON, chance, DEFAULT_RETRY, pause)! - NOON).toBeGreaterThanOrEqual(pause * 1_000);
      }),
    );
  });

  test('leaves its steps as they are where they are longer than the pause', () => {
    expect(retryAt(0, NOON, 0.5, exact, 3_600)).toBe(NOON + HOUR);
    expect(retryAt(3, NOON, 0.5, exact, 3_600)).toBe(NOON + 2 * HOUR);
  });

  test('is used up even when the provider asks for a pause', () => {
    expect(retryAt(26, NOON, 0.5, exact, 3_600)).toBeNull();
  });
});

describe('the text form of a ladder', () => {
  test('repeats a step', () => {
    expect(parseLadder('90s, 5m,2h*2 , 1d * 1')).toEqual({
      ok: true,
      value: [90_000, 5 * MINUTE, 2 * HOUR, 2 * HOUR, 24 * HOUR],
    });
  });

  test('of the default is the default', () => {
    expect(parseLadder(DEFAULT_LADDER)).toEqual({ ok: true, value: DEFAULT_RETRY.ladder });
  });

  test.each(['', '5', 'm', '5m,', '5m;30m', '-5m', '0m', '5m*0', '8d', '1h*501', '5 minutes', '1e3s', '5m * *2'])(
    'refuses %j',
    (text) => {
      expect(parseLadder(text)).toMatchObject({ ok: false, error: { code: 'ladder.invalid' } });
    },
  );
});
