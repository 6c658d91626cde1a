import { AFTER_RCPT, BEFORE_MAIL, RATE_WORDS, type Rule } from './rule.ts';

/** General phrases, first part: what a server says about this one recipient while it is only asking us to wait. */

/** Quotas that count letters sent, not bytes stored. */
const SENDING_QUOTA = /daily|hourly|per (?:hour|day|minute|second)|sending|(?:message|mail|relay)s? (?:quota|limit)/;

/** Quotas that say what they count. */
const STORED_OR_SENT = new RegExp(`mailbox|user|recipient|inbox|storage|disk|${SENDING_QUOTA.source}`);

export const WAITING_RULES: readonly Rule[] = [
  { name: 'general.null-mx', class: 5, text: /null mx/, means: ['invalid_recipient', 'suppress_recipient', 0] },
  {
    name: 'general.greylisting',
    class: 4,
    text: /gr[ea]y ?-?list|not yet authorized|try another server|postgrey/,
    means: ['greylisting', 'retry_recipient', 300],
  },
  {
    name: 'general.recipient-rate',
    text: /(?:recipient|user|mailbox)\b.{0,60}\b(?:receiv\w+ .{0,40}(?:too quickly|too (?:many|much)|at a rate|limit)|(?:message|receiving) rate limit)/,
    means: ['recipient_rate', 'retry_recipient', 3600],
  },
  // Before the recipient is named, and in a 421, a quota can only be ours.
  {
    name: 'general.quota-421',
    code: [421],
    text: /\bquota\b/,
    unless: STORED_OR_SENT,
    means: ['rate_limit', 'lower_rate', 0],
  },
  {
    name: 'general.quota-early',
    stages: [...BEFORE_MAIL, 'mail'],
    text: /\bquota\b/,
    unless: STORED_OR_SENT,
    means: ['rate_limit', 'lower_rate', 0],
  },
  {
    name: 'general.mailbox-full',
    class: 4,
    text: /mailbox (?:is |has )?(?:been )?(?:over ?)?full|full mailbox|over ?-?quota|quota (?:has been |is |was )?(?:exceeded|full)|exceed\w* .{0,40}(?:quota|storage)|out of storage|inbox is full|storage (?:allocation|limit|quota)|not enough (?:storage )?space/,
    unless: SENDING_QUOTA,
    means: ['mailbox_full', 'retry_recipient', 14400],
  },
  {
    name: 'general.mailbox-full-permanent',
    class: 5,
    text: /mailbox (?:is |has )?(?:been )?(?:over ?)?full|full mailbox|over ?-?quota|quota (?:has been |is |was )?(?:exceeded|full)|exceed\w* .{0,40}(?:quota|storage)|out of storage|inbox is full|storage (?:allocation|limit|quota)|not enough (?:storage )?space/,
    unless: SENDING_QUOTA,
    means: ['mailbox_full', 'retry_recipient', 86400],
  },
  {
    name: 'general.invalid-recipients',
    text: /too many (?:invalid|unknown|bad|non-?existent|wrong) (?:recipient|user|address|rcpt)|excessive (?:unknown|invalid)|directory harvest|dictionary attack/,
    means: ['list_quality', 'stop_and_alert', 3600],
  },
  {
    name: 'general.recipients-per-hour',
    text: /too many recipients .{0,40}(?:hour|day)/,
    means: ['rate_limit', 'lower_rate', 3600],
  },
  {
    name: 'general.recipients-per-client',
    text: /too many recipients (?:from|per minute|in a short|too fast)|recipients? limit exceeded for/,
    means: ['rate_limit', 'lower_rate', 60],
  },
  {
    name: 'general.too-many-recipients',
    text: /too many (?:recipients|rcpts?)|max(?:imum)? (?:number of )?recipients|recipients? (?:count|limit) (?:exceeded|reached)/,
    unless: /per (?:hour|day|minute|second)|hourly|daily|\brate\b/,
    means: ['too_many_recipients', 'split_transaction', 0],
  },
  {
    name: 'general.mail-loop',
    text: /too many hops|hop count|mail loop|message is looping/,
    means: ['routing', 'retry_recipient', 3600],
  },
  {
    name: 'general.relaying-denied',
    stages: AFTER_RCPT,
    text: /relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|unable to relay/,
    unless: RATE_WORDS,
    means: ['routing', 'retry_recipient', 3600],
  },
];
