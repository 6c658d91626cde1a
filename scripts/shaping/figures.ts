import type { Scenario } from './provider.ts';
import type { Outcome } from './run.ts';

/** What a run is judged by. */

const BLOCK = 10;
const CALM_SHARE = 0.05;
const BACK_SHARE = 0.9;

/** Share of the provider's capacity that was used by messages it did not refuse for pace. */
export const utilisation = ({ accepted, ignored, offered }: Outcome) => (accepted + ignored) / offered;
export const refusedShare = ({ refused, attempts }: Outcome) => refused / Math.max(1, attempts);

const sum = (values: readonly number[], from: number, until: number) => {
  let total = 0;
  for (let i = Math.floor(from); i < until && i < values.length; i += 1) total += values[i]!;
  return total;
};

/** Refusals in the first ten minutes after the cut; null without one. */
export const refusedAfterCut = ({ refusedIn }: Outcome, { cut }: Scenario) =>
  cut ? sum(refusedIn, cut.from, cut.from + 600) : null;

/** Refusals during the outage. */
export const refusedInOutage = ({ refusedIn }: Outcome, { outage }: Scenario) =>
  outage ? sum(refusedIn, outage.from, outage.until + 1) : null;

/** Seconds after the cut from which on less than 5 % were refused over the ten minutes after; null: never. */
export function secondsDown({ acceptedIn, refusedIn }: Outcome, { cut }: Scenario): number | null {
  if (!cut) return null;
  const until = Math.min(cut.until, cut.from + 600);
  // At a low rate ten seconds hold no message at all.
  const block = Math.max(BLOCK, Math.ceil(BLOCK / cut.low));
  for (let from = cut.from; from < until; from += 1) {
    const refused = sum(refusedIn, from, until);
    const lastBlock = sum(refusedIn, from, from + block) / Math.max(1, sum(acceptedIn, from, from + block));
    if (refused <= CALM_SHARE * (refused + sum(acceptedIn, from, until)) && lastBlock <= CALM_SHARE) {
      return from - cut.from;
    }
  }
  return null;
}

/** Seconds after the cut until the rate first is within a quarter of the low capacity; null: never. */
export function secondsToLowRate({ rateAt }: Outcome, { cut }: Scenario): number | null {
  if (!cut) return null;
  const first = rateAt.slice(cut.from, cut.until).findIndex((rate) => rate <= 1.25 * cut.low);
  return first < 0 ? null : first;
}

/** Seconds from `since` until a block of seconds brings 90 % of `perSecond`; null: never. */
function secondsUntilBack(acceptedIn: readonly number[], since: number, perSecond: number): number | null {
  const block = Math.max(BLOCK, Math.ceil(50 / perSecond));
  for (let from = since; from + block <= acceptedIn.length; from += 1) {
    if (sum(acceptedIn, from, from + block) >= BACK_SHARE * block * perSecond) return from + block - since;
  }
  return null;
}

/** Seconds from the return of the capacity, or the end of an outage, until 90 % of it is used; null: never. */
export function secondsUp({ acceptedIn }: Outcome, { cut, outage, capacity }: Scenario): number | null {
  if (cut) return secondsUntilBack(acceptedIn, cut.until, cut.high);
  return outage ? secondsUntilBack(acceptedIn, outage.until, capacity[0]!.perSecond) : null;
}

/** The middle one; a run that never got there counts as the worst. */
export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}
