/** Keeps retries from crowding out letters that were never tried (gRPC's retry throttling, turned to shares). */

/** Plain data. */
export type RetryGuard = {
  /** Retries that may go now. */
  readonly tokens: number;
  /** When a first try last went out, ms. */
  readonly freshAt: number;
};

/** One retry per four first tries: a fifth of the traffic. */
const PER_FRESH = 0.25;
const MOST = 10;
/** Without first tries for so long there is nobody to crowd out. */
const ALONE_MS = 10_000;

export const startGuard = (now: number): RetryGuard => ({ tokens: 1, freshAt: now });

export const onFresh = ({ tokens }: RetryGuard, now: number): RetryGuard => ({
  tokens: Math.min(MOST, tokens + PER_FRESH),
  freshAt: now,
});

/** The guard after one more retry, or null when it must wait. */
export function takeRetry(guard: RetryGuard, now: number): RetryGuard | null {
  if (now - guard.freshAt > ALONE_MS) return guard;
  return guard.tokens >= 1 ? { ...guard, tokens: guard.tokens - 1 } : null;
}
