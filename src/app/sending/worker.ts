import type { Zones } from '../../core/campaigns/window.ts';
import type { Route, RoutingRule } from '../../core/lanes/routing.ts';
import type { RatePolicy } from '../../core/rate/rate.ts';
import type { RetryPolicy } from '../../core/recipients/retry.ts';
import type { CampaignStore, LetterPress } from '../campaigns/ports.ts';
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
import type { Clock, Log, NewId, Random, SuppressionStore } from '../ports.ts';
import type { MxDirectory } from '../providers/directory.ts';
import type { ProviderStore } from '../providers/ports.ts';
import type { ReplyStores } from '../replies/ports.ts';
import { makeReplyLog } from '../replies/reply-log.ts';
import { makeBlockOnRefusals } from './block-on-refusals.ts';
import { makeCampaignRuns } from './campaign-runs.ts';
import { makeSliceWorker, SLICE_LEASE_MS } from './deliver-slice.ts';
import { makeDispatch } from './dispatch.ts';
import { makeLedgerWriter } from './ledger-writer.ts';
import { makeLoops } from './loops.ts';
import type { CampaignWatch, Jobs, Ledger, SliceJob, Slices } from './ports.ts';
import { makeRescue } from './rescue.ts';
import { makeSender } from './send-letter.ts';

/** The sending half, put together from its parts; it runs until it is stopped. */

export type WorkerDeps = ReplyStores & {
  readonly campaigns: Pick<CampaignStore, 'get' | 'update'>;
  readonly watch: CampaignWatch;
  readonly slices: Slices;
  readonly ledger: Ledger;
  readonly laneStore: LaneStore;
  readonly laneHistory: LaneHistory;
  readonly providers: ProviderStore;
  readonly workerRegistry: WorkerRegistry;
  readonly routeShares: RouteShares;
  readonly mx: MxDirectory;
  readonly routes: RouteStore;
  readonly suppressions: SuppressionStore;
  readonly press: LetterPress;
  readonly mailer: Mailer;
  readonly makeDispenser: MakeDispenser;
  readonly jobs: Jobs & {
    start(handlers: {
      slice: (job: SliceJob) => Promise<void>;
      opening: (campaignId: string) => Promise<void>;
    }): Promise<void>;
    forgetOthers(alive: readonly string[]): Promise<void>;
    drain(timeoutMs: number): Promise<void>;
  };
  readonly rescueImports: () => Promise<unknown>;
  readonly zones: Zones;
  readonly policy: RatePolicy;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Log;
  readonly workerName: string;
  readonly attemptMs: number;
};

export type Worker = {
  start(): Promise<void>;
  /** Takes nothing new, lets letters under way finish until the deadline, writes their outcomes. */
  stop(graceMs: number): Promise<void>;
};

/** What the last outcomes get at a stop, besides the grace of the letters. */
const LAST_TURNS = 50;
const LAST_TURN_MS = 20;

export function makeWorker(deps: WorkerDeps): Worker {
  const { clock, log, slices, jobs, routes, newId, mx } = deps;
  let routing: readonly RoutingRule[] = [];
  let known: ReadonlyMap<string, Route> = new Map();
  let surveyed = '';
  const inHand = (id: string): number => dispatch.inHand(id);
  const campaignRuns = makeCampaignRuns({ ...deps, inHand });
  const writer = makeLedgerWriter(deps);
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
  const { alarm, calm } = makeBlockOnRefusals((id, because) =>
    campaignRuns.block(id, because).catch(complain('campaign not blocked')),
  );
  const replyLog = makeReplyLog(deps);
  const sender = makeSender({ ...deps, writer, replyLog, alarm, calm });
  const dispatch = makeDispatch({
    ...deps,
    campaignRuns,
    lanes,
    ownership,
    routing: () => routing,
    block: campaignRuns.block,
  });
  const sliceWorker = makeSliceWorker({
    campaignRuns,
    lanes,
    slices,
    ledger: deps.ledger,
    sender,
    routing: () => routing,
    mx: { ...mx, ready: async (domains, ms) => (usesMx() ? mx.ready(domains, ms) : undefined) },
    clock,
    newId,
    log,
  });
  const rescue = makeRescue(deps);

  /** Behind relays alone it makes no difference who runs a domain's mailboxes, so nobody is asked. */
  const usesMx = () => routing.some((rule) => 'provider' in rule || known.get(rule.route)?.target.kind === 'direct');

  function complain(what: string) {
    return (error: unknown) => log.warn(what, { reason: String(error) });
  }

  async function look(): Promise<void> {
    const rules = await routes.routing();
    // The same object while nothing changed, so that nobody works it out again.
    if (JSON.stringify(rules) !== JSON.stringify(routing)) routing = rules;
    await campaignRuns.advance();
    // Campaigns that have just begun need not wait for the next survey.
    const running = campaignRuns.runs().map((run) => run.id);
    if (running.join(' ') !== surveyed) await survey();
    surveyed = running.join(' ');
    await dispatch.requestDue();
  }

  /** Who waits for what, and who of us should serve it. */
  async function survey(): Promise<void> {
    const wanted = await dispatch.countWaiting();
    await ownership.reassign(
      wanted.map((each) => ({ ...each, routeSessions: known.get(each.route)?.connections ?? null })),
    );
  }

  async function reload(): Promise<void> {
    known = new Map((await routes.all()).map((route) => [route.name, route]));
    await lanes.reload();
  }

  async function heartbeat(): Promise<void> {
    const leases = sliceWorker.leases();
    for (const lost of await slices.renew(leases, SLICE_LEASE_MS)) sliceWorker.lose(lost);
  }

  /** Progress of slices in work, so that what the API shows is a second old at most. */
  async function refreshInHand(): Promise<void> {
    for (const lease of sliceWorker.leases()) await slices.refresh(lease);
    await survey();
  }

  async function handleSlice(job: SliceJob): Promise<void> {
    dispatch.began(job);
    let worked = false;
    try {
      worked = await sliceWorker.deliver(job);
    } finally {
      dispatch.ended(job, worked);
      rounds.soon('look');
    }
  }

  const rounds = makeLoops(
    {
      look: { everyMs: 500, run: look },
      loops: { everyMs: 250, run: async () => lanes.advance() },
      lanes: { everyMs: 1_000, run: () => lanes.save() },
      counts: { everyMs: 1_000, run: refreshInHand },
      heartbeat: { everyMs: 4_000, run: heartbeat },
      heard: { everyMs: 1_000, run: () => replyLog.flush() },
      taught: { everyMs: 2_000, run: () => replyLog.readRules() },
      routes: { everyMs: 2_000, run: reload },
      jobs: { everyMs: 60_000, run: () => jobs.forgetOthers(ownership.alive()) },
      rescue: { everyMs: 2_000, run: async () => void (await rescue()) },
      imports: { everyMs: 10_000, run: async () => void (await deps.rescueImports()) },
    },
    log,
  );

  return {
    async start() {
      await reload().catch(complain('routes not read'));
      rounds.start();
      await jobs.start({ slice: handleSlice, opening: async () => rounds.soon('look') });
      log.info('worker started', { worker: deps.workerName });
    },
    async stop(graceMs) {
      const until = clock.now() + graceMs;
      const left = () => Math.max(0, until - clock.now());
      rounds.stop('look');
      sliceWorker.stopAll();
      campaignRuns.stopAll();
      await jobs.drain(left());
      await lanes.close(left());
      // Letters that were cut just now have outcomes too.
      for (let turn = 0; turn < LAST_TURNS && writer.unsettled() > 0; turn++) await deps.sleep(LAST_TURN_MS);
      writer.giveUp();
      await rounds.stopAll();
      await replyLog.flush().catch(complain('replies not counted'));
      await ownership.release().catch(complain('ownership not left'));
      log.info('worker stopped', { worker: deps.workerName, unsettled: writer.unsettled() });
    },
  };
}
