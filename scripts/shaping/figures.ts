import type { Scenario } from './provider.ts';
import type { Outcome } from './run.ts';

/** What a run is judged by. */

const BLOCK = 10;
const CALM_SHARE = 0.05;
const BACK_SHARE = 0.9;

export const utilisation = ({ accepted, offered }: Outcome) => accepted / offered;
export const refusedShare = ({ refused, attempts }: Outcome) => refused / Math.max(1, attempts);

const sum = (values: readonly number[], from: number, until: number) =>
  values.slice(from, until).reduce((total, value) => total + value, 0);

/** Refusals in the first ten minutes after the cut. */
export const refusedAfter = ({ refusedIn }: Outcome, cutAt: number) => sum(refusedIn, cutAt, cutAt + 600);

/** Seconds after the cut from which on less than 5 % were refused over the ten minutes after; null: never. */
export function secondsDown({ acceptedIn, refusedIn }: Outcome, scenario: Scenario): number | null {
  const [, low, high] = scenario.capacity;
  if (!low || !high) return null;
  const until = Math.min(high.from, low.from + 600);
  for (let from = low.from; from < until; from += 1) {
    const refused = sum(refusedIn, from, until);
    const lastBlock = sum(refusedIn, from, from + BLOCK) / Math.max(1, sum(acceptedIn, from, from + BLOCK));
    if (refused <= CALM_SHARE * (refused + sum(acceptedIn, from, until)) && lastBlock <= CALM_SHARE)
      return from - low.from;
  }
  return null;
}

/** Seconds after the cut until the rate first is within a quarter of the low capacity; null: never. */
export function secondsToLowRate({ rateAt }: Outcome, scenario: Scenario): number | null {
  const [, low, high] = scenario.capacity;
  if (!low || !high) return null;
  const first = rateAt.slice(low.from, high.from).findIndex((rate) => rate <= 1.25 * low.perSecond);
  return first < 0 ? null : first;
}

/** Seconds after the return until ten seconds bring 90 % of the capacity; null: never. */
export function secondsUp({ acceptedIn }: Outcome, scenario: Scenario): number | null {
  const high = scenario.capacity[2];
  if (!high) return null;
  for (let from = high.from; from + BLOCK <= scenario.seconds; from += 1) {
    if (sum(acceptedIn, from, from + BLOCK) >= BACK_SHARE * BLOCK * high.perSecond) return from + BLOCK - high.from;
  }
  return null;
}

/** Seconds from the end of an outage until ten seconds bring 90 % of the capacity. */
export function secondsResumed({ acceptedIn }: Outcome, scenario: Scenario): number | null {
  const until = scenario.outage?.until;
  if (until === undefined) return null;
  const perSecond = scenario.capacity[0]!.perSecond;
  for (let from = until; from + BLOCK <= scenario.seconds; from += 1) {
    if (sum(acceptedIn, from, from + BLOCK) >= BACK_SHARE * BLOCK * perSecond) return from + BLOCK - until;
  }
  return null;
}

/** The middle one; a run that never got there counts as the worst. */
export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}
