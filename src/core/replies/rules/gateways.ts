import type { RuleGroup } from './rule.ts';

/** Hosters and filtering gateways in front of other people's mailboxes. */

export const GODADDY: RuleGroup = {
  providers: ['godaddy'],
  signature: /\bib\d{3}\b/,
  rules: [
    {
      name: 'godaddy.ib007',
      text: /\bib007\b/,
      means: ['too_many_connections', 'fewer_connections', 600],
      explicit: true,
    },
    { name: 'godaddy.ib101', text: /\bib101\b/, means: ['server_busy', 'lower_rate', 300] },
    { name: 'godaddy.ib108', text: /\bib108\b/, means: ['config_dns', 'stop_and_alert', 3600] },
    { name: 'godaddy.ib508', text: /\bib508\b/, means: ['config_auth', 'stop_and_alert', 0] },
    { name: 'godaddy.ib605', text: /\bib605\b/, means: ['too_many_recipients', 'split_transaction', 0] },
    {
      name: 'godaddy.hourly',
      text: /\bib(?:504|607)\b|this hour/,
      means: ['rate_limit', 'pause_provider', 3600],
      explicit: true,
    },
    {
      name: 'godaddy.ib510',
      text: /\bib510\b/,
      means: ['too_many_messages_per_connection', 'reconnect', 0],
      explicit: true,
    },
    { name: 'godaddy.invalid-recipients', text: /\bib112\b/, means: ['list_quality', 'stop_and_alert', 3600] },
    { name: 'godaddy.invalid-recipients-day', text: /\bib113\b/, means: ['list_quality', 'stop_and_alert', 86400] },
    { name: 'godaddy.listed', text: /\bib10[3-6]\b/, means: ['reputation', 'stop_and_alert', 14400] },
    { name: 'godaddy.blocked-hour', text: /\bib110\b/, means: ['reputation', 'stop_and_alert', 3600] },
    { name: 'godaddy.blocked-day', text: /\bib111\b/, means: ['reputation', 'stop_and_alert', 86400] },
    { name: 'godaddy.content', text: /\bib(?:2\d\d|705)\b/, means: ['content', 'stop_and_alert', 3600] },
  ],
};

export const MIMECAST: RuleGroup = {
  providers: ['mimecast'],
  signature: /community\.mimecast\.com|mimecastsupport/,
  rules: [
    {
      name: 'mimecast.greylisting',
      class: 4,
      text: /internal resources are temporarily unavailable/,
      means: ['greylisting', 'retry_recipient', 1800],
    },
    {
      name: 'mimecast.connections',
      class: 4,
      text: /account service is temporarily unavailable/,
      means: ['too_many_connections', 'fewer_connections', 300],
    },
    {
      name: 'mimecast.blocked-for-now',
      class: 4,
      text: /ip temporarily blacklisted/,
      means: ['rate_limit', 'pause_provider', 300],
    },
    {
      name: 'mimecast.connection',
      class: 4,
      text: /unable to process connection/,
      means: ['server_busy', 'retry_recipient', 300],
    },
    {
      name: 'mimecast.recipient',
      class: 4,
      text: /recipient temporarily unavailable/,
      means: ['reputation', 'retry_recipient', 900],
    },
  ],
};

export const PROOFPOINT: RuleGroup = {
  providers: ['proofpoint'],
  signature: /ipcheck\.proofpoint\.com/,
  rules: [
    { name: 'proofpoint.deferred', class: 4, text: /ipcheck\./, means: ['reputation', 'pause_provider', 3600] },
    { name: 'proofpoint.blocked', class: 5, text: /ipcheck\./, means: ['reputation', 'stop_and_alert', 14400] },
    {
      name: 'proofpoint.connections',
      text: /concurrent connections/,
      means: ['too_many_connections', 'fewer_connections', 600],
    },
  ],
};

export const BARRACUDA: RuleGroup = {
  providers: ['barracuda'],
  signature: /\(rate controlled\)/,
  rules: [
    {
      name: 'barracuda.rate-controlled',
      text: /rate controlled/,
      means: ['rate_limit_connections', 'fewer_connections', 1800],
      explicit: true,
    },
  ],
};

/** Its codes name what they are about, then P or T: for good or for now. */
export const FACEBOOK: RuleGroup = {
  providers: ['facebook'],
  signature: /postmaster\.facebook\.com/,
  rules: [
    {
      name: 'facebook.recipient-later',
      text: /\brcp-t\d/,
      means: ['recipient_unavailable', 'retry_recipient', 3600],
    },
    { name: 'facebook.recipient', class: 5, text: /\brcp-p\d/, means: ['invalid_recipient', 'bounce_recipient', 0] },
    { name: 'facebook.dns', text: /\bdns-p\d/, means: ['config_dns', 'stop_and_alert', 3600] },
    { name: 'facebook.dns-later', text: /\bdns-t\d/, means: ['dns_trouble', 'retry_recipient', 3600] },
    { name: 'facebook.internal', text: /\bint-[pt]\d/, means: ['maintenance', 'pause_provider', 300] },
    { name: 'facebook.connection', text: /\bcon-t\d/, means: ['too_many_connections', 'fewer_connections', 600] },
    { name: 'facebook.content', text: /\b(?:msg|url)-[pt]\d/, means: ['content', 'stop_and_alert', 3600] },
    { name: 'facebook.policy-later', text: /\bpol-t\d/, means: ['reputation', 'pause_provider', 3600] },
    { name: 'facebook.policy', text: /\b(?:pol|con)-p\d/, means: ['policy_block', 'stop_and_alert', 7200] },
  ],
};
