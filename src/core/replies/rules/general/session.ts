import { anyOf, type Rule } from '../rule.ts';

/** Second part: encryption, logging in, connections, letters per connection, time-outs. */

export const TOO_MANY_CONNECTIONS = anyOf(
  /(?:too many|excessive) (?:[\w-]+ ){0,4}(?:connections?|sessions?|connects|clients)\b/,
  /too many (?:concurrent|simultaneous|parallel)\b/,
  /(?:concurrent|simultaneous|parallel|open) (?:[\w-]+ ){0,2}(?:connections?|sessions?|clients)\b/,
  /\b(?:connections?|sessions?|concurrency) (?:count |quota )?(?:limit|exceed\w*)/,
  /(?:max(?:imum)?|exceed\w*|limit\w*|number of|only \d+|already) (?:[\w-]+ ){0,3}(?:connections|sessions)\b/,
  /\b(?:connections|sessions) (?:[\w-]+ ){0,4}(?:exceed\w*|limit\w*|maximum|reached|open|at a time)\b/,
);

export const TOO_MANY_LOGINS =
  /(?:too many|max(?:imum)?|number of|limit of|exceed\w*|concurrent|simultaneous|parallel) (?:[\w-]+ ){0,3}(?:log-?ins?|log-?ons?|sign-?ins?|auth\w*)\b|\b(?:log-?ins?|auth\w*) (?:[\w-]+ ){0,2}(?:limit|in parallel|at once|at the same time)/;
/** Those that a wrong password failed. */
export const LOGINS_FAILED =
  /fail|error|wrong|\bbad\b|invalid|incorrect|unsuccessful|reject|denied|unrecogni|attempts|password|mechanism/;

export const SESSION_RULES: readonly Rule[] = [
  {
    name: 'general.too-many-logins',
    text: TOO_MANY_LOGINS,
    unless: LOGINS_FAILED,
    means: ['too_many_connections', 'fewer_connections', 60],
  },
  {
    name: 'general.starttls-first',
    text: /(?:must )?issue (?:a )?starttls|(?:starttls|tls|encryption|encrypted (?:channel|connection|session)) (?:is |are )?(?:required|needed|mandatory)|(?:requires?|must use) (?:starttls|tls|(?:an )?encrypt\w+)|not using (?:a )?tls/,
    means: ['config_tls', 'stop_and_alert', 0],
  },
  {
    name: 'general.certificate',
    text: /\bcertificate\b.{0,80}(?:expired|verif|invalid|not valid|untrusted|mismatch|reject|fail|revoked|self-signed|does not match)|(?:invalid|bad|expired|untrusted|no valid|verify) (?:\w+ ){0,2}certificate/,
    means: ['config_tls', 'stop_and_alert', 0],
  },
  {
    name: 'general.tls-unavailable',
    class: 4,
    text: /tls (?:is )?(?:currently |temporarily )?(?:not available|unavailable)|tls (?:handshake|negotiation)/,
    means: ['config_tls', 'pause_provider', 300],
  },
  {
    name: 'general.login-failures',
    text: /too (?:many|much) (?:[\w-]+ ){0,3}(?:auth\w*|log-?ins?|passwords?)|password (?:is )?(?:wrong|incorrect|invalid)|(?:wrong|incorrect|invalid) (?:\w+ ){0,2}password/,
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
    text: /requires? authentication|authentication turned on|authentication (?:credentials|required|unsuccessful|failure|failed|is required|needed)|smtp auth\w*|log ?in (?:failed|required|denied)|bad credentials|username and password/,
    unless: /\b(?:spf|dkim|dmarc|arc)\b|\bgroup\b/,
    means: ['auth_login', 'stop_and_alert', 0],
  },
  {
    name: 'general.messages-per-session',
    text: /(?:messages?|e-?mails?|mails?|transactions?|letters?|quota) (?:[\w-]+ ){0,4}(?:per|this|single|one|same|each|in a) (?:single |smtp )?(?:session|connection)|(?:session|connection) (?:[\w-]+ ){0,3}(?:message limit|(?:message|transfer|data) quota)|too many (?:[\w-]+ ){0,2}transactions/,
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
    unless: /\b(?:invalid|unknown|bad) (?:recipient|user)s|\bspam\b|not accepted|denied from/,
    means: ['too_many_connections', 'fewer_connections', 300],
  },
  {
    name: 'general.timeout',
    code: [421],
    text: /time[d -]{0,2}out|\bidle\b|inactiv|connection expired|try reconnecting|no command|(?:lost|dropped|reset|broken|aborted) (?:[\w-]+ ){0,2}connection|connection (?:was |is |has been )?(?:lost|dropped|reset|broken|aborted)|(?:read|write|reading|writing) (?:\w+ ){0,3}(?:client|socket)|(?:allowable|maximum|allowed) (?:connection|session) (?:time|duration|age)/,
    unless: /\bdns\b|lookup|resolv|nameserver|name server/,
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
