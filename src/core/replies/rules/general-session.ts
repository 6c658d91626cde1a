import type { Rule } from './rule.ts';

/** General phrases, second part: logging in, encryption, connections, letters per connection, time-outs. */

const TOO_MANY_CONNECTIONS = new RegExp(
  [
    /(?:too many|excessive) (?:[\w-]+ ){0,4}(?:connections?|sessions?|connects|clients)\b/,
    /too many (?:concurrent|simultaneous|parallel)\b/,
    /(?:concurrent|simultaneous|parallel) (?:[\w-]+ ){0,2}(?:connections?|sessions?)\b/,
    /\b(?:connections?|sessions?|concurrency) (?:count |quota )?limit/,
    /(?:max(?:imum)?|exceed\w*|limit\w*|number of) (?:[\w-]+ ){0,3}(?:connections|sessions)\b/,
    /\b(?:connections|sessions) (?:[\w-]+ ){0,4}(?:exceed\w*|limit\w*|maximum|reached)\b/,
    /trop de connexions|zu viele (?:[\w-]+ ){0,2}verbindungen|demasiadas conexiones|troppe connessioni/,
  ]
    .map((part) => part.source)
    .join('|'),
);

export const SESSION_RULES: readonly Rule[] = [
  {
    name: 'general.starttls-first',
    text: /must issue a starttls|(?:starttls|tls|encryption) (?:is )?required|requires? (?:starttls|tls|encryption)|not using (?:a )?tls/,
    means: ['config_tls', 'stop_and_alert', 0],
  },
  {
    name: 'general.tls-unavailable',
    class: 4,
    text: /tls (?:is )?(?:currently |temporarily )?(?:not available|unavailable)/,
    means: ['config_tls', 'pause_provider', 300],
  },
  {
    name: 'general.too-many-logins',
    text: /too many (?:[\w-]+ ){0,2}(?:logins?|auth\w*)\b/,
    means: ['auth_login', 'stop_and_alert', 3600],
  },
  {
    name: 'general.login-later',
    class: 4,
    text: /temporary authentication|cannot authenticate|authentication .{0,30}(?:temporar|unavailable|not available)/,
    means: ['auth_login', 'pause_provider', 300],
  },
  {
    name: 'general.login',
    class: 5,
    text: /authentication (?:credentials|required|unsuccessful|is required|needed)|smtp auth\w*|log ?in (?:failed|required|denied)|bad credentials|username and password/,
    means: ['auth_login', 'stop_and_alert', 0],
  },
  {
    name: 'general.messages-per-session',
    text: /(?:messages?|e-?mails?|mails?|transactions?|letters?) (?:[\w-]+ ){0,4}(?:per|this|single|one|same|each|in a) (?:single |smtp )?(?:session|connection)|(?:session|connection) (?:[\w-]+ ){0,3}message limit/,
    means: ['too_many_messages_per_connection', 'fewer_messages_per_connection', 0],
  },
  {
    name: 'general.too-many-errors',
    text: /too many (?:[\w-]+ ){0,3}errors|too many (?:bad|unrecogni[sz]ed|invalid) commands/,
    means: ['list_quality', 'reconnect', 0],
  },
  {
    name: 'general.tls-sessions-rate',
    text: /new tls sessions/,
    means: ['rate_limit_connections', 'fewer_connections', 60],
  },
  {
    name: 'general.connection-rate',
    text: /(?:connect(?:ion)?s?|session) (?:rate|frequency)|connect(?:ion)?s? (?:[\w-]+ ){0,4}too (?:fast|frequent\w*|quick\w*|often)|connecting (?:[\w-]+ ){0,2}too |too frequent (?:[\w-]+ ){0,2}connect|connections? per (?:second|minute|hour|day)|too many (?:[\w-]+ ){0,3}connections?\b.{0,40}(?:rate|per (?:second|minute|hour))/,
    means: ['rate_limit_connections', 'lower_rate', 60],
  },
  {
    name: 'general.open-connections',
    text: /too many open connections/,
    means: ['too_many_connections', 'fewer_connections', 60],
  },
  {
    name: 'general.too-many-connections',
    text: TOO_MANY_CONNECTIONS,
    means: ['too_many_connections', 'fewer_connections', 300],
  },
  {
    name: 'general.timeout',
    code: [421],
    text: /time[d -]{0,2}out|\bidle\b|inactiv|connection expired|try reconnecting/,
    unless: /\bdns\b|lookup|resolv/,
    means: ['connection_lost', 'reconnect', 0],
  },
  {
    name: 'general.timeout-waiting',
    class: 4,
    text: /(?:command |data )timeout|timeout (?:-|waiting)|timed out waiting|idle (?:for )?too long|connection expired/,
    unless: /\bdns\b|lookup|resolv/,
    means: ['connection_lost', 'reconnect', 0],
  },
];
