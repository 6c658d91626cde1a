import type { Reaction } from '../../../src/core/replies/verdict.ts';

/** What a reply does to a night, coarsely: reactions of one group may be mistaken for each other, groups may not. */

export type Group =
  /** The lane goes slower, narrower or rests; nobody's attempt is counted. */
  | 'pace'
  /** This recipient is tried again; the lane goes on. */
  | 'retry'
  /** A person is needed. */
  | 'stop'
  /** This recipient is over. */
  | 'end';

export const GROUP_OF: Readonly<Record<Reaction, Group>> = {
  lower_rate: 'pace',
  fewer_connections: 'pace',
  fewer_messages_per_connection: 'pace',
  reconnect: 'pace',
  pause_provider: 'pace',
  retry_recipient: 'retry',
  split_transaction: 'retry',
  stop_and_alert: 'stop',
  suppress_recipient: 'end',
  bounce_recipient: 'end',
  hold_do_not_resend: 'end',
};

/** Right group, then the wrong one that does harm. */
export const DANGEROUS: Readonly<Record<string, string>> = {
  'pace -> end': 'people bounce because we were too fast',
  'stop -> end': 'people bounce because we are blocked',
  'stop -> pace': 'a block is waited out, more and more slowly',
  'retry -> pace': 'one mailbox slows the lane for all',
  'end -> pace': 'a dead address slows the lane for all',
  'end -> retry': 'a dead address is tried for ever',
};
