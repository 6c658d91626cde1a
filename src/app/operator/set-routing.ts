import type { RoutingRule } from '../../core/lanes/routing.ts';
import { ok } from '../../core/result.ts';
import type { RouteStore } from '../lanes/ports.ts';
import { type Fault, type Outcome, refuse } from '../problem.ts';

/** An exact domain in A-labels, or `*.` and a domain. */
const DOMAIN = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Replaces the ordered list of rules that say which route a domain or provider takes. */
export function makeSetRouting({ routes }: { readonly routes: Pick<RouteStore, 'all' | 'putRouting'> }) {
  return async function setRouting(rules: readonly RoutingRule[]): Promise<Outcome<readonly RoutingRule[]>> {
    const known = new Set((await routes.all()).map((route) => route.name));
    const plain = rules.map((rule) => ('domain' in rule ? { ...rule, domain: rule.domain.toLowerCase() } : rule));
    const faults = plain.flatMap((rule, at) => faultsOf(rule, at, known));
    if (faults.length > 0) return refuse('routing.invalid', 'The rules can not be used like this.', { errors: faults });
    await routes.putRouting(plain);
    return ok(plain);
  };
}

function faultsOf(rule: RoutingRule, at: number, known: ReadonlySet<string>): Fault[] {
  const faults: (Fault | false)[] = [
    'domain' in rule &&
      !DOMAIN.test(rule.domain) && {
        pointer: `/${at}/domain`,
        code: 'routing.badDomain',
        detail: 'A domain is a host name in ASCII (xn-- for other scripts), or *. and such a name.',
      },
    !known.has(rule.route) && {
      pointer: `/${at}/route`,
      code: 'routing.unknownRoute',
      detail: 'There is no route of this name.',
    },
  ];
  return faults.filter((fault) => fault !== false);
}
