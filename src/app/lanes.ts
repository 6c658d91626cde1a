import { type ConnectionState, startConnections, withCap } from '../core/connections.ts';
import { type LaneId, laneId } from '../core/lane.ts';
import { limitsOf } from '../core/provider.ts';
import type { RatePolicy } from '../core/rate.ts';
import type { Route } from '../core/routing.ts';
import { type Lane, makeLane } from './lane.ts';
import { makeLimiters } from './limiters.ts';
import type { Clock, Log, Mailer, MakePace, Random, RouteStore } from './ports.ts';
import { openRoute, type RouteAtWork } from './route-at-work.ts';
import type { LaneStore } from './sending-ports.ts';
import { resumed, storedRate } from './throttle.ts';

/** The lanes this worker owns. One owner per lane, by lease; learned rates survive a restart. DESIGN: Decision 4. */

export type Lanes = {
  /** The lane, if it is ours or free to take; null while another worker has it or its route is gone. */
  get(route: string, provider: string): Promise<Lane | null>;
  all(): readonly Lane[];
  /** Lets time pass for the loops; a few times a second. */
  tick(): void;
  /** Renews the leases, writes what the API shows, and lets go of lanes that nobody needs. */
  save(): Promise<void>;
  /** Takes changed routes in; lanes of a route that is gone or points elsewhere are closed. */
  reload(): Promise<void>;
  close(graceMs: number): Promise<void>;
};

type Deps = {
  readonly store: LaneStore;
  readonly routes: Pick<RouteStore, 'get'>;
  readonly mailer: Mailer;
  readonly makePace: MakePace;
  readonly policy: RatePolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly owner: string;
  readonly log: Log;
};

const LEASE_MS = 15_000;
/** Letters under way when a lane goes away get this long. */
const GRACE_MS = 5_000;
/** A lane for which nobody waits is let go after this. */
const IDLE_MS = 60_000;
const RELAY_MESSAGES = 1_000;

export function makeLanes(deps: Deps): Lanes {
  const { store, routes, mailer, policy, clock, owner, log } = deps;
  const limiters = makeLimiters(deps);
  const atWork = new Map<string, Promise<RouteAtWork | null>>();
  const opening = new Map<LaneId, Promise<Lane | null>>();

  const opened: RouteAtWork[] = [];
  const all = () => opened.flatMap(({ lanes }) => [...lanes.values()]);

  async function findRoute(name: string): Promise<RouteAtWork | null> {
    const route = await routes.get(name);
    if (!route) {
      atWork.delete(name);
      return null;
    }
    const parent = await openRoute(route, { store, limiters, policy, clock, owner, leaseMs: LEASE_MS });
    opened.push(parent);
    return parent;
  }

  function routeAtWork(name: string): Promise<RouteAtWork | null> {
    const known = atWork.get(name);
    if (known) return known;
    const finding = findRoute(name).catch((error: unknown) => {
      atWork.delete(name);
      throw error;
    });
    atWork.set(name, finding);
    return finding;
  }

  async function open(name: string, provider: string): Promise<Lane | null> {
    const parent = await routeAtWork(name);
    if (!parent) return null;
    const id = laneId(name, provider);
    const known = parent.lanes.get(id);
    if (known) return known;
    const taken = await store.acquire({ id, route: name, provider }, owner, LEASE_MS);
    if (!taken) return null;
    const lane = makeOpenLane(id, provider, parent, taken);
    parent.lanes.set(id, lane);
    parent.share();
    log.info('lane opened', { lane: id, rate: lane.rate(), fence: taken.fence });
    return lane;
  }

  type Taken = NonNullable<Awaited<ReturnType<LaneStore['acquire']>>>;

  function makeOpenLane(id: LaneId, provider: string, parent: RouteAtWork, { fence, control }: Taken): Lane {
    const { route, throttle: routeThrottle, lanes } = parent;
    const limits = limitsFor(route, provider);
    const learned = control?.connections as ConnectionState | undefined;
    const isLearned = learned !== undefined && learned.limit < learned.cap;
    const connections = isLearned
      ? withCap(learned, limits.connections)
      : startConnections(limits.connections, limits.connections);
    const throttle = limiters.make({
      id,
      initial: resumed(storedRate(control), clock.now(), policy),
      cap: Number.POSITIVE_INFINITY,
      connections: () => lanes.get(id)?.width() ?? connections.limit,
    });
    return makeLane({
      id,
      route: route.name,
      provider,
      target: route.target,
      fence,
      throttle,
      routeThrottle,
      isAloneOnRoute: () => lanes.size <= 1,
      pool: mailer.pool(route.target, {
        connections: connections.limit,
        messagesPerConnection: connections.messages ?? limits.messagesPerConnection,
      }),
      messagesPerConnection: limits.messagesPerConnection,
      connections,
      clock,
      lastDecision: () => limiters.lastDecision(id),
      onConnections: (limit, evidence) => limiters.decideConnections(id, limit, throttle.rate(), evidence),
    });
  }

  async function closeLane(parent: RouteAtWork, id: LaneId, lane: Lane, graceMs: number): Promise<void> {
    parent.lanes.delete(id);
    parent.share();
    await lane.close(graceMs);
    await store.save({ ...lane.view(owner), state: 'steady', realPerSecond: 0 }, lane.control(), lane.fence);
    await store.release(id, lane.fence);
    log.info('lane closed', { lane: id });
  }

  async function closeRoute(parent: RouteAtWork, graceMs: number): Promise<void> {
    atWork.delete(parent.route.name);
    opened.splice(opened.indexOf(parent), 1);
    await Promise.all([...parent.lanes].map(([id, lane]) => closeLane(parent, id, lane, graceMs)));
    parent.throttle.close();
  }

  async function keep(parent: RouteAtWork, id: LaneId, lane: Lane): Promise<void> {
    if (lane.idleMs() > IDLE_MS) return closeLane(parent, id, lane, GRACE_MS);
    const ours = await store.acquire({ id, route: parent.route.name, provider: lane.provider }, owner, LEASE_MS);
    if (ours?.fence === lane.fence && (await store.save(lane.view(owner), lane.control(), lane.fence))) return;
    log.warn('lane lost', { lane: id });
    parent.lanes.delete(id);
    await lane.close(0);
  }

  return {
    get(route, provider) {
      const id = laneId(route, provider);
      const pending = opening.get(id) ?? open(route, provider).finally(() => opening.delete(id));
      opening.set(id, pending);
      return pending;
    },
    all,
    tick() {
      for (const { throttle } of opened) throttle.tick();
      for (const lane of all()) lane.tick();
    },
    async save() {
      for (const parent of [...opened]) {
        await Promise.all([...parent.lanes].map(([id, lane]) => keep(parent, id, lane)));
        await parent.save();
      }
    },
    async reload() {
      for (const parent of [...opened]) {
        const now = await routes.get(parent.route.name);
        if (JSON.stringify(now) !== JSON.stringify(parent.route)) await closeRoute(parent, GRACE_MS);
      }
    },
    async close(graceMs) {
      await Promise.all([...opened].map((parent) => closeRoute(parent, graceMs)));
    },
  };
}

/** A relay's sessions are the operator's to decide; a provider's have limits that are known. */
function limitsFor({ target, connections }: Route, provider: string) {
  if (target.kind === 'relay') return { connections, messagesPerConnection: RELAY_MESSAGES };
  const known = limitsOf(provider);
  return { ...known, connections: Math.min(known.connections, connections) };
}
