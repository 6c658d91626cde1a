import type { Stage } from '../core/replies/reply.ts';

/** What the simulator says no with. */

/** Why a letter or a session was refused; `relay` and later are about this letter, not about pace. */
export type Why =
  | 'rate'
  | 'connections'
  | 'penalty'
  | 'outage'
  | 'stray'
  | 'session'
  | 'relay'
  | 'dead'
  | 'greylist'
  | 'size'
  | 'drop'
  | 'protocol';

/** `after`: the answer, then the end of the session; `silent`: the end without an answer; `reset`: a TCP RST. */
export type Closing = 'stay' | 'after' | 'silent' | 'reset';

export type SimRefusal = {
  readonly why: Why;
  /** 0 when nothing is said. */
  readonly code: number;
  /** Enhanced status code and words, one line. */
  readonly text: string;
  readonly closing: Closing;
};

/** The stages at which the simulator can refuse for pace. */
export const REFUSAL_STAGES = ['greeting', 'ehlo', 'mail', 'rcpt', 'data', 'dot'] as const satisfies readonly Stage[];
export type RefusalStage = (typeof REFUSAL_STAGES)[number];

const said = (why: Why, code: number, text: string, closing: Closing): SimRefusal => ({ why, code, text, closing });

export const RELAY_DENIED = said('relay', 550, '5.7.1 Relaying denied', 'stay');
export const NO_SUCH_USER = said('dead', 550, '5.1.1 The mailbox does not exist here', 'stay');
export const GREYLISTED = said('greylist', 450, '4.7.1 Greylisting in action, please come back later', 'stay');
export const TOO_LARGE = said('size', 552, '5.3.4 Message size exceeds the fixed limit', 'stay');
export const LINE_TOO_LONG = said('protocol', 500, '5.5.2 Line too long', 'after');
export const IDLE_TOO_LONG = said('protocol', 421, '4.4.2 Timeout exceeded, closing transmission channel', 'after');
export const OUTAGE = said('outage', 421, '4.3.2 Service not available, closing transmission channel', 'after');
export const HARD_OUTAGE = said('outage', 0, 'connection reset', 'reset');
export const DROPPED = said('drop', 0, 'closed after the dot', 'silent');
export const SESSION_FULL = said(
  'session',
  421,
  '4.7.0 Max message per connection reached, closing transmission channel',
  'after',
);
export const SESSION_FULL_SILENT = said('session', 0, 'closed after the last letter', 'silent');
export const IN_PENALTY_BOX = said(
  'penalty',
  421,
  '4.7.0 Temporarily blocked after too many refusals, try again later',
  'after',
);
