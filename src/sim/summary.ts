import type { Gate } from './gate.ts';
import type { SimCounts, SimTally } from './tally.ts';

/** What a run came to, against what the hidden capacity would have allowed. */

export type ProviderSummary = SimCounts & {
  /** Letters the capacity allowed from the first MAIL to the last acceptance, plus a full bucket; null: no limit. */
  readonly offeredCapacity: number | null;
  /** accepted / offeredCapacity. */
  readonly utilisation: number | null;
  /** How often the penalty box closed. */
  readonly penalties: number;
};

export type SimSummary = {
  readonly providers: Readonly<Record<string, ProviderSummary>>;
  /** Capacity is the sum; everything else is counted over all, so `unique` spans the providers. */
  readonly total: ProviderSummary;
};

type Party = { readonly name: string; readonly tally: SimTally; readonly gate: Gate };

function withCapacity(counts: SimCounts, offeredCapacity: number | null, penalties: number): ProviderSummary {
  return {
    ...counts,
    offeredCapacity,
    utilisation: offeredCapacity ? counts.accepted / offeredCapacity : null,
    penalties,
  };
}

function summaryOf({ tally, gate }: Party): ProviderSummary {
  const counts = tally.counts();
  const { firstMailAt, lastAcceptAt } = counts;
  const used = firstMailAt !== null && lastAcceptAt !== null;
  return withCapacity(counts, used ? gate.offered(firstMailAt, lastAcceptAt) : 0, gate.penalties());
}

export function summarise(providers: readonly Party[], total: SimTally): SimSummary {
  const each = providers.map((provider) => [provider.name, summaryOf(provider)] as const);
  const offers = each.map(([, summary]) => summary.offeredCapacity);
  const unlimited = offers.includes(null);
  const offered = offers.reduce<number>((sum, letters) => sum + (letters ?? 0), 0);
  const penalties = each.reduce((sum, [, summary]) => sum + summary.penalties, 0);
  return {
    providers: Object.fromEntries(each),
    total: withCapacity(total.counts(), unlimited ? null : offered, penalties),
  };
}
