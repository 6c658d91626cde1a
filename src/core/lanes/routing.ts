import { OTHER_PROVIDER, providerOfDomain } from '../providers/provider.ts';
import { type LaneId, laneId } from './lane.ts';

/** Which route a recipient takes, and with that its lane. DESIGN: Decision 1. */

/** First match wins. A domain is exact, or `*.example.com` for its subdomains. */
export type RoutingRule =
  | { readonly domain: string; readonly route: string }
  | { readonly provider: string; readonly route: string }
  | { readonly any: true; readonly route: string };

/** A relay account, or straight to the MX of each domain. */
export type RouteTarget =
  | {
      readonly kind: 'relay';
      readonly host: string;
      readonly port: number;
      /** TLS from the first byte (smtps). */
      readonly secure: boolean;
      readonly auth: { readonly user: string; readonly pass: string } | null;
    }
  | { readonly kind: 'direct' };

export type Route = {
  readonly name: string;
  readonly target: RouteTarget;
  /** Most SMTP sessions at once over all lanes of the route. */
  readonly connections: number;
  /** Most letters per second over all lanes of the route; null: no cap but what the lanes learn. */
  readonly ratePerSecond: number | null;
};

/** A relay on this machine: nobody listens in between. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);

const matchesDomain = (pattern: string, domain: string) =>
  pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : pattern === domain;

/** The route and provider of a domain (lower case, A-labels), or null when no rule matches. */
export function resolveLane(
  domain: string,
  rules: readonly RoutingRule[],
  providerOf: (domain: string) => string = providerOfDomain,
): { readonly route: string; readonly provider: string; readonly lane: LaneId } | null {
  const known = providerOf(domain);
  for (const rule of rules) {
    if ('domain' in rule) {
      // A domain with a rule of its own is known to the operator, so it is a provider of its own.
      const provider = known === OTHER_PROVIDER ? domain : known;
      if (matchesDomain(rule.domain, domain))
        return { route: rule.route, provider, lane: laneId(rule.route, provider) };
    } else if ('any' in rule || rule.provider === known) {
      return { route: rule.route, provider: known, lane: laneId(rule.route, known) };
    }
  }
  return null;
}
