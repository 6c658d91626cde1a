import { type LaneId, laneId } from '../core/lane.ts';
import { laneStateOf, type RatePolicy, type RateState } from '../core/rate.ts';
import type { Route } from '../core/routing.ts';
import type { Lane } from './lane.ts';
import { type Limiters, pausedUntil } from './limiters.ts';
import type { Clock, LaneView } from './ports.ts';
import type { LaneStore } from './sending-ports.ts';
import { resumed, storedRate, type Throttle } from './throttle.ts';

/** A route in this worker: its lanes, and the limiter above them, which learns when the route speaks for itself. */

export type RouteAtWork = {
  readonly route: Route;
  readonly throttle: Throttle;
  readonly lanes: Map<LaneId, Lane>;
  /** Shares the route's sessions among its lanes, so that together they keep to its limit. */
  share(): void;
  /** Writes what its own limiter learned, if it learned anything; shown as the lane `route:*`. */
  save(): Promise<void>;
};

type Deps = {
  readonly store: LaneStore;
  readonly limiters: Limiters;
  readonly policy: RatePolicy;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseMs: number;
};

/** Stands for all providers of a route. */
const EVERY = '*';

export async function openRoute(route: Route, deps: Deps): Promise<RouteAtWork> {
  const { store, limiters, policy, clock, owner, leaseMs } = deps;
  const id = laneId(route.name, EVERY);
  const lanes = new Map<LaneId, Lane>();
  const sessions = () => [...lanes.values()].reduce((sum, lane) => sum + lane.openSessions(), 0);
  const stored = storedRate(await store.learned(id));
  const throttle = limiters.make({
    id,
    initial: stored && resumed(stored, clock.now(), policy),
    cap: route.ratePerSecond ?? Number.POSITIVE_INFINITY,
    connections: sessions,
  });
  throttle.setWidth(route.connections);

  function viewOf(state: RateState): LaneView {
    const views = [...lanes.values()].map((lane) => lane.view(owner));
    const sum = (of: (view: LaneView) => number) => views.reduce((total, view) => total + of(view), 0);
    return {
      id,
      route: route.name,
      provider: EVERY,
      state: laneStateOf(state),
      ratePerSecond: throttle.rate(),
      realPerSecond: sum((view) => view.realPerSecond),
      throttledShare: Math.max(0, ...views.map((view) => view.throttledShare)),
      waiting: sum((view) => view.waiting),
      connections: { open: sessions(), limit: route.connections },
      pausedUntil: pausedUntil(state),
      lastDecision: limiters.lastDecision(id),
      owner,
      updatedAt: new Date(clock.now()),
    };
  }

  return {
    route,
    throttle,
    lanes,
    share() {
      const each = Math.max(1, Math.floor(route.connections / Math.max(1, lanes.size)));
      for (const lane of lanes.values()) lane.setConnectionShare(each);
    },
    async save() {
      const state = throttle.state();
      if (!state) return;
      const taken = await store.acquire({ id, route: route.name, provider: EVERY }, owner, leaseMs);
      if (taken) await store.save(viewOf(state), { rate: state, connections: {} }, taken.fence);
    },
  };
}
