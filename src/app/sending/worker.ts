import type { Route, RoutingRule } from '../../core/lanes/routing.ts';
import { type LifeCycle, makeLifeCycle, orUntil, stopUntil, type Timers } from '../../core/life-cycle.ts';
import type { RatePolicy } from '../../core/rate/rate.ts';
import { triedTooLongAgo } from '../../core/recipients/give-up.ts';
import type { RetryPolicy } from '../../core/recipients/retry.ts';
import { makeLanes } from '../lanes/lanes.ts';
import { makeLaneOwnership } from '../lanes/ownership.ts';
import type {
  LaneHistory,
  LaneStore,
  Mailer,
  MakeDispenser,
  RouteShares,
  RouteStore,
  WorkerRegistry,
} from '../lanes/ports.ts';
import type { Log, NewId, Random, SuppressionStore } from '../ports.ts';
import type { MxDirectory } from '../providers/directory.ts';
import type { ProviderStore } from '../providers/ports.ts';
import type { ReplyStores } from '../replies/ports.ts';
import { makeReplyLog } from '../replies/reply-log.ts';
import { makeBlockOnStandstill } from './block-on-standstill.ts';
import { type CampaignRunsDeps, makeCampaignRuns } from './campaign-runs.ts';
import { makeSliceWorker, SLICE_LEASE_MS } from './deliver-slice.ts';
import { makeDispatch } from './dispatch.ts';
import { makeLedgerWriter } from './ledger-writer.ts';
import { makeLoops } from './loops.ts';
import type { JobRunner, Ledger, SliceJob, Slices } from './ports.ts';
import { makeRescue } from './rescue.ts';
import { makeSender } from './send-letter.ts';

/** The sending half, put together from its parts; README.md beside this file says what runs when, and who owns what. */

export type WorkerDeps = ReplyStores &
  Pick<CampaignRunsDeps, 'campaigns' | 'watch' | 'press' | 'zones' | 'isTimeKnown'> & {
    readonly slices: Slices;
    readonly ledger: Ledger;
    readonly laneStore: LaneStore;
    readonly laneHistory: Pick<LaneHistory, 'add'>;
    readonly providers: Pick<ProviderStore, 'all'>;
    readonly workerRegistry: WorkerRegistry;
    readonly routeShares: RouteShares;
    readonly mx: MxDirectory;
    readonly routes: Pick<RouteStore, 'get' | 'all' | 'routing' | 'revision'>;
    readonly suppressions: Pick<SuppressionStore, 'suppressed' | 'add'>;
    readonly mailer: Mailer;
    readonly makeDispenser: MakeDispenser;
    readonly jobs: JobRunner;
    readonly rescueImports: () => Promise<unknown>;
    readonly removeLeftovers: () => Promise<void>;
    readonly policy: RatePolicy;
    readonly retry: RetryPolicy;
    readonly clock: Timers;
    readonly random: Random;
    readonly newId: NewId;
    readonly log: Log;
    readonly workerName: string;
    readonly attemptMs: number;
  };

/** Of the grace of a stop, what is kept for the outcomes of letters that were cut, ms. */
const LAST_MS = 1_000;
/** Slices in which one turn lets recipients give up; the next goes on. */
const EXPIRY_SLICES = 50;

/** A stop takes nothing new, lets letters under way finish, cuts what is left a second before its end, and writes all outcomes. */
export function makeWorker(deps: WorkerDeps): LifeCycle {
  const { clock, log, slices, jobs, routes, mx } = deps;
  let routing: readonly RoutingRule[] = [];
  let known: ReadonlyMap<string, Route> = new Map();
  let counted = '';
  let revision = -1;
  const inHand = (id: string): number => dispatch.inHand(id);
  const campaignRuns = makeCampaignRuns({ ...deps, inHand, readConfiguration, tryLanes: () => lanes.tryNow() });
  const writer = makeLedgerWriter({ ...deps, isConfigurationCurrent });
  const ownership = makeLaneOwnership(deps.workerRegistry, deps.workerName);
  const lanes = makeLanes({
    ...deps,
    store: deps.laneStore,
    shares: deps.routeShares,
    history: deps.laneHistory,
    ownership,
    siteOf: (domain) => mx.siteOf(domain) ?? domain,
    owner: deps.workerName,
  });
  const blockStuck = makeBlockOnStandstill({ ...deps, lanes, block: campaignRuns.block });
  const replyLog = makeReplyLog(deps);
  const sender = makeSender({
    ...deps,
    writer,
    replyLog,
    isConfigurationCurrent,
    block: campaignRuns.block,
  });
  const dispatch = makeDispatch({
    ...deps,
    campaignRuns,
    lanes,
    ownership,
    routing: () => routing,
    block: campaignRuns.block,
  });
  const sliceWorker = makeSliceWorker({
    ...deps,
    campaignRuns,
    lanes,
    sender,
    routing: () => routing,
    mx: { ...mx, ready: async (domains, ms) => (usesMx() ? mx.ready(domains, ms) : undefined) },
  });
  const rescue = makeRescue(deps);

  /** Behind relays alone it makes no difference who runs a domain's mailboxes, so nobody is asked. */
  const usesMx = () => routing.some((rule) => 'provider' in rule || known.get(rule.route)?.target.kind === 'direct');

  function complain(what: string) {
    return (error: unknown) => log.warn(what, { reason: String(error) });
  }

  async function advanceCampaigns(): Promise<void> {
    if (await isOutdated()) await readConfiguration();
    await campaignRuns.advance();
    // Campaigns that have just begun need not wait for the next count.
    const running = campaignRuns.runs().map((run) => run.id);
    if (running.join(' ') !== counted) await reassignLanes();
    counted = running.join(' ');
    await dispatch.requestDue();
  }

  /** Who waits for what, and who of us should serve it. */
  async function reassignLanes(): Promise<void> {
    const wanted = await dispatch.countWaiting();
    await ownership.reassign(
      wanted.map((each) => ({ ...each, routeSessions: known.get(each.route)?.connections ?? null })),
    );
    const waiting = new Map<string, string[]>();
    for (const { lane, campaigns } of wanted)
      for (const id of campaigns) waiting.set(id, [...(waiting.get(id) ?? []), lane]);
    await blockStuck(waiting);
  }

  async function readConfiguration(): Promise<void> {
    // Read first: what changes while we read the rest is then read again.
    const now = await routes.revision();
    const rules = await routes.routing();
    // The same object while nothing changed, so that nobody works it out again.
    if (JSON.stringify(rules) !== JSON.stringify(routing)) routing = rules;
    known = new Map((await routes.all()).map((route) => [route.name, route]));
    await lanes.reload();
    // Orders are read as leases are renewed; new ones hold at once.
    if (now !== revision) await lanes.save();
    revision = Math.max(revision, now);
  }

  const isOutdated = async () => (await routes.revision()) !== revision;

  async function isConfigurationCurrent(): Promise<boolean> {
    if (!(await isOutdated())) return true;
    upkeep.soon('configuration');
    return false;
  }

  async function renewSlices(): Promise<void> {
    const leases = sliceWorker.leases();
    for (const lost of await slices.renew(leases, SLICE_LEASE_MS)) sliceWorker.lose(lost);
  }

  /** Progress of slices in work, so that what the API shows is a second old at most. */
  async function countSlices(): Promise<void> {
    for (const lease of sliceWorker.leases()) await slices.refresh(lease);
    await reassignLanes();
  }

  /** Whoever was tried long enough ends, also where the lane has stopped and nobody asks for the slice. */
  async function expireTried(): Promise<void> {
    if (!deps.isTimeKnown()) return;
    for (const run of campaignRuns.runs()) {
      const expired = await slices.expireTried(run.id, triedTooLongAgo(clock.now(), run), EXPIRY_SLICES);
      if (expired > 0) log.warn('recipients given up', { campaign: run.id, expired });
    }
  }

  async function handleSlice(job: SliceJob): Promise<void> {
    dispatch.began(job);
    let worked = false;
    try {
      worked = await sliceWorker.deliver(job);
    } finally {
      dispatch.ended(job, worked);
      demand.soon('campaigns');
    }
  }

  /** What asks for more work; it stops first. */
  const demand = makeLoops({ campaigns: { everyMs: 500, run: advanceCampaigns } }, clock, log);
  /** What keeps the work in hand going; it stops last. */
  const upkeep = makeLoops(
    {
      rates: { everyMs: 250, run: async () => lanes.advance() },
      lanes: { everyMs: 1_000, run: () => lanes.save() },
      counts: { everyMs: 1_000, run: countSlices },
      slices: { everyMs: 4_000, run: renewSlices },
      replies: { everyMs: 1_000, run: () => replyLog.flush() },
      rules: { everyMs: 2_000, run: () => replyLog.readRules() },
      configuration: { everyMs: 2_000, run: readConfiguration },
      jobs: { everyMs: 60_000, run: () => jobs.forgetOthers(ownership.alive()) },
      rescue: { everyMs: 2_000, run: async () => void (await rescue()) },
      expiry: { everyMs: 60_000, run: expireTried },
      imports: { everyMs: 10_000, run: async () => void (await deps.rescueImports()) },
      leftovers: { everyMs: 2_000, run: deps.removeLeftovers },
    },
    clock,
    log,
  );
  jobs.handle({ slice: handleSlice, opening: async () => demand.soon('campaigns') });
  /** In the order in which each needs the ones before it. */
  const parts: readonly LifeCycle[] = [mx, writer, lanes, campaignRuns, sliceWorker];

  return makeLifeCycle(clock, {
    async begin(over) {
      for (const part of parts) await part.start();
      await orUntil(over, readConfiguration()).catch(complain('configuration not read'));
      await jobs.start();
      await upkeep.start();
      await demand.start();
      log.info('worker started', { worker: deps.workerName });
    },
    async end(over, left) {
      // Letters are cut a little earlier, so that what became of them can still be written.
      const lettersOver = new AbortController();
      const cancel = clock.after(Math.max(0, left() - LAST_MS), () => lettersOver.abort());
      const letters = AbortSignal.any([over, lettersOver.signal]);
      const asking = stopUntil(over, demand);
      const delivering = stopUntil(over, sliceWorker);
      await campaignRuns.stop(0);
      await stopUntil(letters, jobs);
      await stopUntil(letters, lanes);
      cancel();
      await delivering;
      await stopUntil(over, writer);
      await Promise.all([asking, stopUntil(over, upkeep), stopUntil(over, mx)]);
      await orUntil(over, replyLog.flush()).catch(complain('replies not counted'));
      await orUntil(over, ownership.release()).catch(complain('worker not released'));
      log.info('worker stopped', { worker: deps.workerName, unsettled: writer.unsettled() });
    },
  });
}
