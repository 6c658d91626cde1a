import type { LaneStore, RouteShares, StoredControl, WorkerRegistry } from '../../src/app/lanes/ports.ts';
import type { Log } from '../../src/app/ports.ts';
import { makeMxDirectory } from '../../src/app/providers/directory.ts';
import type { CampaignWork } from '../../src/app/sending/ports.ts';
import { makeWorker, type WorkerDeps } from '../../src/app/sending/worker.ts';
import type { Campaign, CampaignState } from '../../src/core/campaigns/campaign.ts';
import { NO_ORDERS } from '../../src/core/lanes/lane.ts';
import type { Route, RoutingRule } from '../../src/core/lanes/routing.ts';
import type { Holder } from '../../src/core/lanes/share.ts';
import { defaultRatePolicy } from '../../src/core/rate/rate.ts';
import { DEFAULT_GIVE_UP_MS } from '../../src/core/recipients/give-up.ts';
import { DEFAULT_RETRY } from '../../src/core/recipients/retry.ts';
import { type FakeClock, makeFakeClock } from '../setup/fake-clock.ts';
import { makeMemoryLedger } from './memory-ledger.ts';
import { makeMemoryDispenser, makeMemoryJobs, makeMemoryPool, type Server } from './memory-work.ts';

/** All that a worker needs of the world, in memory and on a fake clock: a database that can be away, servers that take their time. */

type Mood = 'up' | 'silent' | 'slow' | 'failing';
export type World = ReturnType<typeof makeWorld>;

export const RELAY: Route = {
  name: 'relay',
  target: { kind: 'relay', host: 'relay.test', port: 25, secure: false, auth: null },
  connections: 4,
  ratePerSecond: null,
};

export function makeWorld(clock: FakeClock = makeFakeClock()) {
  const memory = makeMemoryLedger(clock.now);
  const logged: string[] = [];
  const log: Log = {
    info: (event) => void logged.push(event),
    warn: (event) => void logged.push(event),
    error: (event) => void logged.push(event),
    with: () => log,
  };
  const campaigns = new Map<string, Campaign>();
  const routes = new Map<string, Route>([[RELAY.name, RELAY]]);
  const owners = new Map<string, { owner: string; fence: number; control: StoredControl | null }>();
  const holders = new Map<string, Holder>();
  const wake: (() => void)[] = [];
  const world = {
    clock,
    memory,
    logged,
    campaigns,
    routes,
    owners,
    holders,
    rules: [{ any: true, route: 'relay' }] as readonly RoutingRule[],
    orders: NO_ORDERS,
    isTimeKnown: true,
    /** Rises with each change of the configuration. */
    revision: 0,
    /** Whether the database answers: at once, with an error, or not before its mood changes: then with an error, or late. */
    database: 'up' as Mood,
    server: (() => ({ tookMs: 20 })) as Server,
    /** Letters whose body began, in order; and sessions that are open. */
    sent: [] as string[],
    open: 0,
    workers: new Set<string>(),
    /** Calls of the database. */
    calls: 0,
    log,
    deps,
    stored,
    worker: (name = 'w1') => makeWorker(deps(name)),
    addCampaign,
    turn,
  };

  function turn(database: Mood): void {
    world.database = database;
    if (database === 'silent' || database === 'slow') return;
    for (const go of wake.splice(0)) go();
  }

  async function answer(): Promise<void> {
    world.calls += 1;
    if (world.database === 'failing') throw new Error('the database is away');
    const mood = world.database;
    if (mood === 'silent' || mood === 'slow') {
      await new Promise<void>((resolve) => wake.push(resolve));
      if (mood === 'silent') throw new Error('the database did not answer');
    }
  }

  /** Puts the database's mood before every call of a store. */
  function stored<T extends object>(store: T): T {
    return new Proxy(store, {
      get(target, name) {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function' || name === 'domains') return method;
        return async (...given: unknown[]) => {
          await answer();
          return method.apply(target, given);
        };
      },
    });
  }

  function addCampaign(id: string, recipients: number, state: CampaignState = 'running'): void {
    memory.add(id, recipients, 'a.example');
    const now = new Date(clock.now());
    campaigns.set(id, {
      ...{ id, name: id, state, version: 1, content: { subject: '', from: { address: '' }, html: '' } },
      giveUpAfterMs: DEFAULT_GIVE_UP_MS,
      ...{ onUncertain: 'hold', schedule: null, blockedBecause: null, columns: [], sliceCount: 1, openImport: null },
      totals: { accepted: recipients, duplicate: 0, suppressed: 0, rejected: 0 },
      ...{ createdAt: now, updatedAt: now, startedAt: now, finishedAt: null },
    });
  }

  const campaignStore: WorkerDeps['campaigns'] = {
    get: async (id) => campaigns.get(id) ?? null,
    async update(id, version, patch) {
      const campaign = campaigns.get(id);
      if (campaign?.version !== version) return null;
      const next = { ...campaign, ...patch, version: version + 1 };
      campaigns.set(id, next);
      return next;
    },
  };

  const laneStore: LaneStore = {
    async acquire({ id }, owner) {
      const held = owners.get(id);
      if (held && held.owner !== '' && held.owner !== owner) return null;
      const fence = (held?.fence ?? 0) + 1;
      owners.set(id, { owner, fence, control: held?.control ?? null });
      return { fence, control: held?.control ?? null, orders: world.orders };
    },
    async renew(id, owner, fence) {
      const held = owners.get(id);
      return held?.owner === owner && held.fence === fence ? world.orders : null;
    },
    learned: async (id) => owners.get(id)?.control ?? null,
    async save(view, control, fence) {
      const held = owners.get(view.id);
      if (held?.fence !== fence || held.owner !== view.owner) return false;
      owners.set(view.id, { ...held, control });
      return true;
    },
    async release(id, fence) {
      const held = owners.get(id);
      if (held?.fence === fence) owners.set(id, { ...held, owner: '' });
    },
    decide: async () => undefined,
  };

  const routeShares: RouteShares = {
    async claim(route, worker, decide) {
      const others = [...holders].flatMap(([key, holder]) =>
        key.startsWith(`${route} `) && holder.worker !== worker ? [holder] : [],
      );
      const mine = decide(others);
      holders.set(`${route} ${worker}`, mine);
      return { mine, others };
    },
    release: async (route, worker) => void holders.delete(`${route} ${worker}`),
  };

  const workerRegistry: WorkerRegistry = {
    async renew(worker) {
      world.workers.add(worker);
      const held = [...owners].flatMap(([id, { owner }]) => (owner === '' ? [] : [[id, owner] as const]));
      return { workers: [...world.workers].sort(), owners: new Map(held) };
    },
    release: async (worker) => void world.workers.delete(worker),
  };

  function deps(workerName: string): WorkerDeps {
    return {
      campaigns: stored(campaignStore),
      watch: stored({
        atWork: async () =>
          [...campaigns.values()].map(
            ({ id, state, version, schedule, sliceCount, onUncertain, totals }): CampaignWork => ({
              ...{ id, state, version, schedule, sliceCount, onUncertain, accepted: totals.accepted },
            }),
          ),
      }),
      press: {
        compile: () => ({
          ok: true,
          value: {
            fields: [],
            render: ({ address, domain }) => ({
              ok: true,
              value: { envelopeFrom: 'news@b.example', to: address, domain, raw: Buffer.from('') },
            }),
          },
        }),
      },
      zones: {
        known: (zone) => zone,
        instantOf: () => 0,
        localOf: () => ({ year: 2026, month: 1, day: 1, minute: 0, weekday: 'thu' }),
      },
      slices: stored(memory.slices),
      ledger: stored(memory.ledger),
      laneStore: stored(laneStore),
      laneHistory: stored({ add: async () => undefined }),
      providers: stored({ all: async () => new Map() }),
      workerRegistry: stored(workerRegistry),
      routeShares: stored(routeShares),
      mx: makeMxDirectory({
        resolveMx: async () => ({ kind: 'noDomain' }),
        store: stored({ read: async () => [], write: async () => undefined }),
        clock,
        log,
      }),
      routes: stored({
        get: async (name: string) => routes.get(name) ?? null,
        all: async () => [...routes.values()],
        routing: async () => world.rules,
        revision: async () => world.revision,
      }),
      suppressions: stored({ suppressed: async () => new Set<string>(), add: async () => undefined }),
      refusals: stored({ write: async () => undefined, read: async () => [] }),
      unknownReplies: { add: async () => undefined } as unknown as WorkerDeps['unknownReplies'],
      replyRules: stored({ all: async () => [] }) as unknown as WorkerDeps['replyRules'],
      mailer: { pool: () => makeMemoryPool(clock, world) },
      makeDispenser: () => makeMemoryDispenser(clock),
      jobs: makeMemoryJobs(clock, answer),
      rescueImports: async () => undefined,
      removeLeftovers: async () => undefined,
      policy: { ...defaultRatePolicy, startRate: 50 },
      retry: DEFAULT_RETRY,
      clock,
      isTimeKnown: () => world.isTimeKnown,
      random: () => 0.5,
      newId: idsOf(workerName),
      log,
      workerName,
      attemptMs: 60_000,
    };
  }

  function idsOf(name: string): () => string {
    let last = 0;
    return () => `${name}-${++last}`;
  }

  return world;
}
