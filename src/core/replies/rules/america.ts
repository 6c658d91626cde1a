import type { RuleGroup } from './rule.ts';

/** Access providers of North America. AUP# tags are shared by Cox (letters) and Spectrum (I- and four digits). */

export const COMCAST: RuleGroup = {
  providers: ['comcast'],
  signature: /\b[rb]l0000\d\d\b|postmaster\.comcast\.net/,
  rules: [
    {
      name: 'comcast.domain-throttled',
      text: /\brl000010\b|domain throttled/,
      means: ['rate_limit_domain', 'pause_provider', 300],
      explicit: true,
    },
    { name: 'comcast.rl000001', text: /\brl000001\b/, means: ['rate_limit', 'lower_rate', 14400], explicit: true },
    {
      name: 'comcast.throttled',
      text: /\brl0000\d\d\b|throttled/,
      means: ['rate_limit', 'lower_rate', 7200],
      explicit: true,
    },
    {
      name: 'comcast.recipients-per-session',
      class: 4,
      text: /too many recipients/,
      means: ['too_many_recipients', 'fewer_messages_per_connection', 0],
    },
    { name: 'comcast.no-ptr', text: /\bptr record/, means: ['config_dns', 'stop_and_alert', 14400] },
    {
      name: 'comcast.blocked',
      text: /\bbl0000\d\d\b|blocked for spam/,
      means: ['reputation', 'stop_and_alert', 14400],
    },
  ],
};

export const COX: RuleGroup = {
  providers: ['cox'],
  signature: /\baup#(?:cx|cd|ipbl|urlbl)/,
  rules: [
    { name: 'cox.cdrbl', text: /aup#cdrbl/, means: ['reputation', 'pause_provider', 86400] },
    { name: 'cox.blocked', text: /aup#(?:cxbl|ipbl)/, means: ['reputation', 'stop_and_alert', 14400] },
    { name: 'cox.urls', text: /aup#urlbl/, means: ['content', 'stop_and_alert', 3600] },
    {
      name: 'cox.cxcnct',
      text: /aup#cxcnct/,
      means: ['too_many_connections', 'fewer_connections', 300],
      explicit: true,
    },
    { name: 'cox.dns', text: /aup#cxdns|dns check failure|no rdns/, means: ['config_dns', 'stop_and_alert', 3600] },
    { name: 'cox.cxsndr', text: /aup#cxsndr/, means: ['config_auth', 'stop_and_alert', 3600] },
    {
      name: 'cox.cxmxrt',
      text: /aup#cxmxrt|requested action aborted: try again later/,
      means: ['rate_limit', 'lower_rate', 3600],
      explicit: true,
    },
    {
      name: 'cox.message-threshold',
      text: /message threshold exceeded/,
      means: ['too_many_messages_per_connection', 'fewer_messages_per_connection', 0],
    },
  ],
};

export const SPECTRUM: RuleGroup = {
  providers: ['spectrum'],
  signature: /\baup#i\w?-\d{4}/,
  rules: [
    {
      name: 'spectrum.connections',
      text: /aup#i\w?-13[0-4]\d/,
      means: ['too_many_connections', 'fewer_connections', 600],
      explicit: true,
    },
    {
      name: 'spectrum.rate',
      text: /aup#i\w?-(?:13[5-9]\d|14\d\d|1580)/,
      means: ['rate_limit', 'lower_rate', 1800],
      explicit: true,
    },
    {
      name: 'spectrum.messages-per-session',
      text: /aup#i\w?-1540/,
      means: ['too_many_messages_per_connection', 'fewer_messages_per_connection', 0],
      explicit: true,
    },
    { name: 'spectrum.recipients', text: /aup#i\w?-1550/, means: ['too_many_recipients', 'split_transaction', 0] },
    { name: 'spectrum.invalid-recipients', text: /aup#i\w?-1560/, means: ['list_quality', 'stop_and_alert', 3600] },
    { name: 'spectrum.dns', text: /aup#i\w?-11[0-5]\d/, means: ['config_dns', 'stop_and_alert', 3600] },
    { name: 'spectrum.blocked', text: /aup#i\w?-(?:1000|12[0-5]\d)/, means: ['reputation', 'stop_and_alert', 14400] },
  ],
};

export const ATT: RuleGroup = {
  providers: ['att'],
  signature: /\bflpd\d+\b|\bdnsbl:rbl\b/,
  rules: [
    {
      name: 'att.frequent-connects',
      text: /too frequent connect/,
      means: ['rate_limit_connections', 'lower_rate', 600],
    },
    {
      name: 'att.connections',
      text: /too many connections/,
      means: ['too_many_connections', 'fewer_connections', 600],
    },
    { name: 'att.listed', class: 5, text: /dnsbl:|is_blocked/, means: ['reputation', 'stop_and_alert', 14400] },
  ],
};

export const SHAW: RuleGroup = {
  providers: ['shaw'],
  rules: [
    {
      name: 'shaw.untrusted-ip',
      class: 4,
      text: /new or untrusted ip/,
      means: ['rate_limit', 'lower_rate', 1800],
    },
  ],
};
