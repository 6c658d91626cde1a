import type { ReplyEvidence } from '../replies/verdict.ts';
import type { Answer } from './proposal.ts';

/** What is asked about an answer, and what was found. */

/** A letter's place in the order of admissions, and the epoch in which it was admitted. */
export type Ticket = { readonly serial: number; readonly epoch: number };

/** What was heard, when, and a number in [0, 1) that spreads pauses. */
export type Seen = {
  readonly answer: Answer;
  readonly ticket: Ticket;
  /** What was said, without what changes from one letter to the next. */
  readonly words: string;
  readonly reason: ReplyEvidence;
  readonly now: number;
  readonly random: number;
};

/** Whose it is. `pace` and `sessions` are for the lane's two loops, `host` and `us` stop it, `nobody` was refused nothing. */
export type Blame = 'nobody' | 'recipient' | 'pace' | 'sessions' | 'host' | 'us';

export type Finding = {
  readonly blame: Blame;
  /** The recipient's end is not believed yet: `fates` of the standing tells it later under this id. */
  readonly doubt: number | null;
  /** A row that goes back uncounted is not asked for before, ms from now. */
  readonly backMs: number;
  /** So many earlier refusals of it, which the lane heard, were its own too: the lane should be as if they had not been. */
  readonly pardons: number;
  /** When a recipient who was put off should be tried, ms from now; null: as its ladder says. */
  readonly againMs: number | null;
};

export const BACK_MS = 1_000;
export const NOBODY: Finding = { blame: 'nobody', doubt: null, pardons: 0, backMs: BACK_MS, againMs: null };
export const finding = (blame: Blame, more: Partial<Finding> = {}): Finding => ({ ...NOBODY, blame, ...more });
