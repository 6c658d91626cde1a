import type { RoutingRule } from '../core/routing.ts';
import type { Foreman, Run } from './foreman.ts';
import type { Lanes } from './lanes.ts';
import type { Clock, Jobs, Log, SliceJob } from './ports.ts';
import type { Slices } from './sending-ports.ts';
import { readDirectory, type SliceDirectory } from './slice-directory.ts';

/** Keeps a few slices per lane asked for, so that a slow lane never stands in another's way. */

export type Dispatch = {
  tick(): Promise<void>;
  /** The job of a slice began or ended. */
  began(job: SliceJob): void;
  ended(job: SliceJob, worked: boolean): void;
  inHand(campaignId: string): number;
  /** Tells the lanes how many recipients wait for them. */
  countWaiting(): Promise<void>;
};

type Deps = {
  readonly foreman: Pick<Foreman, 'runs'>;
  readonly slices: Slices;
  readonly lanes: Pick<Lanes, 'all'>;
  readonly jobs: Jobs;
  readonly routing: () => readonly RoutingRule[];
  readonly clock: Clock;
  readonly log: Log;
  readonly block: (campaignId: string, because: string) => Promise<void>;
};

/** Slices of a lane in work at once: the next one is warm when the former ends. */
const PER_LANE = 3;
/** A job asked for that has not begun by then is asked for again. */
const PATIENCE_MS = 20_000;
const COOL_MS = 3_000;

type Asked = { readonly job: SliceJob; readonly lanes: readonly string[]; readonly until: number };

const keyOf = ({ campaignId, slice }: SliceJob) => `${campaignId}:${slice}`;

export function makeDispatch({ foreman, slices, lanes, jobs, routing, clock, log, block }: Deps): Dispatch {
  const directories = new Map<string, SliceDirectory>();
  const asked = new Map<string, Asked>();
  let turn = 0;

  async function directoryOf(run: Run): Promise<SliceDirectory> {
    const known = directories.get(run.id);
    const rules = routing();
    if (known?.sliceCount === run.sliceCount && known.rules === rules) return known;
    const directory = await readDirectory(slices, run.id, run.sliceCount, rules);
    directories.set(run.id, directory);
    return directory;
  }

  async function askFor(run: Run, load: Map<string, number>, stopped: ReadonlySet<string>): Promise<void> {
    const directory = await directoryOf(run);
    if (directory.unrouted !== null) {
      await block(run.id, `routing.missing: no rule routes ${directory.unrouted}.`);
      return;
    }
    for (const slice of await slices.due(run.id, clock.now())) {
      const job = { campaignId: run.id, slice };
      const ids = directory.lanesOf(slice);
      if (ids.length === 0 || asked.has(keyOf(job))) continue;
      const isWanted = ids.some((id) => !stopped.has(id) && (load.get(id) ?? 0) < PER_LANE);
      if (!isWanted) continue;
      for (const id of ids) load.set(id, (load.get(id) ?? 0) + 1);
      asked.set(keyOf(job), { job, lanes: ids, until: clock.now() + PATIENCE_MS });
      await jobs.requestSlice(job);
    }
  }

  return {
    async tick() {
      const now = clock.now();
      for (const [key, { until }] of asked) if (until <= now) asked.delete(key);
      const runs = foreman.runs().filter((run) => run.mayStart(now));
      for (const id of directories.keys()) if (!foreman.runs().some((run) => run.id === id)) directories.delete(id);
      const load = new Map<string, number>();
      for (const { lanes: ids } of asked.values()) for (const id of ids) load.set(id, (load.get(id) ?? 0) + 1);
      const stopped = new Set(
        lanes
          .all()
          .filter((lane) => lane.isStopped())
          .map((lane) => lane.id),
      );
      // Another campaign comes first each time, so that one long list does not keep the others out.
      turn += 1;
      const order = runs.map((_, index) => runs[(index + turn) % runs.length]!);
      for (const run of order) {
        await askFor(run, load, stopped).catch((error: unknown) =>
          log.warn('slices not asked for', { campaign: run.id, reason: String(error) }),
        );
      }
    },
    began(job) {
      const known = asked.get(keyOf(job));
      const ids = known?.lanes ?? directories.get(job.campaignId)?.lanesOf(job.slice) ?? [];
      asked.set(keyOf(job), { job, lanes: ids, until: Number.POSITIVE_INFINITY });
    },
    ended(job, worked) {
      // Not ours to work on (another worker has the slice or the lane): ask again later, not at once.
      if (worked) asked.delete(keyOf(job));
      else asked.set(keyOf(job), { job, lanes: [], until: clock.now() + COOL_MS });
    },
    async countWaiting() {
      const sums = new Map<string, number>();
      for (const run of foreman.runs()) {
        const directory = await directoryOf(run);
        for (const { slice, waiting } of await slices.waiting(run.id)) {
          // A slice that holds several lanes is rare and counts for its first.
          const [id] = directory.lanesOf(slice);
          if (id) sums.set(id, (sums.get(id) ?? 0) + waiting);
        }
      }
      for (const lane of lanes.all()) lane.setWaiting(sums.get(lane.id) ?? 0);
    },
    inHand: (campaignId) => [...asked.values()].filter(({ job }) => job.campaignId === campaignId).length,
  };
}
