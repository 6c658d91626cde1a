import { PACE_WORDS, type Rule } from './rule.ts';

/** General phrases, fourth part: account quotas, rate, load. They hold for 4xx and for 5xx alike. */

export const PACE_RULES: readonly Rule[] = [
  // What a relay says of our account
  {
    name: 'general.daily-quota',
    text: /daily (?:[\w-]+ ){0,3}(?:quota|limit)|(?:quota|limit) for (?:today|the day)|(?:messages|e?mails) per day/,
    unless: /\bips?\b|\bhost\b|recipient|mailbox|\bclient\b/,
    means: ['account_quota', 'stop_and_alert', 3600],
  },
  {
    name: 'general.account-rate',
    text: /throttling failure|maximum sending rate|per second limit|sending rate exceeded/,
    means: ['account_quota', 'lower_rate', 1],
  },
  // Written as one word it is a relay's word for the account; "rate limit" in two is anybody's.
  { name: 'general.ratelimit', class: 4, text: /^ratelimit exceeded/, means: ['account_quota', 'lower_rate', 300] },
  {
    name: 'general.sending-quota',
    text: /(?:your|sending|outgoing|account) (?:[\w-]+ ){0,2}quota|(?:message|relay|hourly) quota|sending limit/,
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
    text: /temporarily deferred|(?:are|is|was|were|been) deferred|deferred due|excessive volume|unexpected volume/,
    means: ['rate_limit', 'lower_rate', 900],
  },
  {
    name: 'general.rate',
    text: /\brates?\b|rate-?limit|throttl|frequency|frequently|volume|too (?:many|much) (?:[\w-]+ ){0,3}(?:messages|mails?|e-?mails?|letters|requests|deliver\w+|attempts|transactions)|too (?:fast|quickly|often)|unusual (?:sending|activity|volume|amount)|(?:messages|e?mails) (?:per|in|every) \d+|per (?:minute|second|day)\b|\b(?:limits?|quota) (?:[\w-]+ ){0,4}(?:exceed\w*|reached|hit)|exceed\w* (?:[\w'-]+ ){0,5}(?:limits?|quota|allowance|threshold)/,
    means: ['rate_limit', 'lower_rate', 0],
  },
  // Load
  { name: 'general.ports-busy', text: /server ports are busy/, means: ['server_busy', 'fewer_connections', 60] },
  { name: 'general.no-resources', class: 4, text: /no system resources/, means: ['server_busy', 'pause_provider', 60] },
  {
    name: 'general.few-resources',
    class: 4,
    text: /insufficient system resources/,
    means: ['server_busy', 'pause_provider', 300],
  },
  {
    name: 'general.disk-full',
    class: 4,
    text: /insufficient (?:system )?(?:storage|disk)|no space left|disk (?:is )?full/,
    means: ['maintenance', 'retry_recipient', 1800],
  },
  {
    name: 'general.lookup-error',
    class: 4,
    text: /lookup (?:error|failure)/,
    means: ['server_busy', 'retry_recipient', 600],
  },
  {
    name: 'general.configuration-error',
    class: 4,
    text: /server configuration (?:error|problem)/,
    means: ['maintenance', 'retry_recipient', 1800],
  },
  {
    name: 'general.local-problem',
    class: 4,
    text: /(?:temporary|local) (?:local )?(?:problem|error)|error in processing|internal (?:server )?error/,
    means: ['server_busy', 'retry_recipient', 900],
  },
  {
    name: 'general.after-220-tests',
    code: [450],
    text: /service (?:is )?(?:currently|temporarily) (?:unavailable|not available)/,
    means: ['greylisting', 'retry_recipient', 300],
  },
  {
    name: 'general.service-not-available',
    code: [421],
    text: /(?:service|server|system) (?:is )?(?:currently |temporarily )?(?:not available|unavailable)|shutting down|going down|maintenance/,
    means: ['maintenance', 'pause_provider', 300],
  },
  {
    name: 'general.busy',
    class: 4,
    text: /\bbusy\b|overload|load average|(?:high|heavy) (?:system )?load|load (?:is )?too high/,
    means: ['server_busy', 'lower_rate', 60],
  },
  {
    name: 'general.connection-refused',
    code: [421],
    stages: ['connect', 'greeting', 'ehlo'],
    text: /\bconnections?\b|\bsessions?\b/,
    unless: /clos\w+ (?:the |this |your )?(?:connection|session)/,
    means: ['too_many_connections', 'fewer_connections', 0],
  },
  // A permanent code with temporary words: wait, and never bounce.
  { name: 'general.pace-as-5xx', class: 5, text: PACE_WORDS, means: ['server_busy', 'retry_recipient', 3600] },
];
