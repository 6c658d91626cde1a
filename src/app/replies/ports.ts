import type { Stage } from '../../core/replies/reply.ts';
import type { Tally } from '../../core/replies/tally.ts';
import type { Meaning, Reaction, Verdict } from '../../core/replies/verdict.ts';
import type { Page } from '../ports.ts';

/** What is kept of the replies that were heard. */

export type TallyStore = {
  /** Writing the same again changes nothing: a tally says how much this worker heard in its slot so far. */
  write(worker: string, tallies: readonly Tally[]): Promise<void>;
  /** Tallies of slots that end after `from`, of all workers, oldest first; without a filter those of all lanes. */
  read(filter: { readonly lane?: string; readonly campaignId?: string }, from: number): Promise<readonly Tally[]>;
};

/** A reply that only its code could sort, counted by provider, code, enhanced code and words. */
export type UnknownReply = {
  readonly id: string;
  readonly provider: string;
  readonly code: number;
  readonly enhanced: string | null;
  /** One of them, without the recipient's address. */
  readonly text: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly lanes: readonly string[];
  readonly sorted: { readonly rule: string; readonly meaning: Meaning; readonly reaction: Reaction };
};

export type UnknownNote = Omit<UnknownReply, 'id'> & {
  /** Its words without what changes: the same for the same thing said to others. */
  readonly shape: string;
};

export type UnknownOrder = 'frequent' | 'newest';

export type UnknownReplyStore = {
  /** Adds counts up. A write whose answer was lost and that is repeated counts twice. */
  add(notes: readonly UnknownNote[]): Promise<void>;
  list(query: { order: UnknownOrder; limit: number; cursor: string | null }): Promise<Page<UnknownReply>>;
  get(id: string): Promise<UnknownReply | null>;
  /** Shows it no more, however often it is heard again. */
  dismiss(id: string): Promise<boolean>;
  /** It is known now. */
  forget(id: string): Promise<void>;
};

/** What a person taught: the row of a catalogue, for this installation. */
export type ReplyRule = {
  readonly id: string;
  readonly provider: string | null;
  readonly reply: string;
  readonly meaning: Meaning;
  readonly reaction: Reaction;
  readonly pauseSeconds: number;
  readonly explicit: boolean;
  readonly at: Date;
};

export type ReplyRuleStore = {
  /** The newest first. */
  all(): Promise<readonly ReplyRule[]>;
  get(id: string): Promise<ReplyRule | null>;
  put(rule: ReplyRule): Promise<void>;
  remove(id: string): Promise<boolean>;
};

export type ReplyStores = {
  readonly refusals: TallyStore;
  readonly unknownReplies: UnknownReplyStore;
  readonly replyRules: ReplyRuleStore;
};

/** A refusal (or lost session) as it was heard, to be counted. */
export type ReplyRecord = {
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
