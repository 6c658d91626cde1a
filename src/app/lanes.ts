import { type ConnectionState, startConnections, withCap } from '../core/connections.ts';
import { type Decision, type LaneId, laneId } from '../core/lane.ts';
import { limitsOf } from '../core/provider.ts';
import { type RatePolicy, type RateState, rateNow } from '../core/rate.ts';
import type { Route } from '../core/routing.ts';
import { type Lane, makeLane } from './lane.ts';
import type { Clock, Log, Mailer, MakePace, Random, RouteStore } from './ports.ts';
import type { LaneStore } from './sending-ports.ts';
import { type Evidence, makeThrottle, resumed, type Throttle } from './throttle.ts';

/** The lanes this worker owns. One owner per lane, by lease; learned rates survive a restart. DESIGN: Decision 4. */

export type Lanes = {
  /** The lane, if it is ours or free to take; null while another worker has it or its route is gone. */
  get(route: string, provider: string): Promise<Lane | null>;
  all(): readonly Lane[];
  /** Lets time pass for the loops; a few times a second. */
  tick(): void;
  /** Renews the leases and writes what the API shows. */
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

type RouteAtWork = { readonly route: Route; readonly throttle: Throttle; readonly lanes: Map<LaneId, Lane> };

export function makeLanes({ store, routes, mailer, makePace, policy, clock, random, owner, log }: Deps): Lanes {
  const atWork = new Map<string, RouteAtWork>();
  const opening = new Map<LaneId, Promise<Lane | null>>();
  const lastDecisions = new Map<string, Decision>();

  const all = () => [...atWork.values()].flatMap(({ lanes }) => [...lanes.values()]);

  function decide(lane: string, decision: Omit<Decision, 'lane' | 'at' | 'cause'>, evidence: Evidence): void {
    const whole = { lane, at: new Date(clock.now()), ...decision, cause: evidence.cause };
    lastDecisions.set(lane, whole);
    log.info('lane decision', { ...whole, reply: undefined });
    store.decide(whole).catch((error: unknown) => log.warn('decision not stored', { lane, reason: String(error) }));
  }

  function throttleOf(id: string, initial: RateState | null, cap: number, connections: () => number): Throttle {
    return makeThrottle({
      pace: makePace(0),
      policy: { ...policy, ceiling: cap },
      initial,
      clock,
      random,
      onDecision: (action, rateBefore, after, evidence) =>
        decide(
          id,
          {
            action,
            rateBefore,
            rateAfter: rateNow(after),
            connections: connections(),
            pausedUntil: after.mode === 'open' && after.pausedUntil ? new Date(after.pausedUntil) : null,
            rule: evidence.rule,
            reply: evidence.reply,
          },
          evidence,
        ),
    });
  }

  async function routeAtWork(name: string): Promise<RouteAtWork | null> {
    const known = atWork.get(name);
    if (known) return known;
    const route = await routes.get(name);
    if (!route) return null;
    const made = atWork.get(name) ?? makeRoute(route);
    atWork.set(name, made);
    return made;
  }

  function makeRoute(route: Route): RouteAtWork {
    const lanes = new Map<LaneId, Lane>();
    const open = () => [...lanes.values()].reduce((sum, lane) => sum + lane.width(), 0);
    const throttle = throttleOf(laneId(route.name, '*'), null, route.ratePerSecond ?? Number.POSITIVE_INFINITY, open);
    throttle.setWidth(route.connections);
    return { route, throttle, lanes };
  }

  async function open(name: string, provider: string): Promise<Lane | null> {
    const parent = await routeAtWork(name);
    if (!parent) return null;
    const id = laneId(name, provider);
    const taken = await store.acquire({ id, route: name, provider }, owner, LEASE_MS);
    if (!taken) return null;
    const lane = makeOpenLane(id, provider, parent, taken);
    parent.lanes.set(id, lane);
    shareConnections(parent);
    log.info('lane opened', { lane: id, rate: lane.rate(), fence: taken.fence });
    return lane;
  }

  type Taken = NonNullable<Awaited<ReturnType<LaneStore['acquire']>>>;

  function makeOpenLane(id: LaneId, provider: string, parent: RouteAtWork, { fence, control }: Taken): Lane {
    const { route, throttle: routeThrottle, lanes } = parent;
    const now = clock.now();
    const stored = control && 'mode' in control.rate ? (control.rate as RateState) : null;
    const limits =
      route.target.kind === 'direct'
        ? limitsOf(provider)
        : { connections: route.connections, messagesPerConnection: 1_000 };
    const cap = Math.min(limits.connections, route.connections);
    const learned = control?.connections as ConnectionState | undefined;
    const connections = learned && learned.limit < learned.cap ? withCap(learned, cap) : startConnections(cap, cap);
    const width = () => lanes.get(id)?.width() ?? connections.limit;
    const throttle = throttleOf(id, resumed(stored, now, policy), Number.POSITIVE_INFINITY, width);
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
      lastDecision: () => lastDecisions.get(id) ?? null,
      onConnections: (limit, evidence) => {
        const rate = throttle.rate();
        const { rule, reply } = evidence;
        const same = { rateBefore: rate, rateAfter: rate, pausedUntil: null, rule, reply };
        decide(id, { action: 'connections', connections: limit, ...same }, evidence);
      },
    });
  }

  /** The sessions of a route are shared evenly by its lanes, so that together they keep to its limit. */
  function shareConnections({ route, lanes }: RouteAtWork): void {
    const share = Math.max(1, Math.floor(route.connections / Math.max(1, lanes.size)));
    for (const lane of lanes.values()) lane.setConnectionShare(share);
  }

  async function closeLane(parent: RouteAtWork, id: LaneId, lane: Lane, graceMs: number): Promise<void> {
    parent.lanes.delete(id);
    shareConnections(parent);
    await lane.close(graceMs);
    await store.save({ ...lane.view(owner), state: 'steady', realPerSecond: 0 }, lane.control(), lane.fence);
    await store.release(id, lane.fence);
  }

  async function closeRoute(parent: RouteAtWork, graceMs: number): Promise<void> {
    atWork.delete(parent.route.name);
    await Promise.all([...parent.lanes].map(([id, lane]) => closeLane(parent, id, lane, graceMs)));
    parent.throttle.close();
  }

  async function keep(parent: RouteAtWork, id: LaneId, lane: Lane): Promise<void> {
    const ours = await store.acquire({ id, route: parent.route.name, provider: lane.provider }, owner, LEASE_MS);
    if (ours?.fence === lane.fence && (await store.save(lane.view(owner), lane.control(), lane.fence))) return;
    log.warn('lane lost', { lane: id });
    parent.lanes.delete(id);
    await lane.close(0);
  }

  return {
    async get(route, provider) {
      const id = laneId(route, provider);
      const known = atWork.get(route)?.lanes.get(id);
      if (known) return known;
      const pending = opening.get(id) ?? open(route, provider).finally(() => opening.delete(id));
      opening.set(id, pending);
      return pending;
    },
    all,
    tick() {
      for (const { throttle } of atWork.values()) throttle.tick();
      for (const lane of all()) lane.tick();
    },
    async save() {
      for (const parent of [...atWork.values()]) {
        await Promise.all([...parent.lanes].map(([id, lane]) => keep(parent, id, lane)));
      }
    },
    async reload() {
      for (const parent of [...atWork.values()]) {
        const now = await routes.get(parent.route.name);
        if (JSON.stringify(now) !== JSON.stringify(parent.route)) await closeRoute(parent, GRACE_MS);
      }
    },
    async close(graceMs) {
      await Promise.all([...atWork.values()].map((parent) => closeRoute(parent, graceMs)));
    },
  };
}
