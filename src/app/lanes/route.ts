import { makeStanding, startStanding } from '../../core/attribution/standing.ts';
import { type LaneId, laneId, NO_ORDERS } from '../../core/lanes/lane.ts';
import type { Route } from '../../core/lanes/routing.ts';
import { divide, type Holder, shareOf } from '../../core/lanes/share.ts';
import { type LifeCycle, makeLifeCycle, orUntil, stopUntil, type Timers } from '../../core/life-cycle.ts';
import { laneStateOf, type RatePolicy, type RateState } from '../../core/rate/rate.ts';
import type { Random } from '../ports.ts';
import type { Lane } from './lane.ts';
import { type Limiter, type Limiters, pausedUntil, resumed, storedRate } from './limiter.ts';
import type { LaneStore, LaneView, RouteShares } from './ports.ts';
import { makeRouteDemand } from './route-demand.ts';
import { makeStand, type Stand } from './stand.ts';

/** A route in this worker: its lanes, our share of what it allows, and the limiter that learns when it speaks for itself. */

export type LaneRoute = LifeCycle & {
  readonly route: Route;
  readonly limiter: Limiter;
  /** How it stands with the host that all its lanes speak to, where it is one. */
  readonly stand: Stand;
  readonly lanes: Map<LaneId, Lane>;
  openSessions(): number;
  /** Takes other limits; false when it leads elsewhere: then it must be opened anew. */
  obey(route: Route): boolean;
  /** Whether one lane is all that any worker has of this route. */
  hasOneLane(): boolean;
  /** Takes our share of the route's sessions and rate, as the others leave it, and divides it among our lanes. */
  share(): Promise<void>;
  /** Writes what its own limiter learned, if it learned anything; shown as the lane `route:*`. */
  save(): Promise<void>;
};

type Deps = {
  readonly store: LaneStore;
  readonly shares: RouteShares;
  readonly limiters: Limiters;
  readonly policy: RatePolicy;
  readonly clock: Timers;
  readonly random: Random;
  readonly owner: string;
  readonly leaseMs: number;
};

/** Stands for all providers of a route. */
const EVERY = '*';
/** With fewer sessions than lanes each lane has them for so long in turn. */
const TURN_MS = 10_000;

const lower = (a: number | null, b: number | null) => (a === null || b === null ? a : Math.min(a, b));
const inUse = (lane: Lane) => Math.max(lane.openSessions(), lane.share());

const capOf = ({ ratePerSecond, connections }: Route) => ({ rate: ratePerSecond, sessions: connections });

/** Reads what its limiter learned before; to be started. */
export async function openRoute(first: Route, deps: Deps): Promise<LaneRoute> {
  const { store, shares, limiters, policy, clock, random, owner, leaseMs } = deps;
  const { name } = first;
  const id = laneId(name, EVERY);
  const lanes = new Map<LaneId, Lane>();
  let route = first;
  let cap = capOf(route);
  let fence: number | null = null;
  const sessions = () => [...lanes.values()].reduce((sum, lane) => sum + lane.openSessions(), 0);
  const stored = storedRate(await store.learned(id));
  let others: readonly Holder[] = [];
  const nothing: Holder = {
    ...{ worker: owner, lanes: 0, weight: 0, wantsRate: 0, wantsSessions: 0 },
    ...{ rate: cap.rate === null ? null : 0, sessions: 0 },
  };
  /** What the others know that we hold, and what we use of it. */
  let mine = nothing;
  let used = nothing;
  let isUp = false;
  let sharing: Promise<void> = Promise.resolve();
  const policyNow = (): RatePolicy => {
    const ceiling = cap.rate ?? Number.POSITIVE_INFINITY;
    return { ...policy, ceiling, floor: Math.min(policy.floor, ceiling) };
  };
  const demand = makeRouteDemand(
    limiters.make({
      id,
      initial: stored && resumed(stored, clock.now(), policy),
      policy: policyNow(),
      connections: sessions,
    }),
    clock,
  );
  const { limiter } = demand;
  use(nothing);
  const stand: Stand = makeStand({
    standing: makeStanding(startStanding()),
    clock,
    random,
    onGate: () => limiter.setGate(stand.gate()),
    onTurn: (stop, before) => limiters.recordStop(id, stop, before, used.sessions, limiter.rate()),
  });

  function use(next: Holder): void {
    used = next;
    limiter.setShare(used.rate ?? Number.POSITIVE_INFINITY);
    limiter.setWidth(used.sessions);
    const all = [...lanes.values()];
    const asked = all.map((lane) => lane.wants().sessions);
    const wanted = divide(used.sessions, asked, Math.floor(clock.now() / TURN_MS));
    // Less at once; more only as far as sessions that must go are gone.
    for (const [index, lane] of all.entries()) lane.setShare(Math.min(wanted[index]!, lane.share()));
    for (const [index, lane] of all.entries()) {
      const taken = all.reduce((sum, other) => sum + (other === lane ? 0 : inUse(other)), 0);
      lane.setShare(Math.max(0, Math.min(wanted[index]!, used.sessions - taken)));
    }
  }

  function viewOf(state: RateState): LaneView {
    const views = [...lanes.values()].map((lane) => lane.view(owner));
    const sum = (of: (view: LaneView) => number) => views.reduce((total, view) => total + of(view), 0);
    return {
      id,
      route: name,
      provider: EVERY,
      state: laneStateOf(state),
      ratePerSecond: limiter.rate(),
      realPerSecond: sum((view) => view.realPerSecond),
      throttledShare: Math.max(0, ...views.map((view) => view.throttledShare)),
      waiting: sum((view) => view.waiting),
      connections: { open: sessions(), limit: used.sessions },
      pausedUntil: pausedUntil(state),
      lastDecision: limiters.lastDecision(id),
      orders: NO_ORDERS,
      owner,
      updatedAt: new Date(clock.now()),
    };
  }

  async function claimShare(): Promise<void> {
    const wish = { worker: owner, ...demand.wish([...lanes.values()], cap) };
    let fair = shareOf(wish, others, cap);
    // Less is true at once, more only once it is written: so the sum of all keeps to the cap at every instant.
    use({ ...fair, rate: lower(fair.rate, mine.rate), sessions: Math.min(fair.sessions, mine.sessions) });
    const decide = (now: readonly Holder[]): Holder => {
      fair = shareOf(wish, now, cap);
      // What is still open is still ours.
      return { ...fair, sessions: Math.max(fair.sessions, Math.min(sessions(), mine.sessions)) };
    };
    const claimed = await shares.claim(name, owner, decide, leaseMs);
    if (!claimed || !isUp) return;
    others = claimed.others;
    mine = claimed.mine;
    use(fair);
  }

  const cycle = makeLifeCycle(clock, {
    begin() {
      isUp = true;
      return limiter.start();
    },
    /** Its lanes must have been stopped before. */
    async end(over) {
      isUp = false;
      await stopUntil(over, limiter);
      // A claim that is under way must not come after the release.
      await orUntil(over, Promise.allSettled([sharing]));
      mine = nothing;
      use(nothing);
      await orUntil(over, shares.release(name, owner));
    },
  });

  return {
    ...cycle,
    get route() {
      return route;
    },
    limiter,
    stand,
    lanes,
    openSessions: sessions,
    obey(next) {
      if (JSON.stringify(next.target) !== JSON.stringify(route.target)) return false;
      route = next;
      cap = capOf(next);
      limiter.setPolicy(policyNow());
      return true;
    },
    hasOneLane: () => lanes.size <= 1 && others.every((other) => other.lanes === 0),
    share() {
      if (!isUp) return Promise.resolve();
      sharing = claimShare();
      return sharing;
    },
    async save() {
      if (!isUp) return;
      const state = limiter.state();
      if (!state) return;
      if (fence === null || !(await store.renew(id, owner, fence, leaseMs))) {
        fence = (await store.acquire({ id, route: name, provider: EVERY }, owner, leaseMs))?.fence ?? null;
      }
      if (fence !== null) await store.save(viewOf(state), { rate: state, connections: {} }, fence);
    },
  };
}
