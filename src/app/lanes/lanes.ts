import { type LaneId, laneId } from '../../core/lanes/lane.ts';
import { type LifeCycle, makeLifeCycle, orUntil, stopUntil, type Timers } from '../../core/life-cycle.ts';
import { familyOf } from '../../core/providers/provider.ts';
import type { ProfilePatch } from '../../core/providers/table.ts';
import type { RatePolicy } from '../../core/rate/rate.ts';
import type { Log, Random } from '../ports.ts';
import type { ProviderStore } from '../providers/ports.ts';
import type { Lane } from './lane.ts';
import { makeLimiters } from './limiter.ts';
import { makeLaneMaker } from './open.ts';
import type { LaneOwnership } from './ownership.ts';
import type { LaneHistory, LaneStore, Mailer, MakeDispenser, RouteShares, RouteStore } from './ports.ts';
import { type LaneRoute, openRoute } from './route.ts';

/** The lanes this worker owns. One owner per lane, by lease; learned rates survive a restart. DESIGN: Decision 4. */

export type Lanes = LifeCycle & {
  /** The lane, if it is ours or free to acquire; null while another worker has it, its route is gone, or we are stopped. */
  get(route: string, provider: string): Promise<Lane | null>;
  all(): readonly Lane[];
  /** Lets time pass for the loops; a few times a second. */
  advance(): void;
  /** Renews the leases, obeys new orders, writes what the API shows, and stops lanes that are not ours to have. */
  save(): Promise<void>;
  /** Takes changed routes and profiles in; lanes of a route that is gone or points elsewhere are stopped. */
  reload(): Promise<void>;
};

type Deps = {
  readonly store: LaneStore;
  readonly shares: RouteShares;
  readonly history: Pick<LaneHistory, 'add'>;
  readonly providers: Pick<ProviderStore, 'all'>;
  readonly routes: Pick<RouteStore, 'get'>;
  readonly ownership: Pick<LaneOwnership, 'isOurs' | 'isForAnother'>;
  readonly siteOf: (domain: string) => string;
  readonly mailer: Mailer;
  readonly makeDispenser: MakeDispenser;
  readonly policy: RatePolicy;
  readonly clock: Timers;
  readonly random: Random;
  readonly owner: string;
  readonly log: Log;
};

/** How long a part may take to stop, and whether its last writes are waited for. */
type Grace = {
  readonly stop: (part: LifeCycle) => Promise<void>;
  readonly write: (written: Promise<unknown>) => Promise<unknown>;
};

const LEASE_MS = 15_000;
/** We stop this much before the server lets somebody else in: clocks run at slightly different speeds. */
const LEASE_MARGIN_MS = 2_000;
/** Letters under way when a lane goes away get this long. */
const GRACE_MS = 5_000;
const GRACE: Grace = { stop: (part) => part.stop(GRACE_MS), write: (written) => written };
/** A lane for which nobody waits is stopped after this. */
const IDLE_MS = 60_000;

export function makeLanes(deps: Deps): Lanes {
  const { store, routes, policy, clock, owner, log, ownership } = deps;
  const limiters = makeLimiters(deps);
  const maker = makeLaneMaker({ ...deps, limiters });
  const found = new Map<string, Promise<LaneRoute | null>>();
  const opening = new Map<LaneId, Promise<Lane | null>>();
  const opened: LaneRoute[] = [];
  let patches: ReadonlyMap<string, ProfilePatch> = new Map();
  /** A new one with each start, null while stopped: what was asked of an earlier life has no place in this one. */
  let life: object | null = null;
  let saving: Promise<void> = Promise.resolve();
  const all = () => opened.flatMap(({ lanes }) => [...lanes.values()]);

  async function openFound(name: string): Promise<LaneRoute | null> {
    const mine = life;
    const route = await routes.get(name);
    if (!route) {
      found.delete(name);
      return null;
    }
    const parent = await openRoute(route, { ...deps, limiters, policy, leaseMs: LEASE_MS });
    if (!mine || mine !== life) return null;
    await parent.start();
    opened.push(parent);
    return parent;
  }

  function find(name: string): Promise<LaneRoute | null> {
    const known = found.get(name);
    if (known) return known;
    const finding = openFound(name).catch((error: unknown) => {
      found.delete(name);
      throw error;
    });
    found.set(name, finding);
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
    const mine = life;
    if (!mine || !ownership.isOurs(id)) return null;
    const parent = await find(name);
    if (!parent || mine !== life) return null;
    const known = parent.lanes.get(id);
    if (known) return known;
    const taken = await acquire(name, provider);
    if (!taken) return null;
    patches = await deps.providers.all();
    if (mine !== life) {
      await store.release(id, taken.fence);
      return null;
    }
    const lane = maker.open(provider, parent, taken, patchFor(provider));
    await lane.start();
    lane.holdFor(taken.leftMs);
    parent.lanes.set(id, lane);
    await parent.share();
    log.info('lane opened', { lane: id, rate: lane.rate(), fence: taken.fence });
    return lane;
  }

  async function stopLane(parent: LaneRoute, id: LaneId, lane: Lane, grace: Grace): Promise<void> {
    parent.lanes.delete(id);
    await grace.stop(lane);
    const view = { ...lane.view(owner), state: 'steady', realPerSecond: 0 };
    await grace.write(store.save(view, lane.learned(), lane.fence));
    await grace.write(store.release(id, lane.fence));
    log.info('lane closed', { lane: id });
  }

  async function stopRoute(parent: LaneRoute, grace: Grace): Promise<void> {
    found.delete(parent.route.name);
    opened.splice(opened.indexOf(parent), 1);
    const lanes = await Promise.allSettled([...parent.lanes].map(([id, lane]) => stopLane(parent, id, lane, grace)));
    // Its share is given back once its sessions are gone.
    await grace.stop(parent);
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  }

  async function keep(parent: LaneRoute, id: LaneId, lane: Lane): Promise<void> {
    if (lane.idleMs() > IDLE_MS || ownership.isForAnother(id)) return stopLane(parent, id, lane, GRACE);
    const ours = await acquire(parent.route.name, lane.provider);
    if (ours?.fence === lane.fence) {
      lane.holdFor(ours.leftMs);
      const limits = maker.limitsOf(parent.route, lane.provider, ours.orders, patchFor(lane.provider));
      if (!lane.obey(limits)) return stopLane(parent, id, lane, GRACE);
      if (await store.save(lane.view(owner), lane.learned(), lane.fence)) return;
    }
    log.warn('lane lost', { lane: id });
    parent.lanes.delete(id);
    await lane.stop(0);
  }

  /** A lease that could not be released runs out. */
  const complain =
    ({ route }: LaneRoute) =>
    (error: unknown) =>
      log.warn('lanes not released', { route: route.name, reason: String(error) });

  async function keepAll(): Promise<void> {
    for (const parent of [...opened]) {
      await Promise.all([...parent.lanes].map(([id, lane]) => keep(parent, id, lane)));
      await parent.share();
      await parent.save();
    }
    await Promise.all(all().map(keepHistory));
  }

  async function keepHistory(lane: Lane): Promise<void> {
    const samples = lane.takeSamples();
    if (samples.length > 0) await deps.history.add(lane.id, samples);
  }

  const cycle = makeLifeCycle(clock, {
    begin() {
      life = {};
    },
    async end(over) {
      life = null;
      const stopped = Promise.all(all().map((lane) => stopUntil(over, lane)));
      // What is just being opened is ours to stop too, and a lease that is just being renewed ours to release.
      await orUntil(over, Promise.allSettled([...opening.values(), ...found.values(), saving]));
      const grace: Grace = { stop: (part) => stopUntil(over, part), write: (written) => orUntil(over, written) };
      const routes = [...opened].map((parent) => stopRoute(parent, grace).catch(complain(parent)));
      await Promise.all([stopped, ...routes]);
      found.clear();
    },
  });

  return {
    ...cycle,
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
    save() {
      if (!life) return Promise.resolve();
      saving = keepAll();
      return saving;
    },
    async reload() {
      patches = await deps.providers.all();
      for (const parent of [...opened]) {
        const now = await routes.get(parent.route.name);
        if (JSON.stringify(now) !== JSON.stringify(parent.route)) await stopRoute(parent, GRACE);
      }
    },
  };
}
