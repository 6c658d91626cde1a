import { type LaneId, laneId } from '../../core/lanes/lane.ts';
import { type LifeCycle, makeLifeCycle, onAbort, orUntil, stopUntil, type Timers } from '../../core/life-cycle.ts';
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
  /** Where something stands still, one letter tries now. */
  tryNow(): void;
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

const LEASE_MS = 15_000;
/** We stop this much before the server lets somebody else in: clocks run at slightly different speeds. */
const LEASE_MARGIN_MS = 2_000;
/** Whoever wants a lane whose predecessor still closes waits no longer than this. */
const WAIT_MS = 10_000;
/** A lane for which nobody waits is stopped after this. */
const IDLE_MS = 60_000;

export function makeLanes(deps: Deps): Lanes {
  const { store, routes, policy, clock, owner, log, ownership } = deps;
  const limiters = makeLimiters(deps);
  const maker = makeLaneMaker({ ...deps, limiters });
  const found = new Map<string, Promise<LaneRoute | null>>();
  const opening = new Map<LaneId, Promise<Lane | null>>();
  const opened: LaneRoute[] = [];
  /** Stopping: nothing new starts, letters under way end, and nobody else is let in before. */
  const stopping = new Map<LaneId, Promise<void>>();
  const stoppingRoutes = new Map<string, Promise<void>>();
  let patches: ReadonlyMap<string, ProfilePatch> = new Map();
  /** A new one with each start, null while stopped: what was asked of an earlier life has no place in this one. */
  let life: object | null = null;
  /** Fires when a stop can't wait any longer. Only that cuts letters: what an edit closes, it lets end by itself. */
  let over = new AbortController();
  let saving: Promise<void> = Promise.resolve();
  const all = () => opened.flatMap(({ lanes }) => [...lanes.values()]);

  async function openFound(name: string): Promise<LaneRoute | null> {
    const mine = life;
    await stoppingRoutes.get(name);
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
  const leftMs = (askedAt: number) => askedAt + LEASE_MS - LEASE_MARGIN_MS - clock.now();

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
    await stopping.get(id);
    if (!parent || mine !== life) return null;
    // It began to stop while we waited for its lane.
    if (stoppingRoutes.has(name)) return open(name, provider);
    const known = parent.lanes.get(id);
    if (known) return known;
    const askedAt = clock.now();
    const taken = await store.acquire({ id, route: name, provider }, owner, LEASE_MS);
    if (!taken) return null;
    patches = await deps.providers.all();
    if (mine !== life || stoppingRoutes.has(name)) {
      await store.release(id, taken.fence);
      return mine === life ? open(name, provider) : null;
    }
    const lane = maker.open(provider, parent, taken, patchFor(provider));
    parent.lanes.set(id, lane);
    lane.holdFor(leftMs(askedAt));
    await lane.start();
    await parent.share();
    log.info('lane opened', { lane: id, rate: lane.rate(), fence: taken.fence });
    return lane;
  }

  /** Its place is kept until its last session is gone: so neither the cap of its route nor its own is ever exceeded. */
  async function endLane(parent: LaneRoute, id: LaneId, lane: Lane): Promise<void> {
    const { signal } = over;
    await stopUntil(signal, lane).finally(() => parent.lanes.delete(id));
    const view = { ...lane.view(owner), state: 'steady', realPerSecond: 0 };
    await orUntil(signal, store.save(view, lane.learned(), lane.fence));
    await orUntil(signal, store.release(id, lane.fence));
    log.info('lane closed', { lane: id });
  }

  function stopLane(parent: LaneRoute, id: LaneId, lane: Lane): Promise<void> {
    const gone =
      stopping.get(id) ??
      endLane(parent, id, lane)
        .catch(complain(parent))
        .finally(() => stopping.delete(id));
    stopping.set(id, gone);
    return gone;
  }

  async function endRoute(parent: LaneRoute): Promise<void> {
    const { signal } = over;
    await Promise.all([...parent.lanes].map(([id, lane]) => stopLane(parent, id, lane)));
    // Its share is given back once its sessions are gone.
    await stopUntil(signal, parent).finally(() => opened.splice(opened.indexOf(parent), 1));
  }

  function stopRoute(parent: LaneRoute): Promise<void> {
    const { name } = parent.route;
    const known = stoppingRoutes.get(name);
    if (known) return known;
    found.delete(name);
    const gone = endRoute(parent)
      .catch(complain(parent))
      .finally(() => stoppingRoutes.delete(name));
    stoppingRoutes.set(name, gone);
    return gone;
  }

  async function keep(parent: LaneRoute, id: LaneId, lane: Lane): Promise<void> {
    const askedAt = clock.now();
    const orders = await store.renew(id, owner, lane.fence, LEASE_MS);
    const isGone = parent.lanes.get(id) !== lane;
    if (isGone || (orders && stopping.has(id))) return;
    if (orders) {
      lane.holdFor(leftMs(askedAt));
      const limits = maker.limitsOf(parent.route, lane.provider, orders, patchFor(lane.provider));
      if (lane.idleMs() > IDLE_MS || ownership.isForAnother(id) || !lane.obey(limits)) {
        void stopLane(parent, id, lane);
        return;
      }
      if (await store.save(lane.view(owner), lane.learned(), lane.fence)) return;
    }
    log.warn('lane lost', { lane: id });
    await lane.stop(0);
    parent.lanes.delete(id);
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

  /** Null when it takes too long: it is opened all the same, and there for whoever asks next. */
  async function orLater(pending: Promise<Lane | null>): Promise<Lane | null> {
    const late = new AbortController();
    const cancel = clock.after(WAIT_MS, () => late.abort());
    await orUntil(late.signal, pending).finally(cancel);
    return late.signal.aborted ? null : pending;
  }

  const cycle = makeLifeCycle(clock, {
    begin() {
      life = {};
      over = new AbortController();
    },
    async end(ending) {
      life = null;
      const { signal } = over;
      const forget = onAbort(ending, () => over.abort());
      const stopped = Promise.all(all().map((lane) => stopUntil(signal, lane)));
      // What is just being opened is ours to stop too, and a lease that is just being renewed ours to release.
      await orUntil(signal, Promise.allSettled([...opening.values(), ...found.values(), saving]));
      await Promise.all([stopped, ...[...opened].map(stopRoute)]);
      forget();
      found.clear();
    },
  });

  return {
    ...cycle,
    get(route, provider) {
      const id = laneId(route, provider);
      const pending = opening.get(id) ?? open(route, provider).finally(() => opening.delete(id));
      opening.set(id, pending);
      return stopping.has(id) || stoppingRoutes.has(route) ? orLater(pending) : pending;
    },
    all,
    advance() {
      for (const { limiter, stand } of opened) {
        stand.advance();
        limiter.advance();
      }
      for (const lane of all()) lane.advance();
    },
    tryNow() {
      for (const { stand } of opened) stand.tryNow();
      for (const lane of all()) lane.tryNow();
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
        if (!now || !parent.obey(now)) void stopRoute(parent);
      }
    },
  };
}
