import { type LaneOrders, NO_ORDERS } from '../../core/lanes/lane.ts';
import { ok } from '../../core/result.ts';
import type { LaneOrderStore, LaneReader, LaneView, RouteStore } from '../lanes/ports.ts';
import type { Clock } from '../ports.ts';
import { type Fault, noSuch, type Outcome, refuse } from '../problem.ts';

/** What a person orders for a lane. Its owner obeys within about a second; without one the next owner does. */

/** A field that is null is an order taken back (RFC 7396). */
export type LaneEdit = { readonly [K in Exclude<keyof LaneOrders, 'paused'>]?: LaneOrders[K] | undefined };

type Deps = {
  readonly lanes: Pick<LaneReader, 'get'>;
  readonly laneOrders: Pick<LaneOrderStore, 'order' | 'orders' | 'prepare'>;
  readonly routes: Pick<RouteStore, 'get'>;
  readonly clock: Clock;
};

const PROVIDER = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;
const IDLE = {
  state: 'steady',
  ratePerSecond: 0,
  realPerSecond: 0,
  throttledShare: 0,
  waiting: 0,
  pausedUntil: null,
} as const;

export function makeOrderLane({ lanes, laneOrders, routes, clock }: Deps) {
  /** The orders of a lane, also of one that its first letter has yet to open; null when its route is unknown. */
  async function ordersOf(id: string): Promise<LaneOrders | null> {
    const known = await laneOrders.orders(id);
    if (known) return known;
    const [route = '', provider = ''] = id.split(':');
    if (!PROVIDER.test(provider) || !(await routes.get(route))) return null;
    const fresh = { lastDecision: null, orders: NO_ORDERS, owner: null, connections: { open: 0, limit: 0 } };
    await laneOrders.prepare({ ...IDLE, ...fresh, id, route, provider, updatedAt: new Date(clock.now()) });
    return laneOrders.orders(id);
  }

  async function order(id: string, patch: Partial<LaneOrders>): Promise<Outcome<LaneView>> {
    if (isRoute(id))
      return refuse('lane.invalid', 'This stands for a whole route, whose caps are those of the route itself.');
    const orders = (await ordersOf(id)) && (await laneOrders.order(id, patch));
    const lane = orders && (await lanes.get(id));
    return lane ? ok(lane) : noSuch('lane');
  }

  return {
    /** Ceiling, floor, pinned rate and most sessions. */
    async edit(id: string, edit: LaneEdit): Promise<Outcome<LaneView>> {
      const before = isRoute(id) ? NO_ORDERS : await ordersOf(id);
      if (!before) return noSuch('lane');
      const patch = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
      const faults = faultsOf({ ...before, ...patch }, edit);
      if (faults.length > 0) return refuse('lane.invalid', faults[0]!.detail, { errors: faults });
      return order(id, patch);
    },
    pause: (id: string) => order(id, { paused: true }),
    resume: (id: string) => order(id, { paused: false }),
  };
}

/** The limiter above the lanes of a route is listed among them and obeys the route's own settings only. */
const isRoute = (id: string) => id.endsWith(':*');

/** Pointers name a field that was sent, whichever of the two is wrong. */
function faultsOf({ ceiling, floor, pin }: LaneOrders, edit: LaneEdit): readonly Fault[] {
  const sent = (...fields: readonly (keyof LaneEdit)[]) =>
    fields.find((field) => edit[field] !== undefined) ?? fields[0];
  const faults: Fault[] = [];
  const add = (field: string | undefined, code: string, detail: string) =>
    faults.push({ pointer: `/${field}`, code, detail });
  if (floor !== null && ceiling !== null && floor > ceiling) {
    add(sent('floor', 'ceiling'), 'floorAboveCeiling', `The floor of ${floor} is above the ceiling of ${ceiling}.`);
  }
  if (pin !== null && ceiling !== null && pin > ceiling) {
    add(sent('pin', 'ceiling'), 'pinOutside', `The pinned rate of ${pin} is above the ceiling of ${ceiling}.`);
  }
  if (pin !== null && floor !== null && pin < floor) {
    add(sent('pin', 'floor'), 'pinOutside', `The pinned rate of ${pin} is below the floor of ${floor}.`);
  }
  return faults;
}
