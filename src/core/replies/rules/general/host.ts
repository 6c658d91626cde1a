import type { Rule } from '../rule.ts';

/** Fifth part: the host that answers. It is away or loaded, or does not know where the letter should go. */

export const HOST_RULES: readonly Rule[] = [
  // Where the letter should go
  {
    name: 'general.mail-loop',
    text: /too many hops|hop count|(?:mail|routing|forwarding) loop|message is looping|too many received/,
    means: ['routing', 'retry_recipient', 3600],
  },
  {
    name: 'general.relaying-denied',
    text: /\brelay(?:ing)? (?:\w+ ){0,5}(?:denied|not (?:permitted|allowed)|prohibited)|(?:unable|not allowed|not permitted|do(?:es)? not|not configured to) (?:to )?relay|\bno relay|open relay|rcpthosts?/,
    means: ['routing', 'retry_recipient', 3600],
  },
  // Load
  { name: 'general.ports-busy', text: /server ports are busy/, means: ['server_busy', 'fewer_connections', 60] },
  { name: 'general.no-resources', class: 4, text: /no system resources/, means: ['server_busy', 'pause_provider', 60] },
  {
    name: 'general.few-resources',
    class: 4,
    text: /insufficient system resources|out of memory/,
    means: ['server_busy', 'pause_provider', 300],
  },
  {
    name: 'general.disk-full',
    class: 4,
    text: /insufficient (?:system )?(?:storage|disk)|(?:disk|spool|queue) (?:is )?full|space shortage|system storage|(?:queue|spool|mail) file\b.{0,20}\berror|write error|cannot be written/,
    means: ['maintenance', 'retry_recipient', 1800],
  },
  {
    name: 'general.lookup-error',
    class: 4,
    text: /lookup (?:error|failure)/,
    means: ['server_busy', 'retry_recipient', 600],
  },
  {
    name: 'general.configuration-error',
    class: 4,
    text: /(?:server )?configuration (?:error|problem)|mis-?configured|could not load/,
    means: ['maintenance', 'retry_recipient', 1800],
  },
  {
    name: 'general.local-problem',
    class: 4,
    text: /(?:temporary|local) (?:local |server )?(?:problem|error)|error in processing|internal (?:server )?error/,
    means: ['server_busy', 'retry_recipient', 900],
  },
  {
    name: 'general.after-220-tests',
    code: [450],
    text: /service (?:is )?(?:currently|temporarily) (?:unavailable|not available)/,
    means: ['greylisting', 'retry_recipient', 300],
  },
  {
    name: 'general.away',
    class: 4,
    text: /shutting down|shut ?down|going (?:down|off-?line)|maintenance|(?:re)?starting\b|reboot|reconfigur\w+|not accepting (?:network |any |new )?(?:messages|mail)|not accept network|technical (?:difficult\w+|problem)|system failure|out of service|off-?line\b/,
    means: ['maintenance', 'pause_provider', 300],
  },
  {
    name: 'general.service-not-available',
    code: [421],
    text: /(?:service|server|system|agent|host) (?:\w+ ){0,4}(?:not available|unavailable)/,
    means: ['maintenance', 'pause_provider', 300],
  },
  {
    name: 'general.busy',
    class: 4,
    text: /\bbusy\b|overload|load average|(?:high|heavy) (?:system )?load|load (?:is )?too high/,
    means: ['server_busy', 'lower_rate', 60],
  },
  {
    name: 'general.connection-refused',
    code: [421],
    stages: ['connect', 'greeting', 'ehlo'],
    text: /\bconnections?\b|\bsessions?\b/,
    unless: /clos\w+ (?:the |this |your )?(?:connection|session)/,
    means: ['too_many_connections', 'fewer_connections', 0],
  },
];
