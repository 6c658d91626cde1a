import { type DueSlice, nextSlice } from '../../core/lanes/next-slice.ts';
import { makeRoundRobin, type RoundRobin } from '../../core/lanes/round-robin.ts';
import { type RoutingRule, resolveLane } from '../../core/lanes/routing.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { LaneOwnership, WantedLane } from '../lanes/ownership.ts';
import type { Clock, Log } from '../ports.ts';
import type { MxDirectory } from '../providers/directory.ts';
import type { CampaignRuns, Run } from './campaign-runs.ts';
import type { Jobs, SliceJob, Slices } from './ports.ts';

/** Keeps a few slices per lane of ours asked for, from each campaign in turn, so that none stands in another's way. */

export type Dispatch = {
  requestDue(): Promise<void>;
  /** The job of a slice began or ended. */
  began(job: SliceJob): void;
  ended(job: SliceJob, worked: boolean): void;
  inHand(campaignId: string): number;
  /** Counts who waits for which lane, tells the lanes of ours, and answers which lanes are wanted, and by which campaigns. */
  countWaiting(): Promise<readonly (Pick<WantedLane, 'lane' | 'route'> & { readonly campaigns: readonly string[] })[]>;
};

type Deps = {
  readonly campaignRuns: Pick<CampaignRuns, 'runs'>;
  readonly slices: Pick<Slices, 'domains' | 'due' | 'waiting'>;
  readonly lanes: Pick<Lanes, 'all'>;
  readonly ownership: Pick<LaneOwnership, 'isOurs'>;
  readonly mx: Pick<MxDirectory, 'providerOf' | 'version' | 'recall'>;
  readonly jobs: Pick<Jobs, 'requestSlice'>;
  readonly routing: () => readonly RoutingRule[];
  readonly clock: Clock;
  readonly log: Log;
  readonly block: (campaignId: string, because: string) => Promise<void>;
};

/** Slices of a lane in work at once: for one campaign alone (the next is warm when the former ends), for each of several, in all. */
const ALONE = 3;
const EACH = 2;
const PER_LANE = 12;
/** Recipients a campaign may be ahead by when more campaigns than that wait for the lane. */
const QUANTUM = 500;
/** A job asked for that has not begun by then is asked for again. */
const PATIENCE_MS = 20_000;
const COOL_MS = 3_000;
/** What DNS told since is taken in no more often than this. */
const DIRECTORY_MS = 10_000;

type Asked = {
  readonly job: SliceJob;
  readonly lanes: readonly string[];
  readonly hasFresh: boolean;
  readonly until: number;
};
type Candidate = DueSlice & { readonly lanes: readonly string[] };
type Candidates = Map<string, Candidate[]>;

const keyOf = ({ campaignId, slice }: SliceJob) => `${campaignId}:${slice}`;

export function makeDispatch({
  campaignRuns,
  slices,
  lanes,
  ownership,
  mx,
  jobs,
  routing,
  clock,
  log,
  block,
}: Deps): Dispatch {
  const directories = new Map<string, SliceDirectory>();
  const asked = new Map<string, Asked>();
  const turns = new Map<string, RoundRobin>();
  /** Recipients that wait in a slice, as last counted. */
  let waiting: ReadonlyMap<string, number> = new Map();

  async function directoryOf(run: Run): Promise<SliceDirectory> {
    const known = directories.get(run.id);
    const rules = routing();
    const now = clock.now();
    const isFresh = known && (known.mxVersion === mx.version() || now - known.at < DIRECTORY_MS);
    if (isFresh && known.sliceCount === run.sliceCount && known.rules === rules) return known;
    const directory = await readDirectory(slices, run, rules, mx, now);
    directories.set(run.id, directory);
    return directory;
  }

  /** Slices that could be asked for, by lane and campaign. */
  async function findDue(): Promise<Map<string, Candidates>> {
    const byLane = new Map<string, Candidates>();
    const stopped = new Set(lanes.all().flatMap((lane) => (lane.isStopped() ? [lane.id] : [])));
    for (const run of campaignRuns.runs().filter((each) => each.mayStart(clock.now()))) {
      const directory = await directoryOf(run);
      if (directory.unrouted !== null) {
        await block(run.id, `routing.missing: no rule routes ${directory.unrouted}.`);
        continue;
      }
      for (const { slice, dueAt, hasFresh } of await slices.due(run.id, clock.now())) {
        if (asked.has(keyOf({ campaignId: run.id, slice }))) continue;
        const ids = directory.lanesOf(slice).map(({ lane }) => lane);
        for (const id of ids.filter((lane) => ownership.isOurs(lane) && !stopped.has(lane))) {
          const campaigns = byLane.get(id) ?? (new Map() as Candidates);
          byLane.set(id, campaigns);
          const candidate = { slice, dueAt, hasFresh, lanes: ids };
          const list = campaigns.get(run.id);
          if (list) list.push(candidate);
          else campaigns.set(run.id, [candidate]);
        }
      }
    }
    return byLane;
  }

  const workOf = (lane: string) => [...asked.values()].filter(({ lanes: ids }) => ids.includes(lane));
  const inWork = (lane: string, campaignId?: string) =>
    workOf(lane).filter(({ job }) => campaignId === undefined || job.campaignId === campaignId).length;
  const retriesInWork = (lane: string, campaignId: string) =>
    workOf(lane).filter(({ job, hasFresh }) => job.campaignId === campaignId && !hasFresh).length;

  async function askFor(lane: string, campaigns: Candidates): Promise<void> {
    const round = turns.get(lane) ?? makeRoundRobin(QUANTUM);
    turns.set(lane, round);
    // A slice of several lanes may have been asked for by the one before.
    for (const id of [...campaigns.keys()])
      leaveOut(campaigns, id, ({ slice }) => asked.has(keyOf({ campaignId: id, slice })));
    for (;;) {
      const others = inWork(lane) > [...campaigns.keys()].reduce((sum, id) => sum + inWork(lane, id), 0);
      const each = campaigns.size > 1 || others ? EACH : ALONE;
      const open = [...campaigns].filter(([id]) => inWork(lane, id) < each);
      if (open.length === 0 || inWork(lane) >= PER_LANE) return;
      const cost = (id: string, slice: number) => waiting.get(keyOf({ campaignId: id, slice })) ?? 1;
      const heads = new Map(open.map(([id, list]) => [id, nextSlice(list, retriesInWork(lane, id), each)!]));
      const costs = new Map([...heads].map(([id, { slice }]) => [id, cost(id, slice)]));
      const campaignId = round.next(costs)!;
      const { slice, hasFresh, lanes: ids } = heads.get(campaignId)!;
      const job = { campaignId, slice };
      asked.set(keyOf(job), { job, lanes: ids, hasFresh, until: clock.now() + PATIENCE_MS });
      leaveOut(campaigns, campaignId, (each) => each.slice === slice);
      await jobs.requestSlice(job);
    }
  }

  return {
    async requestDue() {
      const now = clock.now();
      for (const [key, { until }] of asked) if (until <= now) asked.delete(key);
      for (const id of directories.keys())
        if (!campaignRuns.runs().some((run) => run.id === id)) directories.delete(id);
      const due = await findDue();
      for (const lane of turns.keys()) if (!due.has(lane)) turns.delete(lane);
      for (const [lane, campaigns] of due) {
        await askFor(lane, campaigns).catch((error: unknown) =>
          log.warn('slices not asked for', { lane, reason: String(error) }),
        );
      }
    },
    began(job) {
      const known = asked.get(keyOf(job));
      const ids = known?.lanes ?? (directories.get(job.campaignId)?.lanesOf(job.slice) ?? []).map(({ lane }) => lane);
      const hasFresh = known?.hasFresh ?? true;
      asked.set(keyOf(job), { job, lanes: ids, hasFresh, until: Number.POSITIVE_INFINITY });
    },
    ended(job, worked) {
      // Not ours to work on (another worker has the slice or the lane): ask again later, not at once.
      if (worked) asked.delete(keyOf(job));
      else asked.set(keyOf(job), { job, lanes: [], hasFresh: true, until: clock.now() + COOL_MS });
    },
    async countWaiting() {
      const bySlice = new Map<string, number>();
      const byLane = new Map<string, { readonly route: string; readonly campaigns: Map<string, number> }>();
      for (const run of campaignRuns.runs()) {
        const directory = await directoryOf(run);
        for (const { slice, waiting: count } of await slices.waiting(run.id)) {
          bySlice.set(keyOf({ campaignId: run.id, slice }), count);
          // A slice that holds several lanes is rare; its people count for the first.
          for (const [place, { lane, route }] of directory.lanesOf(slice).entries()) {
            const found = byLane.get(lane) ?? { route, campaigns: new Map<string, number>() };
            byLane.set(lane, found);
            found.campaigns.set(run.id, (found.campaigns.get(run.id) ?? 0) + (place === 0 ? count : 0));
          }
        }
      }
      waiting = bySlice;
      for (const lane of lanes.all()) lane.setWaiting(byLane.get(lane.id)?.campaigns ?? new Map());
      return [...byLane].map(([lane, { route, campaigns }]) => ({ lane, route, campaigns: [...campaigns.keys()] }));
    },
    inHand: (campaignId) => [...asked.values()].filter(({ job }) => job.campaignId === campaignId).length,
  };
}

function leaveOut(campaigns: Candidates, id: string, isOut: (candidate: Candidate) => boolean): void {
  const left = campaigns.get(id)!.filter((candidate) => !isOut(candidate));
  if (left.length > 0) campaigns.set(id, left);
  else campaigns.delete(id);
}

type SliceLane = { readonly lane: string; readonly route: string };

/** Which lanes the slices of a campaign use. Domains are looked at once and not kept: a long list has very many. */
type SliceDirectory = {
  readonly sliceCount: number;
  readonly rules: readonly RoutingRule[];
  /** When and of which MX knowledge it was made. */
  readonly at: number;
  readonly mxVersion: number;
  lanesOf(slice: number): readonly SliceLane[];
  /** A domain that no rule routes, if there is one. */
  readonly unrouted: string | null;
};

async function readDirectory(
  slices: Pick<Slices, 'domains'>,
  run: { readonly id: string; readonly sliceCount: number },
  rules: readonly RoutingRule[],
  mx: Pick<MxDirectory, 'providerOf' | 'version' | 'recall'>,
  now: number,
): Promise<SliceDirectory> {
  const { id, sliceCount } = run;
  const mxVersion = mx.version();
  const lanes = new Map<number, readonly SliceLane[]>();
  // Most slices have the same few lanes, so each set of them is kept once.
  const sets = new Map<string, readonly SliceLane[]>();
  let unrouted: string | null = null;
  for await (const { slice, domains } of slices.domains(id, sliceCount)) {
    // What DNS said before a restart still tells whose lane it is.
    await mx.recall(domains);
    const found = new Map<string, SliceLane>();
    for (const domain of domains) {
      const resolved = resolveLane(domain, rules, mx.providerOf);
      if (resolved) found.set(resolved.lane, resolved);
      else unrouted = domain;
    }
    const key = [...found.keys()].sort().join(' ');
    if (!sets.has(key))
      sets.set(
        key,
        [...found.values()].map(({ lane, route }) => ({ lane, route })),
      );
    lanes.set(slice, sets.get(key)!);
  }
  return { sliceCount, rules, at: now, mxVersion, unrouted, lanesOf: (slice) => lanes.get(slice) ?? [] };
}
