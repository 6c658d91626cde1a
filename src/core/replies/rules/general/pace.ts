import { anyOf, PACE_WORDS, type Rule } from '../rule.ts';

/** Fourth part: account quotas and rate. They hold for 4xx and for 5xx alike. */

export const PACE_RULES: readonly Rule[] = [
  // What a relay says of our account
  {
    name: 'general.daily-quota',
    text: /(?:daily|monthly|weekly) (?:[\w-]+ ){0,3}(?:quota|limit|allowance)|(?:quota|limit) for (?:today|the day)|(?:messages|e?mails) per (?:day|month)|\bcredits\b/,
    unless: /\bips?\b|\bhost\b|\byour domain\b|(?<!external )recipients?\b|mailbox|\bclient\b/,
    means: ['account_quota', 'stop_and_alert', 3600],
  },
  {
    name: 'general.account-limit',
    class: 5,
    text: /\b(?:your|free|trial) (?:[\w-]+ ){0,2}(?:account|plan|subscription|tenant)\b.{0,60}(?:limit|quota|exceed|upgrade)|tenant (?:[\w-]+ ){0,3}(?:exceed\w*|limit|threshold)|send(?:ing)? quota exceeded/,
    unless: /per (?:second|minute|hour)/,
    means: ['account_quota', 'stop_and_alert', 3600],
  },
  {
    name: 'general.account-rate',
    text: /throttling failure|maximum sending rate|per second\b|sending rate exceeded/,
    unless: /connect/,
    means: ['account_quota', 'lower_rate', 1],
  },
  {
    name: 'general.plan-rate',
    text: /your (?:plan|account|subscription)\b.{0,60}\b(?:per|an?) (?:second|minute|hour)\b|(?:messages|mails?) from user\b|ratelimit "?\w+"? exceeded/,
    means: ['account_quota', 'lower_rate', 300],
  },
  // Written as one word it is a relay's word for the account; "rate limit" in two is anybody's.
  { name: 'general.ratelimit', class: 4, text: /^ratelimit exceeded/, means: ['account_quota', 'lower_rate', 300] },
  {
    name: 'general.sending-quota',
    text: /(?:your|send|sending|outgoing|account) (?:[\w-]+ ){0,2}quota|(?:message|relay|hourly) quota|sending limit/,
    means: ['account_quota', 'lower_rate', 3600],
  },
  // Rate
  { name: 'general.too-much-mail', text: /too much mail/, means: ['rate_limit', 'lower_rate', 60] },
  { name: 'general.submission-rate', text: /submission rate/, means: ['rate_limit', 'lower_rate', 60] },
  {
    name: 'general.requests-limit',
    text: /limit for processing requests|reached its limit/,
    means: ['rate_limit', 'lower_rate', 600],
  },
  {
    name: 'general.hourly',
    text: /(?:per|this|last|each|an|one) hour\b|hourly/,
    means: ['rate_limit', 'lower_rate', 3600],
  },
  { name: 'general.slower', text: /\bslow(?:er)?\b|slow(?:ing)? down/, means: ['rate_limit', 'lower_rate', 300] },
  {
    name: 'general.deferred',
    class: 4,
    text: /temporarily deferred|connection deferred|(?:are|is|was|were|been) deferred|deferred due|excessive volume|unexpected volume/,
    means: ['rate_limit', 'lower_rate', 900],
  },
  {
    name: 'general.rate',
    // Whatever limit a full mailbox is said to have reached.
    enhanced: /^(?![45]\.2\.2$)/,
    text: anyOf(
      /\brates?\b|rate-?limit|throttl|frequency|frequently|volume|throughput|too (?:many|much) (?:[\w-]+ ){0,3}(?:messages|mails?|e-?mails?|letters|requests|deliver\w+|attempts|transactions)|too (?:fast|quickly|often)/,
      /unusual (?:sending|activity|volume|amount)|(?:messages|e?mails) (?:per|in|every|an?) (?:\d|second|minute|hour)|per (?:minute|second|day)\b|\b(?:limits?|quota) (?:[\w-]+ ){0,4}(?:exceed\w*|reached|hit)|exceed\w* (?:[\w'-]+ ){0,5}(?:limits?|quota|allowance|threshold)/,
      /(?:sent|send|sending|delivering) (?:[\w-]+ ){0,2}(?:too (?:many|much)|faster)|\bsending (?:\S{1,20} ){0,2}(?:limit|exceeded)/,
    ),
    means: ['rate_limit', 'lower_rate', 0],
  },
];

/** A permanent code with temporary words: wait, and never bounce. */
export const PACE_AS_5XX: Rule = {
  name: 'general.pace-as-5xx',
  class: 5,
  text: PACE_WORDS,
  means: ['server_busy', 'retry_recipient', 3600],
};
