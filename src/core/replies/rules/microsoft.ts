import type { RuleGroup } from './rule.ts';

/** Outlook.com and Microsoft 365: tags in the text, then detail codes of three digits that only Microsoft uses. */
export const MICROSOFT: RuleGroup = {
  providers: ['outlook', 'office365'],
  signature:
    /^[45]\.7\.[5-8]\d\d |\b(?:rp|sc|dy|ou)-00\d\b|\((?:s|as)\d{3,4}\)|\battr\d+\b|\bstoredrv\.|protection\.outlook\.com/,
  rules: [
    { name: 'outlook.rp-001', text: /\brp-001\b/, means: ['rate_limit', 'lower_rate', 1800], explicit: true },
    {
      name: 'outlook.rp-002',
      text: /\brp-002\b/,
      means: ['too_many_messages_per_connection', 'fewer_messages_per_connection', 300],
      explicit: true,
    },
    {
      name: 'outlook.rp-003',
      text: /\brp-003\b/,
      means: ['too_many_connections', 'fewer_connections', 300],
      explicit: true,
    },
    {
      name: 'outlook.messages-per-connection',
      text: /messages per connection/,
      means: ['too_many_messages_per_connection', 'fewer_messages_per_connection', 0],
    },
    {
      name: 'outlook.connections',
      text: /\(s3115\)|number of connections|concurrent connections/,
      means: ['too_many_connections', 'fewer_connections', 3600],
      explicit: true,
    },
    {
      name: 'outlook.rate-by-reputation',
      class: 4,
      text: /\(s(?:775|3114)\)|rate limited due to ip reputation/,
      means: ['reputation', 'pause_provider', 3600],
      explicit: true,
    },
    { name: 'outlook.agent-busy', text: /agent busy/, means: ['server_busy', 'lower_rate', 60] },
    { name: 'outlook.server-busy', class: 4, text: /server busy/, means: ['rate_limit', 'lower_rate', 900] },
    {
      name: 'outlook.recipient-hourly-limit',
      text: /message receive limit/,
      means: ['recipient_rate', 'retry_recipient', 3600],
    },
    {
      name: 'outlook.recipient-threads',
      text: /recipient thread limit/,
      means: ['recipient_rate', 'retry_recipient', 900],
    },
    {
      name: 'outlook.permitted-limits',
      text: /exceeded permitted limits/,
      means: ['rate_limit', 'lower_rate', 3600],
      explicit: true,
    },
    { name: 'outlook.wrong-region', text: /\battr35\b|wrong office 365/, means: ['routing', 'retry_recipient', 300] },
    {
      name: 'outlook.server-error',
      class: 4,
      text: /temporary server error/,
      means: ['server_busy', 'retry_recipient', 600],
    },
    {
      name: 'outlook.block-list',
      text: /\bsc-001\b|\(s31[45]\d\)|on our block ?list/,
      means: ['reputation', 'stop_and_alert', 7200],
    },
    {
      name: 'outlook.namespace-mining',
      text: /\bsc-002\b|namespace mining/,
      means: ['policy_block', 'stop_and_alert', 14400],
    },
    { name: 'outlook.complaints', text: /\bsc-00[34]\b/, means: ['reputation', 'stop_and_alert', 14400] },
    { name: 'outlook.dynamic-ip', text: /\bdy-00\d\b/, means: ['policy_block', 'stop_and_alert', 86400] },
    { name: 'outlook.spamhaus', text: /\bou-00\d\b|spamhaus/, means: ['reputation', 'stop_and_alert', 14400] },
    { name: 'outlook.banned', text: /banned sending ip/, means: ['reputation', 'stop_and_alert', 86400] },
    { name: 'outlook.not-accepted', text: /traffic not accepted/, means: ['reputation', 'stop_and_alert', 86400] },
    {
      name: 'outlook.authentication-level',
      text: /required authentication level/,
      means: ['config_auth', 'stop_and_alert', 0],
    },
    {
      name: 'outlook.mailbox-unavailable',
      class: 5,
      text: /requested action not taken: mailbox unavailable/,
      // GMX says so too, and means our pace.
      unless: /\bpolicy\b/,
      means: ['invalid_recipient', 'suppress_recipient', 0],
    },
    // Enhanced codes
    {
      name: 'outlook.4.7.652',
      enhanced: /^4\.7\.652$/,
      means: ['too_many_connections', 'fewer_connections', 3600],
      explicit: true,
    },
    {
      name: 'outlook.4.7.65x',
      enhanced: /^4\.7\.65[01]$/,
      means: ['reputation', 'pause_provider', 3600],
      explicit: true,
    },
    {
      name: 'outlook.4.7.reputation',
      enhanced: /^4\.7\.(?:[56]\d\d|8[5-9]\d)$/,
      means: ['reputation', 'pause_provider', 3600],
    },
    { name: 'outlook.4.7.7xx', enhanced: /^4\.7\.7\d\d$/, means: ['server_busy', 'lower_rate', 60] },
    { name: 'outlook.5.7.508', enhanced: /^5\.7\.508$/, means: ['rate_limit', 'lower_rate', 3600], explicit: true },
    { name: 'outlook.5.7.auth', enhanced: /^5\.7\.(?:509|515)$/, means: ['config_auth', 'stop_and_alert', 0] },
    {
      name: 'outlook.5.7.banned',
      enhanced: /^5\.7\.(?:60[6-9]|6[1-4]\d|7[0-4]\d)$/,
      means: ['reputation', 'stop_and_alert', 86400],
    },
    { name: 'outlook.5.2.12x', enhanced: /^5\.2\.12[12]$/, means: ['recipient_rate', 'retry_recipient', 3600] },
    { name: 'outlook.4.4.62', enhanced: /^4\.4\.62$/, means: ['routing', 'retry_recipient', 300] },
    { name: 'outlook.432', code: [432], means: ['recipient_rate', 'retry_recipient', 900] },
  ],
};
