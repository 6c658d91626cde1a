import type { RuleGroup } from './rule.ts';

export const MAIL_RU: RuleGroup = {
  providers: ['mail.ru'],
  rules: [
    {
      name: 'mailru.rejected',
      code: [421],
      text: /temporarily rejected/,
      means: ['reputation', 'pause_provider', 7200],
    },
    { name: 'mailru.spam', class: 5, text: /spam message/, means: ['content', 'stop_and_alert', 7200] },
    { name: 'mailru.rate', class: 4, text: /rate ?-?limit/, means: ['rate_limit', 'lower_rate', 900] },
  ],
};

export const YANDEX: RuleGroup = {
  providers: ['yandex'],
  rules: [
    {
      name: 'yandex.come-back-later',
      code: [450, 451],
      text: /come back later/,
      means: ['greylisting', 'retry_recipient', 1800],
    },
    {
      name: 'yandex.recipient-rate',
      text: /recipient has exceeded/,
      means: ['recipient_rate', 'retry_recipient', 3600],
    },
    { name: 'yandex.spam', class: 5, text: /suspicion of spam/, means: ['content', 'stop_and_alert', 7200] },
  ],
};

/** Tencent: every limit comes as 550. */
export const QQ: RuleGroup = {
  providers: ['qq'],
  signature: /frequency limited|service\.mail\.qq\.com|mailbox unavailable or access denied/,
  rules: [
    {
      name: 'qq.connection-frequency',
      text: /connection frequency/,
      means: ['rate_limit_connections', 'fewer_connections', 3600],
      explicit: true,
    },
    {
      name: 'qq.domain-frequency',
      text: /(?:domain|sender) frequency/,
      means: ['rate_limit_domain', 'pause_provider', 3600],
      explicit: true,
    },
    { name: 'qq.ip-frequency', text: /frequency limit/, means: ['rate_limit', 'pause_provider', 3600], explicit: true },
    { name: 'qq.connection-denied', text: /connection denied/, means: ['reputation', 'pause_provider', 7200] },
    {
      name: 'qq.mailbox-or-access',
      text: /mailbox unavailable or access denied/,
      means: ['recipient_rate', 'retry_recipient', 3600],
    },
    { name: 'qq.content', text: /mail content denied/, means: ['content', 'stop_and_alert', 3600] },
  ],
};

/** Netease answers with tags of two and three letters. */
export const NETEASE: RuleGroup = {
  providers: ['163'],
  signature: /\b(?:hl:[a-z]{3}|mi:[a-z]{3}|dt:(?:spm|rbl|sum)|rp:[a-z]{3}|wm:bl[a-z])\b/,
  rules: [
    {
      name: '163.hl-icc',
      text: /\bhl:icc\b/,
      means: ['too_many_connections', 'fewer_connections', 900],
      explicit: true,
    },
    { name: '163.hl-rep', text: /\bhl:rep\b/, means: ['list_quality', 'pause_provider', 900], explicit: true },
    { name: '163.hl-mep', text: /\bhl:mep\b/, means: ['policy_block', 'stop_and_alert', 900], explicit: true },
    {
      name: '163.not-listed',
      text: /\bwm:bl[a-z]\b|\bmi:spb\b/,
      means: ['policy_block', 'stop_and_alert', 7200],
      explicit: true,
    },
    { name: '163.hl-permanent', class: 5, text: /\bhl:i[hp][a-z]\b/, means: ['reputation', 'stop_and_alert', 14400] },
    { name: '163.hl', text: /\bhl:[a-z]{3}\b/, means: ['rate_limit', 'pause_provider', 900], explicit: true },
    {
      name: '163.mi-dmc',
      text: /\bmi:dmc\b/,
      means: ['too_many_messages_per_connection', 'fewer_messages_per_connection', 0],
      explicit: true,
    },
    { name: '163.mi-stc', text: /\bmi:stc\b/, means: ['rate_limit', 'pause_provider', 86400], explicit: true },
    { name: '163.rp-trc', text: /\brp:trc\b/, means: ['rate_limit', 'pause_provider', 7200], explicit: true },
    {
      name: '163.quota',
      text: /\b(?:mi:(?:sfq|c[a-z]l)|rp:[a-z]{3})\b/,
      means: ['rate_limit', 'lower_rate', 900],
      explicit: true,
    },
    { name: '163.dt-rbl', text: /\bdt:rbl\b/, means: ['reputation', 'stop_and_alert', 14400] },
    { name: '163.dt-spm', class: 4, text: /\bdt:spm\b/, means: ['content', 'retry_recipient', 120] },
    { name: '163.dt-spm-permanent', class: 5, text: /\bdt:spm\b/, means: ['content', 'stop_and_alert', 3600] },
    {
      name: '163.connections',
      text: /too many connections/,
      means: ['too_many_connections', 'fewer_connections', 3600],
    },
  ],
};
