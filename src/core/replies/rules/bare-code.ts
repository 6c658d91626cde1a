import { LOGINS_FAILED, TOO_MANY_CONNECTIONS, TOO_MANY_LOGINS } from './general/session.ts';
import { anyOf, BEFORE_MAIL, type Rule } from './rule.ts';

/** Words that refuse the sender, the letter or everybody, not the mailbox. */
const REFUSES_US =
  /block|denied|prohibit|refus|\bsender|verif|allow|permit|\bips?\b|\bhosts?\b|spam|abuse|trust|polic|connection|unusual|\bmessages?\b|\bmail\b|\bserver\b|\bservice\b|relay|header|confirm|\baccess\b|submit|attach|content|\bdomain\b|\bdsns?\b/;

/** What is left when neither text nor enhanced code is known: code and stage (RFC 5321 4.2.2 and 4.2.3). */
export const BARE_CODE_RULES: readonly Rule[] = [
  // RFC 5321 4.5.3.1.10 calls 552 to RCPT a wrong 452; the mailbox is full either way.
  { name: 'code.552', code: [552], stages: ['rcpt'], means: ['mailbox_full', 'retry_recipient', 86400] },
  { name: 'code.556', code: [556], means: ['invalid_recipient', 'suppress_recipient', 0] },
  { name: 'code.421', code: [421], stages: BEFORE_MAIL, means: ['server_busy', 'lower_rate', 0] },
  { name: 'code.421', code: [421], means: ['rate_limit', 'lower_rate', 0] },
  { name: 'code.4xx-auth', class: 4, stages: ['auth'], means: ['auth_login', 'pause_provider', 300] },
  { name: 'code.4xx-starttls', class: 4, stages: ['starttls'], means: ['config_tls', 'pause_provider', 300] },
  { name: 'code.4xx-early', class: 4, stages: BEFORE_MAIL, means: ['server_busy', 'lower_rate', 0] },
  { name: 'code.4xx', class: 4, means: ['server_busy', 'retry_recipient', 0] },
  { name: 'code.5xx-auth', class: 5, stages: ['auth'], means: ['auth_login', 'stop_and_alert', 0] },
  { name: 'code.5xx-starttls', class: 5, stages: ['starttls'], means: ['config_tls', 'stop_and_alert', 0] },
  { name: 'code.syntax', code: [500, 501, 502, 503, 504, 555], means: ['protocol', 'stop_and_alert', 0] },
  { name: 'code.5xx-early', class: 5, stages: BEFORE_MAIL, means: ['policy_block', 'stop_and_alert', 3600] },
  // RFC 5321 4.2.3: 550 is "mailbox not found, no access, or command rejected for policy reasons", 551 "user not local".
  // So the letter ends, after one more try, but only words or an enhanced code that name the mailbox suppress an address.
  {
    name: 'code.550',
    code: [550, 551],
    stages: ['rcpt'],
    enhanced: /^$/,
    unless: REFUSES_US,
    means: ['invalid_recipient', 'bounce_recipient', 0],
  },
  { name: 'code.5xx-rcpt', class: 5, stages: ['rcpt'], means: ['policy_block', 'stop_and_alert', 3600] },
  { name: 'code.5xx', class: 5, means: ['content', 'stop_and_alert', 0] },
];

/** Codes that leave nothing to the text, read before everything else (RFC 3207, RFC 4954). */
export const FIRST_RULES: readonly Rule[] = [
  { name: 'code.starttls', code: [530], text: /starttls|\btls\b/, means: ['config_tls', 'stop_and_alert', 0] },
  // Of several sessions that log in at once: no fault of the password.
  {
    name: 'code.too-many-logins',
    code: [525, 530, 534, 535, 538],
    text: anyOf(TOO_MANY_LOGINS, TOO_MANY_CONNECTIONS),
    unless: LOGINS_FAILED,
    means: ['too_many_connections', 'fewer_connections', 60],
  },
  {
    name: 'code.login',
    code: [525, 530, 534, 535, 538],
    unless: /\brecipient\b/,
    means: ['auth_login', 'stop_and_alert', 0],
  },
];

/** Neither 4xx nor 5xx: the dialogue is out of step (354 to RCPT, 250 to DATA). */
export const OUT_OF_STEP: Rule = { name: 'code.unexpected', means: ['protocol', 'retry_recipient', 300] };

export const NO_REPLY_CLOSED: Rule = {
  name: 'none.session-ended',
  means: ['too_many_messages_per_connection', 'reconnect', 0],
};

/** Code 0: our own words about a silence, then the stage in which it fell. Nothing overrules the final dot (RFC 1047). */
export const NO_REPLY_RULES: readonly Rule[] = [
  // First, because the words of a certificate's fault may be any.
  {
    name: 'none.tls-required',
    text: /^tls is required\b/,
    stages: ['starttls'],
    means: ['config_tls', 'stop_and_alert', 0],
  },
  {
    name: 'none.certificate',
    text: /certificate|altnames|\bself[- ]signed|unable to (?:verify|get)|\bcert_/,
    stages: ['connect', 'greeting', 'ehlo', 'starttls'],
    means: ['config_tls', 'stop_and_alert', 0],
  },
  { name: 'none.before-dot', text: /before end of data/, means: ['connection_lost', 'retry_recipient', 60] },
  { name: 'none.after-dot', stages: ['dot'], means: ['unknown_outcome', 'hold_do_not_resend', 0] },
  { name: 'none.after-dot', text: /after end of data/, means: ['unknown_outcome', 'hold_do_not_resend', 0] },
  {
    name: 'none.no-domain',
    text: /^domain does not exist\b/,
    means: ['invalid_recipient', 'bounce_recipient', 0],
  },
  {
    name: 'none.lookup',
    text: /\bmx lookup|servfail|\bquery(?:mx|a|aaaa)\b|enotfound|eai_again|\bdns\b/,
    means: ['dns_trouble', 'retry_recipient', 300],
  },
  { name: 'none.session-ended', text: /closed by server .{0,40}after n/, means: NO_REPLY_CLOSED.means },
  {
    name: 'none.unreachable',
    text: /\btcp connect|connect (?:timeout|e[a-z]{5,})|econnrefused|ehostunreach|enetunreach/,
    means: ['unreachable', 'pause_provider', 300],
  },
  { name: 'none.unreachable', stages: ['connect'], means: ['unreachable', 'pause_provider', 300] },
  // The host took the connection and then fell silent: it does not serve anybody now.
  {
    name: 'none.silent',
    stages: ['greeting', 'ehlo', 'starttls', 'auth'],
    means: ['unreachable', 'pause_provider', 60],
  },
  { name: 'none.lost', means: ['connection_lost', 'retry_recipient', 60] },
];
