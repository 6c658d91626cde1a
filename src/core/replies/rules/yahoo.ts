import type { RuleGroup } from './rule.ts';

/** Yahoo, AOL and whoever else sits on yahoodns.net; Yahoo Japan is a separate company. */
export const YAHOO: RuleGroup = {
  providers: ['yahoo'],
  signature: /\[(?:tss?|ipts|bl|ph)\d\d\]|- 4\.16\.5\d\b|\[#4\.16\.\d+\]|postmaster\.yahoo(?:inc)?\.com/,
  rules: [
    {
      name: 'yahoo.permanently-deferred',
      class: 5,
      text: /\[tss?\d\d\]|permanently deferred/,
      means: ['reputation', 'stop_and_alert', 86400],
      explicit: true,
    },
    {
      name: 'yahoo.ts03',
      text: /\[tss?03\]|permanently deferred/,
      means: ['reputation', 'stop_and_alert', 14400],
      explicit: true,
    },
    { name: 'yahoo.tss05', text: /\[tss05\]/, means: ['reputation', 'pause_provider', 14400], explicit: true },
    {
      name: 'yahoo.tss04',
      text: /\[(?:tss|ipts)\d\d\]|unexpected volume/,
      means: ['reputation', 'pause_provider', 7200],
      explicit: true,
    },
    { name: 'yahoo.ts02', text: /\[ts02\]/, means: ['reputation', 'pause_provider', 14400], explicit: true },
    { name: 'yahoo.ts01', text: /\[ts\d\d\]/, means: ['rate_limit', 'lower_rate', 5400], explicit: true },
    {
      name: 'yahoo.messages-per-connection',
      text: /messages? per connection/,
      means: ['too_many_messages_per_connection', 'reconnect', 0],
    },
    {
      name: 'yahoo.deferred-4.16',
      class: 4,
      text: /deferred - 4\.16\.5/,
      means: ['rate_limit', 'pause_provider', 14400],
      explicit: true,
    },
    {
      name: 'yahoo.unresolvable-sender',
      class: 4,
      text: /unresolvable/,
      means: ['dns_trouble', 'retry_recipient', 3600],
    },
    { name: 'yahoo.deferred', class: 4, text: /temporarily deferred/, means: ['rate_limit', 'lower_rate', 900] },
    {
      name: 'yahoo.resources',
      class: 4,
      text: /resources temporarily unavailable|internal server error/,
      means: ['server_busy', 'retry_recipient', 600],
    },
    {
      name: 'yahoo.unknown-recipients',
      text: /excessive unknown recipients/,
      means: ['list_quality', 'stop_and_alert', 14400],
    },
    {
      name: 'yahoo.recipient-rate',
      text: /receiving mail too quickly/,
      means: ['recipient_rate', 'retry_recipient', 3600],
    },
    { name: 'yahoo.listed', text: /\[bl\d\d\]|spamhaus/, means: ['reputation', 'stop_and_alert', 14400] },
    {
      name: 'yahoo.policy',
      class: 5,
      text: /\[ph\d\d\]|not accepted for policy reasons/,
      means: ['content', 'stop_and_alert', 0],
    },
    {
      name: 'yahoo.no-mailbox',
      class: 5,
      text: /mailbox not found|doesn't have an? [\w.]+ account/,
      means: ['invalid_recipient', 'suppress_recipient', 0],
    },
  ],
};

export const YAHOO_JAPAN: RuleGroup = {
  providers: ['yahoo.co.jp'],
  signature: /\bvs\d+-ip\d* deferred/,
  rules: [
    {
      name: 'yahoo-jp.deferred',
      text: /\bvs\d+-ip\d* deferred/,
      means: ['rate_limit', 'pause_provider', 3600],
      explicit: true,
    },
  ],
};
