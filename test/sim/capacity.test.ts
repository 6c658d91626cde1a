import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bucket, changed, constant, drained, givenBack, offered, rateAt, take } from '../../src/sim/capacity.ts';

const DEPTH = 5;
const FULL: Bucket = { tokens: DEPTH, at: 0 };

/** How many of the attempts at these times (ms) find a token. */
function accepted(times: readonly number[], capacity = constant(10), start = FULL): number {
  let bucket = start;
  let count = 0;
  for (const at of times) {
    const outcome = take(bucket, capacity, DEPTH, at);
    bucket = outcome.bucket;
    if (outcome.taken) count++;
  }
  return count;
}

const every = (ms: number, until: number) =>
  Array.from({ length: Math.floor(until / ms) + 1 }, (_, index) => index * ms);

describe('the hidden token bucket', () => {
  test('lets a burst of its depth through at once and no more', () => {
    expect(accepted(Array(20).fill(0))).toBe(DEPTH);
  });

  test('lets its depth and its rate through under constant pressure', () => {
    expect(accepted(every(1, 10_000))).toBe(DEPTH + 100);
  });

  test('refuses nobody who stays at its rate', () => {
    expect(accepted(every(100, 10_000))).toBe(101);
  });

  test('does not save up more than its depth', () => {
    expect(accepted([...Array(5).fill(0), ...Array(20).fill(3_600_000)])).toBe(2 * DEPTH);
  });

  test('never runs dry without a limit', () => {
    expect(accepted(Array(50).fill(7), constant(null))).toBe(50);
  });

  test('accepts only the burst at rate 0', () => {
    expect(accepted(every(100, 100_000), constant(0))).toBe(DEPTH);
  });

  test('gets a token back without overflowing', () => {
    expect(givenBack({ tokens: 1, at: 0 }, DEPTH).tokens).toBe(2);
    expect(givenBack(FULL, DEPTH).tokens).toBe(DEPTH);
  });

  test('loses at most what it has when a refusal is charged', () => {
    expect(drained({ tokens: 0.4, at: 0 }).tokens).toBe(0);
    expect(drained({ tokens: 2.5, at: 0 }).tokens).toBe(1.5);
  });

  test('never lets more through than its depth and what was offered', () => {
    const times = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 100, maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 40 }), (unsorted, later) => {
        const capacity = changed(constant(10), 5000, later);
        const most = DEPTH + offered(capacity, 0, 20_000);
        expect(
          accepted(
            unsorted.toSorted((a, b) => a - b),
            capacity,
          ),
        ).toBeLessThanOrEqual(most + 1e-6);
      }),
    );
  });
});

describe('a capacity that changes', () => {
  const cut = changed(changed(constant(100), 25_000, 10), 50_000, 100);

  test('has the rate of the last step that began', () => {
    expect([0, 24_999, 25_000, 49_999, 50_000].map((at) => rateAt(cut, at))).toEqual([100, 100, 10, 10, 100]);
  });

  test('offers the sum of its pieces', () => {
    expect(offered(cut, 0, 60_000)).toBeCloseTo(2500 + 250 + 1000);
    expect(offered(cut, 24_000, 26_000)).toBeCloseTo(110);
    expect(offered(cut, 5000, 5000)).toBe(0);
  });

  test('forgets what was planned after a change from outside', () => {
    expect(rateAt(changed(cut, 30_000, 7), 60_000)).toBe(7);
  });

  test('lets a sender under pressure see each piece', () => {
    expect(accepted(every(5, 60_000), cut)).toBe(DEPTH + 2500 + 250 + 1000);
  });
});
