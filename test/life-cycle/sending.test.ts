import { describe, test } from 'vitest';
import { type Lane, makeLane } from '../../src/app/lanes/lane.ts';
import { makeLanes } from '../../src/app/lanes/lanes.ts';
import { makeLimiters } from '../../src/app/lanes/limiter.ts';
import { makeLaneMaker } from '../../src/app/lanes/open.ts';
import { makePermits } from '../../src/app/lanes/permits.ts';
import { openRoute } from '../../src/app/lanes/route.ts';
import { makeCampaignRuns } from '../../src/app/sending/campaign-runs.ts';
import { makeSliceWorker } from '../../src/app/sending/deliver-slice.ts';
import { makeLedgerWriter } from '../../src/app/sending/ledger-writer.ts';
import { makeLoops } from '../../src/app/sending/loops.ts';
import { startStanding } from '../../src/core/attribution/standing.ts';
import { defaultConnectionPolicy, startConnections } from '../../src/core/lanes/connections.ts';
import { NO_ORDERS } from '../../src/core/lanes/lane.ts';
import { makeLifeCycle } from '../../src/core/life-cycle.ts';
import { standOf } from '../app/heard.ts';
import { makeMemoryDispenser, makeMemoryPool } from '../app/memory-work.ts';
import { makeWorld, RELAY, type World } from '../app/world.ts';
import { type FakeClock, makeFakeClock } from '../setup/fake-clock.ts';
import { FAKE, interleave, type Subject } from './interleave.ts';

/** Everything of the sending half that runs, on a fake clock, several hundred times each. */

const TIMES = 300;
const NEVER = new AbortController().signal;
const ROW = { id: 'r1', campaignId: 'c1', domain: 'a.example', failures: 0 };
const LETTER = { envelopeFrom: '', to: 'r@a.example', domain: 'a.example', raw: Buffer.from('') };

/** The database of a world, and when it is in trouble. */
const troubleOf = (world: World) => (kind: 'failing' | 'silent' | 'none') => world.turn(kind === 'none' ? 'up' : kind);

const limitersOf = (world: World) => makeLimiters({ ...world.deps('w1'), store: world.deps('w1').laneStore });

async function routeOf(world: World) {
  const deps = world.deps('w1');
  return openRoute(RELAY, {
    ...{ store: deps.laneStore, shares: deps.routeShares, limiters: limitersOf(world), policy: deps.policy },
    ...{ clock: world.clock, random: deps.random, owner: 'w1', leaseMs: 15_000 },
  });
}

const SUBJECTS: Readonly<Record<string, (clock: FakeClock) => Subject | Promise<Subject>>> = {
  'the mechanism itself'(clock) {
    let done = 0;
    let cancel: (() => void) | null = null;
    const turn = () => {
      done += 1;
      cancel = clock.after(100, turn);
    };
    const wait = (ms: number, over: AbortSignal) =>
      new Promise<void>((resolve) => {
        const taken = clock.after(ms, resolve);
        const cut = () => {
          taken();
          resolve();
        };
        if (over.aborted) cut();
        else over.addEventListener('abort', cut);
      });
    const part = makeLifeCycle(clock, {
      begin: turn,
      async end(over) {
        cancel?.();
        await wait(3_000, over);
      },
    });
    return { part, work: () => undefined, done: () => done };
  },

  loops(clock) {
    const world = makeWorld(clock);
    let done = 0;
    const run = async () => {
      await world.deps('w1').routes.all();
      done += 1;
    };
    const part = makeLoops({ often: { everyMs: 50, run }, seldom: { everyMs: 1_000, run } }, clock, world.log);
    return { part, work: () => part.soon('seldom'), done: () => done, trouble: troubleOf(world) };
  },

  permits(clock) {
    let [done, inside] = [0, 0];
    const part = makePermits(makeMemoryDispenser(clock));
    part.setRate(20);
    part.setWidth(2);
    const work = async () => {
      if (!(await part.acquire('c1', NEVER))) return;
      done += 1;
      inside += 1;
      part.done();
      inside -= 1;
    };
    return { part, work, done: () => done, left: () => inside };
  },

  'a limiter'(clock) {
    let done = 0;
    const world = makeWorld(clock);
    const { policy } = world.deps('w1');
    const part = limitersOf(world).make({ id: 'relay:other', initial: null, policy, connections: () => 1 });
    part.setWidth(3);
    const work = async () => {
      const permit = await part.acquire('c1', NEVER);
      if (!permit) return;
      done += 1;
      part.done();
    };
    return { part, work, done: () => done, trouble: troubleOf(world) };
  },

  'a lane'(clock) {
    const world = makeWorld(clock);
    const limiters = limitersOf(world);
    const { policy } = world.deps('w1');
    const make = (id: string) => limiters.make({ id, initial: null, policy, connections: () => 1 });
    const routeLimiter = make('relay:*');
    routeLimiter.setWidth(5);
    void routeLimiter.start();
    const part = makeLane({
      ...{ id: 'relay:other', route: 'relay', provider: 'other', direct: false, fence: 1 },
      ...{ limiter: make('relay:other'), routeLimiter, isAloneOnRoute: () => true },
      ...{ sites: null, siteOf: (domain: string) => domain, pool: makeMemoryPool(clock, world) },
      connections: startConnections(3, 3),
      limits: {
        orders: NO_ORDERS,
        policy,
        sessions: 3,
        connectionPolicy: defaultConnectionPolicy,
        tls: 'opportunistic',
      },
      ...{ standing: startStanding(), routeStand: standOf(clock), routeSessions: () => 1 },
      ...{ messagesPerConnection: 100, perSite: null, clock, random: () => 0.5 },
      ...{ lastDecision: () => null, onConnections: () => undefined, onStop: () => undefined },
    });
    part.setShare(3);
    return { part, work: () => throughLane(part), done: () => world.sent.length, left: () => world.open };
  },

  async 'a route'(clock) {
    const world = makeWorld(clock);
    const part = await routeOf(world);
    const deps = world.deps('w1');
    const maker = makeLaneMaker({ ...deps, limiters: limitersOf(world), siteOf: (domain) => domain });
    const taken = { fence: 1, control: null, orders: NO_ORDERS };
    part.lanes.set('relay:other', maker.open('other', part, taken, {}));
    let done = 0;
    const work = async () => {
      const before = world.holders.get('relay w1');
      await part.share();
      if (world.holders.get('relay w1') !== before) done += 1;
      await part.save();
    };
    return { part, work, done: () => done, leases: () => world.holders.size, trouble: troubleOf(world) };
  },

  lanes(clock) {
    const world = makeWorld(clock);
    const deps = world.deps('w1');
    const part = makeLanes({
      ...deps,
      ...{ store: deps.laneStore, shares: deps.routeShares, history: deps.laneHistory, owner: 'w1' },
      ownership: { isOurs: () => true, isForAnother: () => false },
      siteOf: (domain) => domain,
    });
    let turn = 0;
    const work = async () => {
      turn += 1;
      part.advance();
      if (turn % 5 === 0) await part.reload();
      await part.save();
      const lane = await part.get('relay', 'other');
      if (lane) await throughLane(lane);
    };
    const leases = () => world.holders.size + (world.owners.get('relay:other')?.owner === 'w1' ? 1 : 0);
    return { part, work, done: () => world.sent.length, left: () => world.open, leases, trouble: troubleOf(world) };
  },

  'campaign runs'(clock) {
    const world = makeWorld(clock);
    world.addCampaign('c1', 5);
    const part = makeCampaignRuns({
      ...world.deps('w1'),
      inHand: () => 1,
      tryLanes: () => undefined,
      readConfiguration: async () => void (await world.deps('w1').routes.all()),
    });
    let done = 0;
    const work = async () => {
      await part.advance();
      if (part.run('c1')?.mayStart(clock.now())) done += 1;
    };
    return { part, work, done: () => done, left: () => part.runs().length, trouble: troubleOf(world) };
  },

  'the ledger writer'(clock) {
    const world = makeWorld(clock);
    const part = makeLedgerWriter({ ...world.deps('w1'), isConfigurationCurrent: async () => true });
    let done = 0;
    const settlement = {
      id: 'r1',
      by: 'w',
      to: { state: 'sent' },
      attempted: true,
      failed: false,
      reply: null,
      firstTriedAt: null,
    } as const;
    const work = async () => {
      await part.settle({ settlement, attempt: null, suppress: null });
      done += 1;
    };
    return { part, work, done: () => done, trouble: troubleOf(world) };
  },

  'the slice worker'(clock) {
    const world = makeWorld(clock);
    for (let slice = 0; slice < 60; slice++) world.memory.add('c1', 100, 'a.example', slice);
    const deps = world.deps('w1');
    const lane = { senders: () => 2, rate: () => 10, isHeld: () => true };
    const run = {
      id: 'c1',
      giveUpAfterMs: Number.POSITIVE_INFINITY,
      deadline: null,
      stop: new AbortController(),
      mayStart: () => true,
    };
    const part = makeSliceWorker({
      ...deps,
      campaignRuns: { run: () => run as never },
      lanes: { get: async () => lane as never },
      sender: {
        async send() {
          world.open += 1;
          await new Promise<void>((resolve) => void clock.after(30, resolve));
          world.open -= 1;
          world.sent.push('letter');
          return { written: Promise.resolve() };
        },
        giveBack: async () => undefined,
      },
      routing: () => world.rules,
    });
    void deps.mx.start();
    let slice = 0;
    const work = () => part.deliver({ campaignId: 'c1', slice: slice++ });
    const leases = () => part.leases().length;
    return { part, work, done: () => world.sent.length, left: () => world.open, leases, trouble: troubleOf(world) };
  },

  'the MX directory'(clock) {
    const world = makeWorld(clock);
    let [done, asked] = [0, 0];
    const part = world.deps('w1').mx;
    const work = async () => {
      const answer = await part.resolve(`d${asked++}.example`);
      if (answer.kind !== 'failed') done += 1;
      await part.ready([`e${asked}.example`], 3_000);
    };
    return { part, work, done: () => done, trouble: troubleOf(world) };
  },

  'a whole worker'(clock) {
    const world = makeWorld(clock);
    let campaigns = 0;
    const part = world.worker();
    const work = () => world.addCampaign(`c${campaigns++}`, 40);
    const leases = () => world.workers.size + world.holders.size;
    return { part, work, done: () => world.sent.length, left: () => world.open, leases, trouble: troubleOf(world) };
  },
};

async function throughLane(lane: Lane): Promise<void> {
  lane.holdFor(60_000);
  const admission = await lane.admit(ROW, NEVER);
  if (admission === null || typeof admission === 'number') return;
  await lane.send(LETTER, async () => true);
  lane.done(admission);
}

describe.each(Object.keys(SUBJECTS))('%s', (name) => {
  test(`keeps to its contract through ${TIMES} interleavings`, async () => {
    for (let seed = 1; seed <= TIMES; seed++) {
      const clock = makeFakeClock();
      const subject = await SUBJECTS[name]!(clock);
      await interleave(subject, clock, seed, FAKE).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
    }
  }, 300_000);
});
