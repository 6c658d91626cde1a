import { type Counts, waiting } from '../recipients/recipient.ts';
import type { Phase } from './campaign.ts';
import type { Opening } from './window.ts';

/** What a running campaign is doing, in one word. DESIGN: States. */

export type LaneGlance = {
  readonly state: string;
  readonly waiting: number;
  readonly connections: { readonly open: number };
};

/** States of a lane in which it sends less than it could. */
const HELD_BACK = new Set(['slowed', 'stopped', 'paused']);

const isBusy = (lane: LaneGlance) => lane.waiting > 0 || lane.connections.open > 0;

export function phaseOf(windowIsOpen: boolean, counts: Counts, lanes: readonly LaneGlance[]): Phase {
  if (!windowIsOpen) return 'waitingForWindow';
  const busy = lanes.filter(isBusy);
  if (busy.length > 0 && busy.every((lane) => HELD_BACK.has(lane.state))) return 'throttled';
  if (counts.deferred > 0 && counts.deferred === waiting(counts)) return 'retrying';
  return 'sending';
}

/** Why nobody can say when a campaign is done. */
export type UnknownEnd = 'laneStandsStill' | 'windowClosed' | 'nothingMoves' | 'deadlineComesFirst';

export type TimeLeft =
  | { readonly seconds: number; readonly unknown: null }
  | { readonly seconds: null; readonly unknown: UnknownEnd };

const STANDS_STILL = new Set(['stopped', 'paused']);
const unknown = (why: UnknownEnd): TimeLeft => ({ seconds: null, unknown: why });

/**
 * Whole seconds until nobody waits, at this rate and in these openings (the present one first, if there is one; `closesAt`
 * null: for good); retries are left out. `now` and `deadline` in ms since the epoch.
 */
export function timeLeft(
  counts: Counts,
  ratePerSecond: number,
  lanes: readonly LaneGlance[],
  { now, deadline, openings }: { now: number; deadline: number | null; openings: readonly Opening[] },
): TimeLeft {
  const left = waiting(counts);
  if (left === 0) return { seconds: 0, unknown: null };
  if (lanes.some((lane) => lane.waiting > 0 && STANDS_STILL.has(lane.state))) return unknown('laneStandsStill');
  if (ratePerSecond <= 0) return unknown((openings[0]?.opensAt ?? now) > now ? 'windowClosed' : 'nothingMoves');
  let work = (left / ratePerSecond) * 1_000;
  for (const { opensAt, closesAt } of openings) {
    const from = Math.max(now, opensAt);
    const open = closesAt === null ? Number.POSITIVE_INFINITY : closesAt - from;
    if (work > open) {
      work -= open;
      continue;
    }
    const doneAt = from + work;
    if (deadline !== null && doneAt > deadline) return unknown('deadlineComesFirst');
    return { seconds: Math.ceil((doneAt - now) / 1_000), unknown: null };
  }
  return unknown('windowClosed');
}
