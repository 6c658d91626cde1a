import type { RuleGroup } from './rule.ts';

/** Gmail and hosted Google domains. Google gives X.7.27 to X.7.40 meanings that the IANA registry does not have. */
export const GOOGLE: RuleGroup = {
  providers: ['gmail'],
  signature: /\bgsmtp\b|\bgmail has detected\b|support\.google\.com\/(?:mail|a)\b/,
  rules: [
    // Recipients and accounts
    {
      name: 'gmail.recipient-rate-permanent',
      class: 5,
      text: /receiv\w+ e?mail (?:too quickly|at a rate)|receivingrate/,
      means: ['recipient_rate', 'retry_recipient', 86400],
    },
    {
      name: 'gmail.recipient-rate',
      text: /receiv\w+ e?mail too quickly/,
      means: ['recipient_rate', 'retry_recipient', 3600],
    },
    {
      name: 'gmail.recipient-rate-high',
      text: /receiv\w+ e?mail at a rate/,
      means: ['recipient_rate', 'retry_recipient', 7200],
    },
    { name: 'gmail.relay-peak', text: /peak smtp relay limit/, means: ['account_quota', 'lower_rate', 600] },
    {
      name: 'gmail.daily-limit',
      text: /daily (?:smtp relay|user sending|sending) (?:limit|quota)/,
      means: ['account_quota', 'stop_and_alert', 86400],
    },
    {
      name: 'gmail.full-and-inactive',
      class: 5,
      text: /quota and inactive/,
      means: ['mailbox_full', 'suppress_recipient', 0],
    },
    { name: 'gmail.mailbox-full', class: 4, text: /out of storage/, means: ['mailbox_full', 'retry_recipient', 14400] },
    {
      name: 'gmail.no-such-user',
      class: 5,
      text: /nosuchuser|account that you tried to reach (?:does not exist|is disabled)/,
      means: ['invalid_recipient', 'suppress_recipient', 0],
    },
    // Session
    { name: 'gmail.too-many-logins', text: /too many login/, means: ['auth_login', 'stop_and_alert', 3600] },
    { name: 'gmail.cannot-authenticate', text: /cannot authenticate/, means: ['auth_login', 'pause_provider', 300] },
    { name: 'gmail.connection-expired', text: /connection expired/, means: ['connection_lost', 'reconnect', 0] },
    { name: 'gmail.timeout', class: 4, text: /\btimeout\b/, means: ['connection_lost', 'reconnect', 0] },
    { name: 'gmail.protocol', text: /smtp protocol violation/, means: ['protocol', 'stop_and_alert', 0] },
    { name: 'gmail.many-domains', text: /multiple destination domains/, means: ['protocol', 'split_transaction', 0] },
    {
      name: 'gmail.too-many-recipients',
      text: /size per transaction|too many recipients/,
      means: ['too_many_recipients', 'split_transaction', 0],
    },
    // Pace
    { name: 'gmail.message-id-quota', text: /same message-id/, means: ['duplicate_message_id', 'stop_and_alert', 0] },
    {
      name: 'gmail.unusual-rate-urls',
      text: /unusual (?:rate|amount) .{0,60}url domains?/,
      means: ['content', 'stop_and_alert', 3600],
    },
    {
      name: 'gmail.unusual-rate-permanent',
      class: 5,
      text: /unusual (?:rate|amount)/,
      means: ['reputation', 'stop_and_alert', 7200],
    },
    { name: 'gmail.unusual-amount', text: /unusual amount/, means: ['reputation', 'pause_provider', 3600] },
    {
      name: 'gmail.unusual-rate-domain',
      text: /unusual rate .{0,60}(?:dkim|spf) domain/,
      means: ['rate_limit_domain', 'pause_provider', 600],
      explicit: true,
    },
    { name: 'gmail.unusual-rate', text: /unusual rate/, means: ['rate_limit', 'pause_provider', 600], explicit: true },
    { name: 'gmail.server-busy', class: 4, text: /server busy/, means: ['server_busy', 'lower_rate', 60] },
    { name: 'gmail.system-problem', text: /temporary system problem/, means: ['maintenance', 'pause_provider', 60] },
    { name: 'gmail.rejected-for-now', text: /temporarily rejected/, means: ['server_busy', 'retry_recipient', 900] },
    {
      name: 'gmail.try-later-closing',
      code: [421],
      text: /try again later, closing/,
      means: ['rate_limit', 'pause_provider', 600],
    },
    // Trust
    { name: 'gmail.not-on-allow-list', text: /not in whitelist/, means: ['policy_block', 'stop_and_alert', 86400] },
    {
      name: 'gmail.tls-required',
      text: /tls required|not using a tls|requires? tls/,
      means: ['config_tls', 'stop_and_alert', 0],
    },
    { name: 'gmail.no-ptr', text: /\bptr record/, means: ['config_dns', 'stop_and_alert', 3600] },
    {
      name: 'gmail.ip-reputation',
      class: 4,
      text: /reputation of the sending ip/,
      means: ['reputation', 'pause_provider', 3600],
    },
    {
      name: 'gmail.domain-reputation',
      class: 4,
      text: /reputation of the sending domain/,
      means: ['reputation', 'stop_and_alert', 3600],
    },
    {
      name: 'gmail.content',
      text: /nature of the content|the links within/,
      means: ['content', 'stop_and_alert', 3600],
    },
    {
      name: 'gmail.dns-prevents-auth',
      class: 4,
      text: /dns failures? prevent/,
      means: ['dns_trouble', 'retry_recipient', 1800],
    },
    {
      name: 'gmail.unauthenticated',
      class: 4,
      text: /unauthenticated|\b(?:spf|dkim|dmarc)\b|authentication/,
      means: ['config_auth', 'stop_and_alert', 3600],
    },
    {
      name: 'gmail.unauthenticated-permanent',
      class: 5,
      text: /unauthenticated|\b(?:spf|dkim|dmarc)\b|authentication/,
      means: ['config_auth', 'stop_and_alert', 0],
    },
    {
      name: 'gmail.unsolicited',
      class: 5,
      text: /unsolicited|reputation|suspicious/,
      means: ['reputation', 'stop_and_alert', 7200],
    },
    // Enhanced codes as Google uses them
    { name: 'gmail.4.7.28', enhanced: /^4\.7\.28$/, means: ['rate_limit', 'pause_provider', 600], explicit: true },
    {
      name: 'gmail.x.7.auth',
      enhanced: /^[45]\.7\.(?:24|26|27|30|31|32|40)$/,
      means: ['config_auth', 'stop_and_alert', 3600],
    },
    { name: 'gmail.x.7.ptr', enhanced: /^[45]\.7\.(?:23|25)$/, means: ['config_dns', 'stop_and_alert', 3600] },
    { name: 'gmail.x.7.29', enhanced: /^[45]\.7\.29$/, means: ['config_tls', 'stop_and_alert', 0] },
    { name: 'gmail.4.2.1', enhanced: /^4\.2\.1$/, means: ['recipient_rate', 'retry_recipient', 3600] },
    { name: 'gmail.5.4.5', enhanced: /^5\.4\.5$/, means: ['account_quota', 'stop_and_alert', 86400] },
  ],
};
