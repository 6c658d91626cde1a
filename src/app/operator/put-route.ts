import { misplacedHost } from '../../core/lanes/address.ts';
import type { Route, RouteTarget } from '../../core/lanes/routing.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { RouteStore } from '../lanes/ports.ts';
import { noSuch, type Outcome, refuse } from '../problem.ts';

/** How mail leaves: a name, a target and its caps. The target is told as a URL: `smtp://user:pass@host:port`, `smtps://...` or `direct`. */

export type RoutePlan = {
  readonly url: string;
  readonly connections?: number | undefined;
  readonly ratePerSecond?: number | null | undefined;
};

/** Part of a lane's id and of paths, so it is short and plain. */
const ROUTE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Stands for a password in what is shown. */
const MASK = '***';
/** Submission, and submission with TLS from the first byte (RFC 8314). */
const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)$/i;

const DEFAULT_CONNECTIONS: Readonly<Record<RouteTarget['kind'], number>> = { relay: 20, direct: 10 };

const invalid = (pointer: string, detail: string) =>
  refuse('route.invalid', detail, { errors: [{ pointer, code: 'route.invalid', detail }] });

type Deps = {
  readonly routes: Pick<RouteStore, 'get' | 'put'>;
  /** Whether we ourselves, or our database, listen there. */
  readonly isOurs: (host: string, port: number) => boolean;
};

export function makePutRoute({ routes, isOurs }: Deps) {
  return async function putRoute(
    name: string,
    plan: RoutePlan,
  ): Promise<Outcome<{ readonly route: Route; readonly isNew: boolean }>> {
    if (!ROUTE_NAME.test(name)) {
      return invalid('', 'The name of a route is up to 63 lower-case letters, digits and hyphens.');
    }
    const parsed = parseTarget(plan.url);
    if (!parsed.ok) return invalid('/url', parsed.error);
    if (parsed.value.kind === 'relay' && isOurs(parsed.value.host, parsed.value.port)) {
      return invalid('/url', 'Offpeak itself or its database listens there, and neither takes mail.');
    }
    const before = await routes.get(name);
    const target = unmasked(parsed.value, before?.target);
    if (!target) return invalid('/url', `The password is only a mask (${MASK}); write the real one.`);

    const route: Route = {
      name,
      target,
      connections: plan.connections ?? DEFAULT_CONNECTIONS[target.kind],
      ratePerSecond: plan.ratePerSecond ?? null,
    };
    await routes.put(route);
    return ok({ route, isNew: before === null });
  };
}

/**
 * A masked password stands for the one we have, so that what was read can be written back; null when we have none for
 * just this server, port, TLS and user: it must not go anywhere that it was not meant for.
 */
function unmasked(target: RouteTarget, before: RouteTarget | undefined): RouteTarget | null {
  if (target.kind !== 'relay' || target.auth?.pass !== MASK) return target;
  if (before?.kind !== 'relay' || !before.auth) return null;
  const isSame = maskedUrl(before) === maskedUrl(target);
  return isSame ? { ...target, auth: before.auth } : null;
}

export function makeRemoveRoute({ routes }: { readonly routes: Pick<RouteStore, 'remove' | 'routing'> }) {
  return async function removeRoute(name: string): Promise<Outcome<null>> {
    const rules = await routes.routing();
    if (rules.some((rule) => rule.route === name)) {
      return refuse('route.inUse', 'A routing rule names this route; change PUT /routing first.');
    }
    return (await routes.remove(name)) ? ok(null) : noSuch('route');
  };
}

const MUST_BE_ENCODED = 'Nothing may follow the port: write / ? # and @ of a password as %2F %3F %23 and %40.';
/** One of these ends what a URL says of user, password and host (RFC 3986 3.2); with an at sign behind it, too early. */
const ENDS_EARLY = /^smtps?:\/\/.*[/?#].*@/i;

/** Fails with a sentence that names no part of the URL, because it may hold a password. */
function parseTarget(url: string): Result<RouteTarget, string> {
  if (url === 'direct') return ok({ kind: 'direct' });
  if (/[\s\p{Cc}]/u.test(url)) return fail('The URL holds spaces or control characters; write them as %20 and so on.');
  if (ENDS_EARLY.test(url)) return fail(MUST_BE_ENCODED);
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const standard = PORTS[parsed?.protocol ?? ''];
  if (!parsed || standard === undefined) return fail('Say "direct", smtp://host:port or smtps://host:port.');
  if (!HOST.test(parsed.hostname)) return fail('The host is missing or is not a host name or address.');
  const misplaced = misplacedHost(parsed.hostname.replace(/^\[|\]$/g, '').toLowerCase());
  if (misplaced) return fail(misplaced);
  if (parsed.port === '0') return fail('Port 0 can not be used.');
  if (!['', '/'].includes(parsed.pathname) || parsed.search || parsed.hash) {
    return fail(MUST_BE_ENCODED);
  }
  const [user, pass] = [decoded(parsed.username), decoded(parsed.password)];
  if (user === null || pass === null)
    return fail('User or password is not valid percent-encoding: write a percent sign as %25.');
  if ((user === '') !== (pass === '')) return fail('User and password go together.');
  return ok({
    kind: 'relay',
    host: parsed.hostname.replace(/^\[|\]$/g, '').toLowerCase(),
    port: parsed.port === '' ? standard : Number(parsed.port),
    secure: parsed.protocol === 'smtps:',
    auth: user === '' ? null : { user, pass },
  });
}

function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return /[\p{Cc}]/u.test(value) ? null : value;
  } catch {
    return null;
  }
}

/** For people: the password is never in it. */
export function maskedUrl(target: RouteTarget): string {
  if (target.kind === 'direct') return 'direct';
  const login = target.auth ? `${encodeURIComponent(target.auth.user)}:${MASK}@` : '';
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `${target.secure ? 'smtps' : 'smtp'}://${login}${host}:${target.port}`;
}
