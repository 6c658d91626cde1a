import { type Counts, waiting } from '../recipients/recipient.ts';
import type { Phase } from './campaign.ts';

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

/** Whole seconds until nobody waits at this rate, retries and closed windows left out; null when nothing moves. */
export function secondsLeft(counts: Counts, ratePerSecond: number): number | null {
  const left = waiting(counts);
  if (left === 0) return 0;
  return ratePerSecond > 0 ? Math.ceil(left / ratePerSecond) : null;
}
