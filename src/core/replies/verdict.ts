/** What a reply means and what to do about it. DESIGN: Decisions 1 and 11; the rows are in replies.csv. */

import { isBeforeRcpt, type Stage } from './reply.ts';

export type Meaning =
  | 'account_quota'
  | 'auth_login'
  | 'config_auth'
  | 'config_dns'
  | 'config_tls'
  | 'connection_lost'
  | 'content'
  | 'dns_trouble'
  | 'duplicate_message_id'
  | 'greylisting'
  | 'invalid_recipient'
  | 'list_quality'
  | 'mailbox_full'
  | 'maintenance'
  | 'policy_block'
  | 'protocol'
  | 'rate_limit'
  | 'rate_limit_connections'
  | 'rate_limit_domain'
  | 'recipient_rate'
  | 'recipient_unavailable'
  | 'reputation'
  | 'routing'
  | 'server_busy'
  | 'too_many_connections'
  | 'too_many_messages_per_connection'
  | 'too_many_recipients'
  | 'unknown_outcome'
  | 'unreachable';

export type Reaction =
  | 'lower_rate'
  | 'fewer_connections'
  | 'fewer_messages_per_connection'
  | 'reconnect'
  | 'pause_provider'
  | 'retry_recipient'
  /** This letter is over, but the address is not proven dead. */
  | 'bounce_recipient'
  | 'split_transaction'
  | 'stop_and_alert'
  | 'suppress_recipient'
  | 'hold_do_not_resend';

export type Cause = 'connections' | 'overload' | 'configuration' | 'blocklist' | 'throttling' | 'recipient' | 'content';

/** Whose fault it is: only that limiter learns. */
export type Scope = 'route' | 'provider' | 'recipient';

export type Verdict = {
  readonly meaning: Meaning;
  readonly reaction: Reaction;
  readonly cause: Cause;
  readonly scope: Scope;
  /** How long the provider asks to be left alone, seconds; 0 when it does not say. */
  readonly pauseSeconds: number;
  /** The reply names its own limit (4.7.28, TSS0x, RP-00x ...), so one is enough to act. */
  readonly explicit: boolean;
  /** The rule that matched; `code.*` means only the bare code was known. */
  readonly rule: string;
};

/** What was heard, kept to be told; nulls where time alone decided. */
export type ReplyEvidence = {
  readonly cause: Cause | null;
  readonly rule: string | null;
  /** The server's words, without the recipient's address. */
  readonly reply: string | null;
};

/** What may be done about one recipient or one letter. */
const RECIPIENT_REACTIONS: ReadonlySet<Reaction> = new Set<Reaction>([
  'retry_recipient',
  'bounce_recipient',
  'suppress_recipient',
  'split_transaction',
  'hold_do_not_resend',
]);
export const isAboutRecipient = (reaction: Reaction): boolean => RECIPIENT_REACTIONS.has(reaction);

/** Which of the causes of DESIGN decision 11 a meaning is. */
export const CAUSES: Readonly<Record<Meaning, Cause>> = {
  rate_limit: 'throttling',
  rate_limit_domain: 'throttling',
  account_quota: 'throttling',
  too_many_connections: 'connections',
  rate_limit_connections: 'connections',
  too_many_messages_per_connection: 'connections',
  server_busy: 'overload',
  maintenance: 'overload',
  connection_lost: 'overload',
  unreachable: 'overload',
  unknown_outcome: 'overload',
  auth_login: 'configuration',
  config_auth: 'configuration',
  config_dns: 'configuration',
  config_tls: 'configuration',
  dns_trouble: 'configuration',
  protocol: 'configuration',
  routing: 'configuration',
  duplicate_message_id: 'configuration',
  reputation: 'blocklist',
  policy_block: 'blocklist',
  list_quality: 'blocklist',
  content: 'content',
  greylisting: 'recipient',
  invalid_recipient: 'recipient',
  mailbox_full: 'recipient',
  recipient_rate: 'recipient',
  recipient_unavailable: 'recipient',
  too_many_recipients: 'recipient',
};

/** Whether it goes on until a person does something; `code`: of the reply. A final no before RCPT is about us, whatever it says. */
export const needsPerson = (stage: Stage, code: number, { reaction }: Verdict): boolean =>
  reaction === 'stop_and_alert' || (isBeforeRcpt(stage) && code >= 500 && isAboutRecipient(reaction));
