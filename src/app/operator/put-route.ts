import type { Route, RouteTarget } from '../../core/lanes/routing.ts';
import { ok } from '../../core/result.ts';
import type { ApiDeps } from '../api/ports.ts';
import { noSuch, type Outcome, refuse } from '../problem.ts';
import { MASK, parseTarget } from './route-url.ts';

/** How mail leaves: a name, a target and its caps. */

export type RoutePlan = {
  readonly url: string;
  readonly connections?: number | undefined;
  readonly ratePerSecond?: number | null | undefined;
};

/** Part of a lane's id and of paths, so it is short and plain. */
export const ROUTE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const DEFAULT_CONNECTIONS: Readonly<Record<RouteTarget['kind'], number>> = { relay: 20, direct: 10 };

const invalid = (pointer: string, detail: string) =>
  refuse('route.invalid', detail, { errors: [{ pointer, code: 'route.invalid', detail }] });

export function makePutRoute({ routes }: Pick<ApiDeps, 'routes'>) {
  return async function putRoute(
    name: string,
    plan: RoutePlan,
  ): Promise<Outcome<{ readonly route: Route; readonly isNew: boolean }>> {
    if (!ROUTE_NAME.test(name)) {
      return invalid('', 'The name of a route is up to 63 lower-case letters, digits and hyphens.');
    }
    const parsed = parseTarget(plan.url);
    if (!parsed.ok) return invalid('/url', parsed.error);
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

/** A masked password stands for the one we have, so that what was read can be written back; null when we have none. */
function unmasked(target: RouteTarget, before: RouteTarget | undefined): RouteTarget | null {
  if (target.kind !== 'relay' || target.auth?.pass !== MASK) return target;
  const isSame = before?.kind === 'relay' && before.host === target.host && before.auth?.user === target.auth.user;
  return isSame ? { ...target, auth: before.auth } : null;
}

export function makeRemoveRoute({ routes }: Pick<ApiDeps, 'routes'>) {
  return async function removeRoute(name: string): Promise<Outcome<null>> {
    const rules = await routes.routing();
    if (rules.some((rule) => rule.route === name)) {
      return refuse('route.inUse', 'A routing rule names this route; change PUT /routing first.');
    }
    return (await routes.remove(name)) ? ok(null) : noSuch('route');
  };
}
