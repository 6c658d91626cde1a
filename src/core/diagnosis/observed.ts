import type { Tally } from '../replies/tally.ts';
import type { Cause, Meaning, Reaction, Scope } from '../replies/verdict.ts';

/** What was heard on a lane in a stretch of time, summed up. */

/** Refusals that one rule sorted. */
export type RefusedReplies = {
  readonly rule: string;
  readonly code: number;
  readonly enhanced: string | null;
  readonly cause: Cause;
  readonly meaning: Meaning;
  readonly reaction: Reaction;
  readonly scope: Scope;
  readonly explicit: boolean;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly examples: readonly string[];
};

export type Observed = {
  readonly answers: number;
  readonly accepted: number;
  /** Refusals that concern more than their recipient, and those that don't. */
  readonly troubles: number;
  readonly recipients: number;
  /** The most frequent first. */
  readonly refused: readonly RefusedReplies[];
};

const MOST_EXAMPLES = 2;

export function observeReplies(tallies: readonly Tally[]): Observed {
  const byRule = new Map<string, RefusedReplies>();
  let accepted = 0;
  for (const tally of tallies) {
    if (tally.rule === null || tally.verdict === null) accepted += tally.count;
    else byRule.set(tally.rule, merged(byRule.get(tally.rule), tally, tally.rule, tally.verdict));
  }
  const refused = [...byRule.values()].sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1));
  const recipients = sum(refused.filter(({ cause }) => cause === 'recipient'));
  const troubles = sum(refused) - recipients;
  return { answers: accepted + troubles + recipients, accepted, troubles, recipients, refused };
}

export const sum = (refused: readonly RefusedReplies[]): number =>
  refused.reduce((total, { count }) => total + count, 0);

function merged(
  before: RefusedReplies | undefined,
  tally: Tally,
  rule: string,
  verdict: NonNullable<Tally['verdict']>,
): RefusedReplies {
  const { code, enhanced, count, firstAt, lastAt, examples } = tally;
  if (!before) return { rule, code, enhanced, ...verdict, count, firstAt, lastAt, examples };
  return {
    ...before,
    count: before.count + count,
    firstAt: Math.min(before.firstAt, firstAt),
    lastAt: Math.max(before.lastAt, lastAt),
    examples: [...new Set([...before.examples, ...examples])].slice(0, MOST_EXAMPLES),
  };
}

export type Episode = {
  readonly since: number;
  readonly lastAt: number;
  readonly isOngoing: boolean;
  /** Until when nothing may be sent; null: sending goes on. */
  readonly stoppedUntil: number | null;
};

/** Refusals this far apart are one episode: the loops try again within this time. */
const EPISODE_GAP_MS = 20 * 60_000;

/** When the last episode of these refusals began; null without any. */
export function episodeStart(tallies: readonly Tally[], isPart: (tally: Tally) => boolean): number | null {
  const stretches = tallies.filter(isPart).sort((a, b) => b.lastAt - a.lastAt);
  let start: number | null = null;
  for (const { firstAt, lastAt } of stretches) {
    if (start !== null && lastAt < start - EPISODE_GAP_MS) break;
    start = Math.min(start ?? firstAt, firstAt);
  }
  return start;
}
