import { type RoutingRule, resolveLane } from '../../core/lanes/routing.ts';
import type { MxDirectory } from '../providers/directory.ts';
import type { Slices } from './ports.ts';

/** Which lanes the slices of a campaign use. Domains are looked at once and not kept: a long list has very many. */

export type SliceLane = { readonly lane: string; readonly route: string };

export type SliceDirectory = {
  readonly sliceCount: number;
  readonly rules: readonly RoutingRule[];
  /** When and of which MX knowledge it was made. */
  readonly at: number;
  readonly mxVersion: number;
  lanesOf(slice: number): readonly SliceLane[];
  /** A domain that no rule routes, if there is one. */
  readonly unrouted: string | null;
};

export async function readDirectory(
  slices: Pick<Slices, 'domains'>,
  run: { readonly id: string; readonly sliceCount: number },
  rules: readonly RoutingRule[],
  mx: Pick<MxDirectory, 'providerOf' | 'version' | 'recall'>,
  now: number,
): Promise<SliceDirectory> {
  const { id, sliceCount } = run;
  const mxVersion = mx.version();
  const lanes = new Map<number, readonly SliceLane[]>();
  // Most slices have the same few lanes, so each set of them is kept once.
  const sets = new Map<string, readonly SliceLane[]>();
  let unrouted: string | null = null;
  for await (const { slice, domains } of slices.domains(id, sliceCount)) {
    // What DNS said before a restart still tells whose lane it is.
    await mx.recall(domains);
    const found = new Map<string, SliceLane>();
    for (const domain of domains) {
      const resolved = resolveLane(domain, rules, mx.providerOf);
      if (resolved) found.set(resolved.lane, resolved);
      else unrouted = domain;
    }
    const key = [...found.keys()].sort().join(' ');
    if (!sets.has(key))
      sets.set(
        key,
        [...found.values()].map(({ lane, route }) => ({ lane, route })),
      );
    lanes.set(slice, sets.get(key)!);
  }
  return { sliceCount, rules, at: now, mxVersion, unrouted, lanesOf: (slice) => lanes.get(slice) ?? [] };
}
