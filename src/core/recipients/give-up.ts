import type { SettledState } from './settle.ts';

/** When a recipient has waited long enough. RFC 5321 4.5.4.1: a sender gives up, and says so. */

export type Patience = {
  /** This long after its first attempt a recipient ends, whatever was said to it. One that was never tried does not age. */
  readonly giveUpAfterMs: number;
  /** Nothing is sent from then on; the campaign's own end, and not the recipient's age. */
  readonly deadline: number | null;
};

const MINUTE = 60_000;
export const DEFAULT_GIVE_UP_MS = 72 * 60 * MINUTE;
export const LEAST_GIVE_UP_MS = 5 * MINUTE;
export const MOST_GIVE_UP_MS = 7 * 24 * 60 * MINUTE;

/** The last try comes so much before the end that a whole slice of them finds its turn. */
const LAST_SHARE = 0.05;
const LONGEST_LAST_MS = 10 * MINUTE;

/**
 * What was decided for a recipient, within its time: a retry that is due too late becomes one last try before the end,
 * and after that it ends. `firstTriedAt` counts the attempt just made.
 */
export function withinTime(
  to: SettledState,
  firstTriedAt: number | null,
  now: number,
  { giveUpAfterMs, deadline }: Patience,
): SettledState {
  if (firstTriedAt === null || !('dueAt' in to)) return to;
  const giveUpAt = firstTriedAt + giveUpAfterMs;
  const end = Math.min(giveUpAt, deadline ?? giveUpAt);
  const lastAt = Math.floor(end - Math.min(LONGEST_LAST_MS, giveUpAfterMs * LAST_SHARE));
  if (to.dueAt <= lastAt) return to;
  if (now < lastAt) return { ...to, dueAt: lastAt };
  return to.dueAt < giveUpAt ? to : { state: 'expired' };
}

/** Whoever was first tried at this instant or before has had his time. */
export const triedTooLongAgo = (now: number, { giveUpAfterMs }: Patience): number => now - giveUpAfterMs;
