import { UNIT_MS } from '../duration.ts';
import { fail, ok, type Result } from '../result.ts';

/** When to try a recipient again after a deferral that was its own doing. RFC 5321 4.5.4.1. */

export type RetryPolicy = {
  /** Milliseconds to wait after the first failure, the second, and so on; after the last step the retries are used up. */
  readonly ladder: readonly number[];
  /** Share of a step by which it may come out shorter or longer, 0 to 1, so that a batch does not come back as one. */
  readonly jitter: number;
};

const MOST_STEPS = 500;
const LONGEST_STEP = 7 * 86_400_000;

/** Two tries in the first hour, then every two to three hours, for 72 hours in all less a bit of jitter. */
export const DEFAULT_LADDER = '5m, 30m, 60m, 2h, 3h*22';

export type LadderFault = { readonly code: 'ladder.invalid'; readonly detail: string };

/** Reads `5m, 30m, 3h*20`: number and unit (s, m, h, d), `*` repeats a step. Answers milliseconds. */
export function parseLadder(text: string): Result<readonly number[], LadderFault> {
  const steps: number[] = [];
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const found = /^(\d{1,6})\s*([smhd])(?:\s*\*\s*(\d{1,3}))?$/.exec(part);
    if (!found) return invalid(`"${part}" is not a step such as 5m, 2h or 3h*20.`);
    const step = Number(found[1]) * UNIT_MS[found[2]!]!;
    const times = Number(found[3] ?? 1);
    if (step === 0 || step > LONGEST_STEP) return invalid(`"${part}" is not between one second and seven days.`);
    if (times === 0 || steps.length + times > MOST_STEPS) return invalid(`"${part}" is not 1 to ${MOST_STEPS} steps.`);
    for (let time = 0; time < times; time++) steps.push(step);
  }
  return ok(steps);
}

const invalid = (detail: string) => fail<LadderFault>({ code: 'ladder.invalid', detail });

const minutes = (count: number) => count * 60_000;
export const DEFAULT_RETRY: RetryPolicy = {
  ladder: [minutes(5), minutes(30), minutes(60), minutes(120), ...Array.from({ length: 22 }, () => minutes(180))],
  jitter: 0.2,
};

/**
 * The instant of the next attempt, or null when the retries are used up.
 * `failures`: counted failures before this one, so 0 after the first. `random`: 0 to 1. `pauseSeconds`: what the provider
 * asked for, 0 when it did not; never tried sooner than that.
 */
export function retryAt(
  failures: number,
  now: number,
  random: number,
  policy: RetryPolicy,
  pauseSeconds: number,
): number | null {
  const step = policy.ladder[failures];
  if (step === undefined) return null;
  const asLaddered = step * (1 + policy.jitter * (2 * random - 1));
  // Only ever longer than asked: a greylister does not take "almost".
  const asAsked = pauseSeconds * 1_000 * (1 + policy.jitter * random);
  return now + Math.round(Math.max(asLaddered, asAsked));
}
