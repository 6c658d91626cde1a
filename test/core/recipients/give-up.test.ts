import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_GIVE_UP_MS,
  LEAST_GIVE_UP_MS,
  MOST_GIVE_UP_MS,
  triedTooLongAgo,
  withinTime,
} from '../../../src/core/recipients/give-up.ts';
import { DEFAULT_RETRY, retryAt } from '../../../src/core/recipients/retry.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const patience = { giveUpAfterMs: 72 * HOUR, deadline: null };
const deferred = (dueAt: number) => ({ state: 'deferred', dueAt }) as const;
const later = (ms: number) => withinTime(deferred(NOON + ms + HOUR), NOON, NOON + ms, patience);

describe('the age at which a recipient gives up', () => {
  test('is 72 hours by default', () => {
    expect(DEFAULT_GIVE_UP_MS).toBe(72 * HOUR);
  });

  test('leaves alone who was never tried, who has an end, and whose retry comes in time', () => {
    const old = NOON + 100 * HOUR;
    expect(withinTime(deferred(old), null, old, patience)).toEqual(deferred(old));
    expect(withinTime({ state: 'bounced' }, NOON, old, patience)).toEqual({ state: 'bounced' });
    expect(later(0)).toEqual(deferred(NOON + HOUR));
  });

  test('pulls a retry that would come too late to shortly before the end, and after that last try it ends', () => {
    const last = later(71.5 * HOUR);
    expect(last).toEqual(deferred(NOON + 72 * HOUR - 10 * MINUTE));
    expect(withinTime(deferred(NOON + 75 * HOUR), NOON, NOON + 72 * HOUR - 10 * MINUTE, patience)).toEqual({
      state: 'expired',
    });
  });

  test('ends also who only waits for the pace, and not a moment before', () => {
    const back = (now: number) => withinTime({ state: 'pending', dueAt: now + 1_000 }, NOON, now, patience);
    expect(back(NOON + 72 * HOUR - 5_000)).toEqual({ state: 'pending', dueAt: NOON + 72 * HOUR - 4_000 });
    expect(back(NOON + 72 * HOUR)).toEqual({ state: 'expired' });
  });

  test('keeps a last try before the deadline, and leaves the end to it', () => {
    const short = { ...patience, deadline: NOON + 2 * HOUR };
    const last = NOON + 2 * HOUR - 10 * MINUTE;
    expect(withinTime(deferred(NOON + 3 * HOUR), NOON, NOON + HOUR, short)).toEqual(deferred(last));
    expect(withinTime(deferred(NOON + 3 * HOUR), NOON, last, short)).toEqual(deferred(NOON + 3 * HOUR));
  });

  test('is the same for the sweep and for the outcome', () => {
    expect(triedTooLongAgo(NOON + 72 * HOUR, patience)).toBe(NOON);
  });

  test('is kept by everybody who always fails, with one try near the end, whatever the age and the chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: LEAST_GIVE_UP_MS, max: MOST_GIVE_UP_MS }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 }),
        (giveUpAfterMs, chances) => {
          let now = NOON;
          let last = NOON;
          for (const [failures, chance] of chances.entries()) {
            const dueAt = retryAt(failures, now, chance, DEFAULT_RETRY, 0);
            // The ladder was longer than the age, or it ended by itself.
            if (dueAt === null) return;
            const next = withinTime(deferred(dueAt), NOON, now, { giveUpAfterMs, deadline: null });
            if (!('dueAt' in next)) break;
            expect(next.dueAt).toBeGreaterThan(now);
            expect(next.dueAt).toBeLessThan(NOON + giveUpAfterMs);
            now = next.dueAt;
            last = now;
          }
          expect(last).toBeGreaterThanOrEqual(NOON + giveUpAfterMs * 0.95 - 10 * MINUTE - 1);
        },
      ),
    );
  });
});
