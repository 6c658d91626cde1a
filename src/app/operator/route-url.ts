import type { RouteTarget } from '../../core/lanes/routing.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** A route's target as a URL: `smtp://user:pass@host:port`, `smtps://...` or `direct`. */

export const MASK = '***';

/** Submission, and submission with TLS from the first byte (RFC 8314). */
const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)$/i;

/** Fails with a sentence that names no part of the URL, because it may hold a password. */
export function parseTarget(url: string): Result<RouteTarget, string> {
  if (url === 'direct') return ok({ kind: 'direct' });
  if (/[\s\p{Cc}]/u.test(url)) return fail('The URL holds spaces or control characters; write them as %20 and so on.');
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const standard = PORTS[parsed?.protocol ?? ''];
  if (!parsed || standard === undefined) return fail('Say "direct", smtp://host:port or smtps://host:port.');
  if (!HOST.test(parsed.hostname)) return fail('The host is missing or is not a host name or address.');
  if (parsed.port === '0') return fail('Port 0 can not be used.');
  if (!['', '/'].includes(parsed.pathname) || parsed.search || parsed.hash) {
    return fail('Nothing may follow the port: write / ? # and @ of a password as %2F %3F %23 and %40.');
  }
  const [user, pass] = [decoded(parsed.username), decoded(parsed.password)];
  if (user === null || pass === null) return fail('User or password is not valid percent-encoding.');
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
