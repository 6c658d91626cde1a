import { STAGES, type Stage } from '../reply.ts';
import type { Meaning, Reaction } from '../verdict.ts';

/**
 * The form of the reply table. Every text pattern is matched against the reply in lower case, without accents and
 * with single spaces; gaps are bounded so that no pattern can take more than linear time.
 */

export type Rule = {
  /** Stable: it is stored with attempts and shown to people. */
  readonly name: string;
  readonly code?: readonly number[];
  /** First digit of the code. */
  readonly class?: 4 | 5;
  readonly enhanced?: RegExp;
  readonly text?: RegExp;
  /** The rule does not hold for texts that match this. */
  readonly unless?: RegExp;
  readonly stages?: readonly Stage[];
  /** Meaning, reaction, pause in seconds. */
  readonly means: readonly [Meaning, Reaction, number];
  /** The text names the provider's own limit. */
  readonly explicit?: true;
};

export type RuleGroup = {
  readonly providers: readonly string[];
  /** Only this provider writes so; matched against enhanced code and text, it brings the rules to unknown providers. */
  readonly signature?: RegExp;
  /** First match wins: texts and tags first, enhanced codes last. */
  readonly rules: readonly Rule[];
};

/** The server has heard whom the letter is for. */
export const AFTER_RCPT: readonly Stage[] = ['rcpt', 'data', 'body', 'dot'];
/** Where a login is refused, an account is our own. */
export const NOT_AUTH: readonly Stage[] = STAGES.filter((stage) => stage !== 'auth');
export const BEFORE_MAIL: readonly Stage[] = ['connect', 'greeting', 'ehlo', 'starttls', 'auth'];

/** Words about pace: a refusal that uses one is never proof that a mailbox does not exist. */
export const PACE_WORDS =
  /\brates?\b|rate-?limit|\blimit|frequen|too (?:many|much|fast|quick|often|soon)|\blater\b|throttl|\bquota\b|\bhour|\bdaily\b|\btoday\b|per (?:day|minute|second)|temporar|defer|gr[ea]y-?list|\bslow|\bvolume\b|\bbusy\b|overload|\bretry\b|try again/;

/** The narrower set: words about how much or how fast, not merely about time. */
export const RATE_WORDS =
  /\brates?\b|rate-?limit|\blimit(?:s|ed|ing)?\b|frequen|too (?:many|much|fast|quick|often)|throttl|\bhour|per (?:day|minute|second)|\bslow|\bvolume\b/;

/** A long pattern in several lines. */
export const anyOf = (...parts: readonly RegExp[]): RegExp => new RegExp(parts.map(({ source }) => source).join('|'));
