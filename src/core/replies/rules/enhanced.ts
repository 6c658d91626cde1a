import { AFTER_RCPT, type Rule } from './rule.ts';

/** Enhanced status codes as the IANA registry means them (RFC 3463, RFC 5248, RFC 7372, RFC 7505). */
export const ENHANCED_RULES: readonly Rule[] = [
  { name: 'enhanced.5.1.10', class: 5, enhanced: /^5\.1\.10$/, means: ['invalid_recipient', 'suppress_recipient', 0] },
  { name: 'enhanced.5.1.sender', enhanced: /^5\.1\.[78]$/, means: ['config_dns', 'stop_and_alert', 0] },
  {
    name: 'enhanced.5.1',
    class: 5,
    stages: AFTER_RCPT,
    enhanced: /^5\.1\.\d+$/,
    means: ['invalid_recipient', 'suppress_recipient', 0],
  },
  {
    name: 'enhanced.5.2.1',
    class: 5,
    stages: AFTER_RCPT,
    enhanced: /^5\.2\.1$/,
    means: ['invalid_recipient', 'suppress_recipient', 0],
  },
  { name: 'enhanced.4.2.2', enhanced: /^4\.2\.2$/, means: ['mailbox_full', 'retry_recipient', 14400] },
  { name: 'enhanced.5.2.2', enhanced: /^5\.2\.2$/, means: ['mailbox_full', 'retry_recipient', 86400] },
  {
    name: 'enhanced.5.mailbox',
    enhanced: /^5\.(?:2\.[04]|4\.[14])$/,
    stages: AFTER_RCPT,
    means: ['invalid_recipient', 'bounce_recipient', 0],
  },
  // RFC 7293: mailbox or domain belong to somebody else now.
  {
    name: 'enhanced.5.7.owner',
    enhanced: /^5\.7\.1[78]$/,
    stages: AFTER_RCPT,
    means: ['invalid_recipient', 'suppress_recipient', 0],
  },
  {
    name: 'enhanced.4.mailbox',
    enhanced: /^4\.(?:1\.[0-6]|2\.\d)$/,
    means: ['recipient_unavailable', 'retry_recipient', 900],
  },
  { name: 'enhanced.size', enhanced: /^5\.(?:2\.3|3\.4)$/, means: ['content', 'stop_and_alert', 0] },
  { name: 'enhanced.4.1.8', enhanced: /^4\.1\.8$/, means: ['dns_trouble', 'retry_recipient', 3600] },
  { name: 'enhanced.4.4.lost', code: [421], enhanced: /^4\.4\.[12]$/, means: ['connection_lost', 'reconnect', 0] },
  { name: 'enhanced.4.4.dns', enhanced: /^4\.4\.[34]$/, means: ['dns_trouble', 'retry_recipient', 3600] },
  { name: 'enhanced.4.4.5', enhanced: /^4\.4\.5$/, means: ['server_busy', 'lower_rate', 60] },
  { name: 'enhanced.4.3', code: [421], enhanced: /^4\.3\.[0-5]$/, means: ['maintenance', 'pause_provider', 300] },
  { name: 'enhanced.x.5.3', enhanced: /^[45]\.5\.3$/, means: ['too_many_recipients', 'split_transaction', 0] },
  { name: 'enhanced.loop', enhanced: /^[45]\.4\.(?:6|14)$/, means: ['routing', 'retry_recipient', 3600] },
  { name: 'enhanced.4.7.28', enhanced: /^4\.7\.28$/, means: ['rate_limit', 'lower_rate', 600] },
  {
    name: 'enhanced.4.7.auth',
    enhanced: /^4\.7\.(?:2[0-46]|30)$/,
    means: ['config_auth', 'stop_and_alert', 3600],
  },
  { name: 'enhanced.5.7.auth', enhanced: /^5\.7\.(?:2[0-46]|30)$/, means: ['config_auth', 'stop_and_alert', 0] },
  { name: 'enhanced.x.7.25', enhanced: /^[45]\.7\.25$/, means: ['config_dns', 'stop_and_alert', 3600] },
  {
    name: 'enhanced.content',
    class: 5,
    stages: ['data', 'body', 'dot'],
    enhanced: /^5\.[67]\.\d+$/,
    means: ['content', 'stop_and_alert', 0],
  },
  { name: 'enhanced.x.7-auth', stages: ['auth'], enhanced: /^5\.7\.\d+$/, means: ['auth_login', 'stop_and_alert', 0] },
  { name: 'enhanced.5.7', class: 5, enhanced: /^5\.7\.\d+$/, means: ['policy_block', 'stop_and_alert', 7200] },
];
