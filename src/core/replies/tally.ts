import type { Verdict } from './verdict.ts';

/** How often something was heard on a lane, for a campaign, within one slot of time. */

export const TALLY_SLOT_MS = 5 * 60_000;
export const MOST_EXAMPLES = 2;

export type Tally = {
  readonly campaignId: string;
  readonly lane: string;
  /** Its beginning, ms since the epoch; a multiple of TALLY_SLOT_MS. */
  readonly slot: number;
  /** Null, with the verdict: accepted. */
  readonly rule: string | null;
  readonly verdict: Pick<Verdict, 'cause' | 'meaning' | 'reaction' | 'scope' | 'explicit'> | null;
  readonly code: number;
  readonly enhanced: string | null;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** What the server said, without the recipient's address; none for accepted letters. */
  readonly examples: readonly string[];
};

export const slotOf = (at: number): number => at - (at % TALLY_SLOT_MS);
