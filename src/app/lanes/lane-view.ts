import type { Stop } from '../../core/attribution/stop.ts';
import type { LaneState } from '../../core/lanes/lane.ts';
import { laneStateOf, type RateState } from '../../core/rate/rate.ts';
import { pausedUntil } from './limiter.ts';
import type { LaneView, StopView } from './ports.ts';
import type { SiteLimiters } from './site-limiters.ts';

/** What people are shown of a lane at work. */

const MOST_SITES_SHOWN = 10;

/** Letters per second; a rate without a limit has no number. */
export const shownRate = (rate: number): number => (Number.isFinite(rate) ? rate : 0);

/** What stops it speaks first, then the slower of the two loops. */
export function stateOf(stop: Stop | null, lane: RateState | null, route: RateState | null): LaneState {
  if (stop) return stop.phase === 'closed' ? 'stopped' : 'probing';
  const states = [lane, route].flatMap((state) => (state ? laneStateOf(state) : []));
  return (['stopped', 'slowed', 'probing'] as const).find((state) => states.includes(state)) ?? 'steady';
}

/** Until when nothing goes: the later of what stops it and of the rate's own pause. */
export function untilOf(stop: Stop | null, rate: RateState | null): Date | null {
  const byRate = pausedUntil(rate);
  const until = stop?.phase === 'closed' ? stop.until : null;
  return until !== null && until > (byRate?.getTime() ?? 0) ? new Date(until) : byRate;
}

export function stopView(stop: Stop | null): StopView | null {
  if (stop === null) return null;
  const { kind, since, tries, until, reason } = stop;
  return { kind, since: new Date(since), tries, nextTryAt: until === null ? null : new Date(until), reason };
}

export function stoppedSites(sites: SiteLimiters): NonNullable<LaneView['stoppedSites']> {
  const all = sites.stopped();
  return {
    count: all.length,
    examples: all.slice(0, MOST_SITES_SHOWN).map(({ site, stop }) => ({ site, ...stopView(stop)! })),
  };
}
