import type { Decision, LaneOrders } from '../../core/lanes/lane.ts';
import type { ProfilePatch } from '../../core/providers/profile.ts';
import type { Stage } from '../../core/replies/reply.ts';
import type { Verdict } from '../../core/replies/verdict.ts';
import type { LaneView, Page } from '../ports.ts';

/** What shaping, its picture and its diagnosis need of the database. */

/** Provider profiles as this installation changed them; what is absent stays as shipped. */
export type ProviderBook = {
  all(): Promise<ReadonlyMap<string, ProfilePatch>>;
  get(provider: string): Promise<ProfilePatch>;
  /** Replaces the patch that was read as `before`; false when it is another by now. An empty one brings the shipped profile back. */
  put(provider: string, patch: ProfilePatch, before: ProfilePatch): Promise<boolean>;
};

export type LaneReader = {
  list(): Promise<LaneView[]>;
  get(id: string): Promise<LaneView | null>;
  decisions(id: string, query: { limit: number; cursor: string | null }): Promise<Page<Decision>>;
  /** Decisions of these kinds from `from` until before `until`, the oldest first; the latest `limit` of them. */
  turns(id: string, from: Date, until: Date, actions: readonly string[], limit: number): Promise<readonly Decision[]>;
};

/** What an operator ordered for a lane; its owner sees it within about a second. */
export type LaneDesk = {
  /** Null: there is no such lane. */
  orders(id: string): Promise<LaneOrders | null>;
  order(id: string, patch: Partial<LaneOrders>): Promise<LaneOrders | null>;
};

/** One second of a lane. */
export type LaneSample = {
  /** Its beginning. */
  readonly at: Date;
  /** Letters per second allowed at its end; 0 while stopped. */
  readonly allowed: number;
  /** Answers in it: 2xx and final refusals of a recipient; refusals for pace; all others. */
  readonly accepted: number;
  readonly throttled: number;
  readonly other: number;
  readonly sessions: number;
};

export type LaneHistory = {
  /** Samples of whole seconds, in order; adding the same second twice keeps the last. */
  add(lane: string, samples: readonly LaneSample[]): Promise<void>;
  /** From `from` until before `until`. */
  read(lane: string, from: Date, until: Date): Promise<readonly LaneSample[]>;
  /** Beginning of the last second that is known; null: none is. */
  last(lane: string): Promise<Date | null>;
};

/** A refusal (or lost session) as it was heard, to be counted. */
export type Heard = {
  readonly campaignId: string;
  readonly lane: string;
  readonly provider: string;
  readonly stage: Stage;
  /** Null: accepted. */
  readonly verdict: Verdict | null;
  readonly code: number;
  readonly enhanced: string | null;
  readonly text: string;
  readonly at: number;
};
