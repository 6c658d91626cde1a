import type { RuleGroup } from './rule.ts';

/** Orange and La Poste number their refusals (OFR_104, LPN007_505): the number decides, the sentence hardly varies. */

export const ORANGE: RuleGroup = {
  providers: ['orange'],
  signature: /\bofr\d*_\d{3}\b/,
  rules: [
    {
      name: 'orange.104',
      text: /\bofr\d*_104\b|trop de connexions/,
      means: ['too_many_connections', 'fewer_connections', 3600],
      explicit: true,
    },
    { name: 'orange.102', text: /\bofr\d*_102\b|ip source bloquee/, means: ['reputation', 'stop_and_alert', 7200] },
    { name: 'orange.417', text: /\bofr\d*_417\b|overquota/, means: ['mailbox_full', 'retry_recipient', 86400] },
    { name: 'orange.505', text: /\bofr\d*_50[56]\b/, means: ['server_busy', 'pause_provider', 1800] },
    {
      name: 'orange.refused',
      text: /\bofr\d*_(?:103|999)\b|service refuse/,
      means: ['reputation', 'pause_provider', 3600],
    },
    {
      name: 'orange.invalid-recipient',
      class: 5,
      text: /destinataire invalide|invalid recipient/,
      means: ['invalid_recipient', 'suppress_recipient', 0],
    },
  ],
};

export const LAPOSTE: RuleGroup = {
  providers: ['laposte'],
  signature: /\blpn\d+_\d{3}\b/,
  rules: [
    {
      name: 'laposte.refused',
      class: 4,
      text: /\blpn\d+_50\d\b|service refuse/,
      means: ['server_busy', 'pause_provider', 1800],
    },
  ],
};

export const FREE: RuleGroup = {
  providers: ['free.fr'],
  rules: [
    { name: 'free.errors', text: /too many errors from your ip/, means: ['reputation', 'pause_provider', 7200] },
    { name: 'free.spam', text: /too many spams? from/, means: ['reputation', 'stop_and_alert', 7200] },
  ],
};

/** 550 with these words is a throttle although it also says "mailbox unavailable"; 554 is a block. */
export const GMX: RuleGroup = {
  providers: ['gmx-webde', 'gmx', 'web.de'],
  signature: /reject due to policy (?:restrictions|violations)|postmaster\.(?:gmx|web|1und1)\.|\.gmx\.net\b/,
  rules: [
    { name: 'gmx.policy-violations', text: /policy violations/, means: ['reputation', 'pause_provider', 3600] },
    {
      name: 'gmx.policy-restrictions',
      code: [550],
      text: /policy restrictions/,
      means: ['rate_limit', 'lower_rate', 3600],
      explicit: true,
    },
    { name: 'gmx.policy-block', text: /policy restrictions/, means: ['reputation', 'pause_provider', 7200] },
    {
      name: 'gmx.connections',
      text: /too many connections/,
      means: ['too_many_connections', 'fewer_connections', 1800],
    },
  ],
};

export const T_ONLINE: RuleGroup = {
  providers: ['t-online'],
  signature: /tosa@rx\.t-online\.de/,
  rules: [
    {
      name: 't-online.blocked',
      class: 5,
      text: /a problem occurred|tosa@rx/,
      means: ['reputation', 'stop_and_alert', 7200],
    },
  ],
};

export const ARCOR: RuleGroup = {
  providers: ['arcor'],
  rules: [
    {
      name: 'arcor.recipients-per-session',
      class: 4,
      text: /too many recipients/,
      means: ['too_many_recipients', 'fewer_messages_per_connection', 0],
    },
  ],
};

/** Those that greylist for a quarter of an hour. */
export const SLOW_GREYLISTS: RuleGroup = {
  providers: ['onet', 'telenet', 'tiscali'],
  rules: [
    { name: 'europe.greylisted', class: 4, text: /gr[ea]y ?-?list/, means: ['greylisting', 'retry_recipient', 900] },
  ],
};

export const WP: RuleGroup = {
  providers: ['wp.pl'],
  rules: [
    {
      name: 'wp.too-many-mails',
      text: /too many e-?mails/,
      means: ['rate_limit', 'fewer_messages_per_connection', 900],
    },
  ],
};

export const O2: RuleGroup = {
  providers: ['o2.co.uk'],
  rules: [
    {
      name: 'o2.too-many-messages',
      text: /too many messages/,
      means: ['too_many_messages_per_connection', 'fewer_messages_per_connection', 300],
    },
  ],
};
