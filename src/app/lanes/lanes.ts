import { type LaneId, laneId } from '../../core/lanes/lane.ts';
import { familyOf } from '../../core/providers/provider.ts';
import type { ProfilePatch } from '../../core/providers/table.ts';
import type { RatePolicy } from '../../core/rate/rate.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { ProviderStore } from '../providers/ports.ts';
import type { Lane } from './lane.ts';
import { makeLimiters } from './limiter.ts';
import { makeLaneMaker } from './open.ts';
import type { LaneOwnership } from './ownership.ts';
import type { LaneHistory, LaneStore, Mailer, MakeDispenser, RouteShares, RouteStore } from './ports.ts';
import { type LaneRoute, openRoute } from './route.ts';

/** The lanes this worker owns. One owner per lane, by lease; learned rates survive a restart. DESIGN: Decision 4. */

export type Lanes = {
  /** The lane, if it is ours or free to take; null while another worker has it or its route is gone. */
  get(route: string, provider: string): Promise<Lane | null>;
  all(): readonly Lane[];
  /** Lets time pass for the loops; a few times a second. */
  advance(): void;
  /** Renews the leases, obeys new orders, writes what the API shows, and lets go of lanes that are not ours to have. */
  save(): Promise<void>;
  /** Takes changed routes and profiles in; lanes of a route that is gone or points elsewhere are closed. */
  reload(): Promise<void>;
  close(graceMs: number): Promise<void>;
};

type Deps = {
  readonly store: LaneStore;
  readonly shares: RouteShares;
  readonly history: LaneHistory;
  readonly providers: ProviderStore;
  readonly routes: Pick<RouteStore, 'get'>;
  readonly ownership: Pick<LaneOwnership, 'isOurs' | 'isForAnother'>;
  readonly siteOf: (domain: string) => string;
  readonly mailer: Mailer;
  readonly makeDispenser: MakeDispenser;
  readonly policy: RatePolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly owner: string;
  readonly log: Log;
};

const LEASE_MS = 15_000;
/** We stop this much before the server lets somebody else in: clocks run at slightly different speeds. */
const LEASE_MARGIN_MS = 2_000;
/** Letters under way when a lane goes away get this long. */
const GRACE_MS = 5_000;
/** A lane for which nobody waits is let go after this. */
const IDLE_MS = 60_000;

export function makeLanes(deps: Deps): Lanes {
  const { store, routes, policy, clock, owner, log, ownership } = deps;
  const limiters = makeLimiters(deps);
  const maker = makeLaneMaker({ ...deps, limiters });
  const atWork = new Map<string, Promise<LaneRoute | null>>();
  const opening = new Map<LaneId, Promise<Lane | null>>();
  const opened: LaneRoute[] = [];
  let patches: ReadonlyMap<string, ProfilePatch> = new Map();
  const all = () => opened.flatMap(({ lanes }) => [...lanes.values()]);

  async function findRoute(name: string): Promise<LaneRoute | null> {
    const route = await routes.get(name);
    if (!route) {
      atWork.delete(name);
      return null;
    }
    const parent = await openRoute(route, { ...deps, limiters, policy, leaseMs: LEASE_MS });
    opened.push(parent);
    return parent;
  }

  function routeAtWork(name: string): Promise<LaneRoute | null> {
    const known = atWork.get(name);
    if (known) return known;
    const finding = findRoute(name).catch((error: unknown) => {
      atWork.delete(name);
      throw error;
    });
    atWork.set(name, finding);
    return finding;
  }

  /** The lease counts from before we asked, so that ours is over before the server's is. */
  async function acquire(name: string, provider: string) {
    const askedAt = clock.now();
    const taken = await store.acquire({ id: laneId(name, provider), route: name, provider }, owner, LEASE_MS);
    return taken && { ...taken, leftMs: askedAt + LEASE_MS - LEASE_MARGIN_MS - clock.now() };
  }

  /** What holds for a provider holds for its regions, unless one of them has its own. */
  const patchFor = (provider: string): ProfilePatch => ({
    ...patches.get(familyOf(provider)),
    ...patches.get(provider),
  });

  async function open(name: string, provider: string): Promise<Lane | null> {
    const id = laneId(name, provider);
    if (!ownership.isOurs(id)) return null;
    const parent = await routeAtWork(name);
    if (!parent) return null;
    const known = parent.lanes.get(id);
    if (known) return known;
    const taken = await acquire(name, provider);
    if (!taken) return null;
    patches = await deps.providers.all();
    const lane = maker.open(provider, parent, taken, patchFor(provider));
    lane.holdFor(taken.leftMs);
    parent.lanes.set(id, lane);
    await parent.share();
    log.info('lane opened', { lane: id, rate: lane.rate(), fence: taken.fence });
    return lane;
  }

  async function closeLane(parent: LaneRoute, id: LaneId, lane: Lane, graceMs: number): Promise<void> {
    parent.lanes.delete(id);
    await lane.close(graceMs);
    await store.save({ ...lane.view(owner), state: 'steady', realPerSecond: 0 }, lane.control(), lane.fence);
    await store.release(id, lane.fence);
    log.info('lane closed', { lane: id });
  }

  async function closeRoute(parent: LaneRoute, graceMs: number): Promise<void> {
    atWork.delete(parent.route.name);
    opened.splice(opened.indexOf(parent), 1);
    await Promise.all([...parent.lanes].map(([id, lane]) => closeLane(parent, id, lane, graceMs)));
    await parent.close();
  }

  async function keep(parent: LaneRoute, id: LaneId, lane: Lane): Promise<void> {
    if (lane.idleMs() > IDLE_MS || ownership.isForAnother(id)) return closeLane(parent, id, lane, GRACE_MS);
    const ours = await acquire(parent.route.name, lane.provider);
    if (ours?.fence === lane.fence) {
      lane.holdFor(ours.leftMs);
      const limits = maker.limitsOf(parent.route, lane.provider, ours.orders, patchFor(lane.provider));
      if (!lane.obey(limits)) return closeLane(parent, id, lane, GRACE_MS);
      if (await store.save(lane.view(owner), lane.control(), lane.fence)) return;
    }
    log.warn('lane lost', { lane: id });
    parent.lanes.delete(id);
    await lane.close(0);
  }

  async function keepHistory(lane: Lane): Promise<void> {
    const samples = lane.takeSamples();
    if (samples.length > 0) await deps.history.add(lane.id, samples);
  }

  return {
    get(route, provider) {
      const id = laneId(route, provider);
      const pending = opening.get(id) ?? open(route, provider).finally(() => opening.delete(id));
      opening.set(id, pending);
      return pending;
    },
    all,
    advance() {
      for (const { limiter } of opened) limiter.advance();
      for (const lane of all()) lane.advance();
    },
    async save() {
      for (const parent of [...opened]) {
        await Promise.all([...parent.lanes].map(([id, lane]) => keep(parent, id, lane)));
        await parent.share();
        await parent.save();
      }
      await Promise.all(all().map(keepHistory));
    },
    async reload() {
      patches = await deps.providers.all();
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
