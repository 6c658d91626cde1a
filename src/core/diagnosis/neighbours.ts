import type { Tally } from '../replies/tally.ts';
import { observeReplies } from './observed.ts';

/** Whether other lanes of the same route have trouble at the same time: then it is the route, or our address. */

export type Neighbourhood = {
  readonly affected: readonly string[];
  readonly healthy: readonly string[];
  /** Most of those that say anything are affected. */
  readonly isRoute: boolean;
};

/** Fewer answers than this say nothing about a lane. */
const LEAST_ANSWERS = 20;
const TROUBLED_SHARE = 0.02;

/** `tallies`: of every lane; `since`: when the trouble began. */
export function neighbourhoodOf(lane: string, route: string, tallies: readonly Tally[], since: number): Neighbourhood {
  const others = new Map<string, Tally[]>();
  for (const tally of tallies) {
    if (tally.lane === lane || !tally.lane.startsWith(`${route}:`) || tally.lastAt < since) continue;
    others.set(tally.lane, [...(others.get(tally.lane) ?? []), tally]);
  }
  const affected: string[] = [];
  const healthy: string[] = [];
  for (const [id, of] of [...others].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { answers, troubles } = observeReplies(of);
    if (answers < LEAST_ANSWERS) continue;
    (troubles >= TROUBLED_SHARE * answers ? affected : healthy).push(id);
  }
  return { affected, healthy, isRoute: affected.length > healthy.length };
}
