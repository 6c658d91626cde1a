import { list, plural } from '../diagnosis/words.ts';
import { isLoopback, type RouteTarget } from '../lanes/routing.ts';
import { classify } from '../replies/classify.ts';
import type { Reply, Stage } from '../replies/reply.ts';
import type { Cause } from '../replies/verdict.ts';
import { bad, type DoctorFinding, good, unknown, warn } from './finding.ts';

/** What the servers of a route said when the doctor knocked. */

export type Greeting =
  /** `detail`: the error code of the operating system, or our own word. */
  | { readonly kind: 'unreached'; readonly detail: string }
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reply: Reply }
  | {
      readonly kind: 'greeted';
      readonly banner: string;
      /** EHLO keywords with their parameters, in upper case; inside TLS where there is TLS. */
      readonly features: readonly string[];
      readonly tls: TlsSeen;
    };

export type TlsSeen =
  | { readonly kind: 'notOffered' }
  | { readonly kind: 'failed'; readonly detail: string }
  /** `fault`: why the certificate is not valid for the host; null: it is. */
  | { readonly kind: 'up'; readonly version: string; readonly fault: string | null };

type Relay = Extract<RouteTarget, { readonly kind: 'relay' }>;
/** How opening a session ended that could not be opened. */
export type Failure = { readonly stage: Stage; readonly reply: Reply | null; readonly detail: string | null };

export function judgeRelay(relay: Relay, greeting: Greeting, failure: Failure | null): readonly DoctorFinding[] {
  const where = `${relay.host}:${relay.port}`;
  switch (greeting.kind) {
    case 'unreached':
      return [unreached(where, greeting.detail)];
    case 'refused':
      return [refused('greeting', where, 'other', greeting)];
    case 'greeted': {
      const login = relay.auth ? [judgeLogin(where, greeting.features, failure)] : [];
      const welcome = good('greeting', `${where} says ${quoted(greeting.banner)}.`);
      return [welcome, judgeTls(relay, greeting.tls), announced(greeting.features), ...login];
    }
  }
}

/** Only a refused connection is an answer; everything else may be our own network. */
function unreached(where: string, detail: string): DoctorFinding {
  if (detail === 'ECONNREFUSED') {
    return bad('greeting', `Nothing listens on ${where}.`, 'Check host and port of the route.');
  }
  return unknown('greeting', `${where} could not be reached (${detail}).`, 'Check the network, host and port.');
}

const quoted = (text: string) => `"${text.length > 80 ? `${text.slice(0, 79)}…` : text}"`;

const words = ({ code, enhanced, text }: Reply) => quoted([code, enhanced, text].filter(Boolean).join(' '));

const REMEDIES: Readonly<Record<Cause, string>> = {
  connections: 'Close other sessions from this address, or give the route fewer connections.',
  overload: 'Wait and ask again; the server has trouble of its own.',
  configuration: 'Mend what the reply names before a campaign starts.',
  blocklist: 'Find out why the address is blocked, mend it and ask for removal.',
  throttling: 'Wait and ask again; Offpeak slows down by itself when it sends.',
  recipient: 'Ask again later.',
  content: 'Ask the postmaster what it objects to.',
};

/** A refusal that passes by itself is a warning; one that a person must mend is bad. */
function refused(
  check: string,
  where: string,
  provider: string,
  { stage, reply }: { readonly stage: Stage; readonly reply: Reply },
): DoctorFinding {
  const context = { provider, stage, reused: false, direct: true, carried: 0 };
  const { meaning, cause } = classify(reply, context);
  const says = `${where} refuses at ${stage}: ${words(reply)} (${cause}: ${meaning}).`;
  const passes = reply.code < 500 && cause !== 'configuration' && cause !== 'blocklist';
  return passes ? warn(check, says, REMEDIES[cause]) : bad(check, says, REMEDIES[cause]);
}

function judgeTls({ host, secure, auth }: Relay, tls: TlsSeen): DoctorFinding {
  const check = 'tls';
  // As the sender does it: smtps and a password for another machine need TLS that is verified.
  const isHeld = secure || (auth !== null && !isLoopback(host));
  if (tls.kind === 'up' && tls.fault === null)
    return good(check, `${tls.version}, and the certificate is valid for ${host}.`);
  if (tls.kind === 'up' && isLoopback(host) && !isHeld)
    return good(check, `${tls.version}; the relay is on this machine.`);
  if (tls.kind === 'up') {
    const says = `${tls.version}, but the certificate is not valid for ${host}: ${tls.fault}.`;
    const todo = 'Give the server a certificate for this name, or name the route as the certificate does.';
    return isHeld ? bad(check, `${says} Nothing can be sent like this.`, todo) : warn(check, says, todo);
  }
  const why = tls.kind === 'failed' ? `TLS fails: ${tls.detail}` : 'STARTTLS is not offered';
  if (isHeld)
    return bad(check, `${why}, so the password is not sent and no letter either.`, 'Let the server offer STARTTLS.');
  if (isLoopback(host) && tls.kind === 'notOffered') return good(check, `${why}; the relay is on this machine.`);
  return warn(check, `${why}: letters travel in plain text.`, 'Let the server offer STARTTLS, or use smtps.');
}

/** RFC 4954 4. */
const loginsOf = (features: readonly string[]) => features.find((line) => /^AUTH\b/.test(line));

/** RFC 1870, 2920, 3030 and 9422. */
function announced(features: readonly string[]): DoctorFinding {
  const of = (name: string) => features.find((line) => line.split(' ')[0] === name);
  const bytes = Number(of('SIZE')?.split(' ')[1] ?? 0);
  const limits = of('LIMITS')?.split(' ').slice(1) ?? [];
  const said = [
    bytes > 0 ? `letters up to ${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MB` : 'no SIZE',
    ...LIMITS.flatMap(([name, unit, per]) => {
      const value = limits.find((limit) => limit.startsWith(`${name}=`))?.slice(name.length + 1);
      return value === undefined ? [] : [`${plural(Number(value), unit)} ${per}`];
    }),
    ...['PIPELINING', 'CHUNKING'].filter(of),
  ];
  return good('limits', `Announces ${list(said)}; ${loginsOf(features) ?? 'no AUTH'}.`);
}

const LIMITS = [
  ['MAILMAX', 'letter', 'a session'],
  ['RCPTMAX', 'recipient', 'a letter'],
  ['RCPTDOMAINMAX', 'recipient domain', 'a letter'],
] as const;

const LOGIN_TODO = 'Check the user name and the password of the route, and that the account is active.';

function judgeLogin(where: string, features: readonly string[], failure: Failure | null): DoctorFinding {
  const check = 'login';
  if (!failure) return good(check, `${where} accepts the user name and password.`);
  const { stage, reply, detail } = failure;
  if (!loginsOf(features))
    return bad(check, `${where} offers no AUTH, but the route has a password.`, 'Take the password out of the route.');
  if (stage === 'auth' && reply && reply.code >= 500) {
    return bad(check, `${where} refuses the log-in: ${words(reply)}.`, LOGIN_TODO);
  }
  const said = reply ? words(reply) : (detail ?? 'no answer');
  return unknown(check, `The log-in was not decided: at ${stage}, ${said}.`, LOGIN_TODO);
}

export type Knock = { readonly host: string; readonly provider: string; readonly greeting: Greeting };

/** `knocks`: at MX hosts of large providers, from here to port 25. */
export function judgeDirect(knocks: readonly Knock[]): readonly DoctorFinding[] {
  const check = 'port 25';
  const todo = 'Ask your hosting company to open outbound port 25, or send through a relay.';
  if (knocks.length === 0) return [unknown(check, 'No MX could be looked up to knock at.', 'Check the name servers.')];
  const reached = knocks.filter(({ greeting }) => greeting.kind !== 'unreached');
  const [first] = reached;
  if (!first) {
    const why = [
      ...new Set(knocks.flatMap(({ greeting }) => (greeting.kind === 'unreached' ? [greeting.detail] : []))),
    ];
    return [
      unknown(check, `None of ${list(knocks.map(({ host }) => host))} could be reached (${why.join(', ')}).`, todo),
    ];
  }
  const open = good(check, `Open: ${list(reached.map(({ host }) => host))} answered.`);
  const refusals = reached.flatMap(({ host, provider, greeting }) =>
    greeting.kind === 'refused' ? [refused(`greeting ${provider}`, host, provider, greeting)] : [],
  );
  return [open, ...refusals];
}
