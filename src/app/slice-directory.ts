import { type RoutingRule, resolveLane } from '../core/routing.ts';
import type { Slices } from './sending-ports.ts';

/** Which lanes the slices of a campaign use. Domains are looked at once and not kept: a long list has very many. */

export type SliceDirectory = {
  readonly sliceCount: number;
  readonly rules: readonly RoutingRule[];
  lanesOf(slice: number): readonly string[];
  /** A domain that no rule routes, if there is one. */
  readonly unrouted: string | null;
};

export async function readDirectory(
  slices: Pick<Slices, 'domains'>,
  campaignId: string,
  sliceCount: number,
  rules: readonly RoutingRule[],
): Promise<SliceDirectory> {
  const lanes = new Map<number, readonly string[]>();
  // Most slices have the same few lanes, so each set of them is kept once.
  const sets = new Map<string, readonly string[]>();
  let unrouted: string | null = null;
  for await (const { slice, domains } of slices.domains(campaignId, sliceCount)) {
    const found = new Set<string>();
    for (const domain of domains) {
      const lane = resolveLane(domain, rules)?.lane;
      if (lane) found.add(lane);
      else unrouted = domain;
    }
    const ids = [...found].sort();
    const key = ids.join(' ');
    if (!sets.has(key)) sets.set(key, ids);
    lanes.set(slice, sets.get(key)!);
  }
  return { sliceCount, rules, unrouted, lanesOf: (slice) => lanes.get(slice) ?? [] };
}
