import type { RoutingRule } from '../../core/lanes/routing.ts';
import { resolveLane } from '../../core/lanes/routing.ts';
import { type LifeCycle, makeLifeCycle, onAbort, orUntil, type Timers } from '../../core/life-cycle.ts';
import { type Patience, triedTooLongAgo } from '../../core/recipients/give-up.ts';
import type { LaneSender } from '../lanes/lane.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { Log, NewId } from '../ports.ts';
import type { MxDirectory } from '../providers/directory.ts';
import type { CampaignRuns, Run } from './campaign-runs.ts';
import type { Claimed, Ledger, SliceJob, SliceLease, Slices } from './ports.ts';
import type { Sender } from './send-letter.ts';

/** The job: works on one slice for a bounded time. Running it twice is harmless, losing it costs a rescue. */

/** A stop begins no letter any more, and waits for those under way and for their outcomes. */
export type SliceWorker = LifeCycle & {
  /** Answers whether there was anything to work on. */
  deliver(job: SliceJob): Promise<boolean>;
  /** Leases in hand, for the heartbeat. */
  leases(): readonly SliceLease[];
  /** What the heartbeat found taken by somebody else. */
  lose(lease: SliceLease): void;
};

type Deps = {
  readonly campaignRuns: Pick<CampaignRuns, 'run'>;
  readonly lanes: Pick<Lanes, 'get'>;
  readonly slices: Pick<Slices, 'lease' | 'domainsOf' | 'refresh' | 'release'>;
  readonly ledger: Pick<Ledger, 'claim'>;
  readonly sender: Sender;
  readonly routing: () => readonly RoutingRule[];
  /** Who runs a domain's mailboxes; `ready` asks DNS for what is not known yet. */
  readonly mx: Pick<MxDirectory, 'ready' | 'providerOf'>;
  readonly clock: Timers;
  readonly newId: NewId;
  readonly log: Log;
};

export const SLICE_LEASE_MS = 20_000;
const BOX_MS = 30_000;
/** What is not known by then goes to the lane of unknown providers. */
const DNS_MS = 3_000;
/** Rows claimed ahead: what the lane sends in about this long. */
const AHEAD_SECONDS = 3;
const LARGEST_CLAIM = 200;
/** One that is tried again, and one that is new. */
const SMALLEST_CLAIM = 2;

/** `unwritten`: outcomes on their way to the database; the slice is not done before they are there. */
type Work = { readonly lease: SliceLease; readonly lost: AbortController; readonly unwritten: Set<Promise<void>> };

export function makeSliceWorker(deps: Deps): SliceWorker {
  const { campaignRuns, lanes, slices, ledger, sender, clock, newId, log } = deps;
  const works = new Map<string, Work>();
  const underWay = new Set<Promise<boolean>>();
  let isUp = false;

  async function work(job: SliceJob): Promise<boolean> {
    const run = campaignRuns.run(job.campaignId);
    if (!isUp || !run?.mayStart(clock.now())) return false;
    const lease = await slices.lease(job, newId(), SLICE_LEASE_MS);
    if (!lease) return false;
    const work: Work = { lease, lost: new AbortController(), unwritten: new Set() };
    if (!isUp) work.lost.abort();
    works.set(lease.by, work);
    try {
      const parts = await byLane(job);
      const worked = await Promise.all(parts.map((part) => workOn(run, work, part)));
      return worked.includes(true);
    } finally {
      await finish(work);
    }
  }

  type Part = { readonly route: string; readonly provider: string; readonly domains: readonly string[] | null };

  /** Nearly always one lane; a slice of many small domains may hold some with a route of their own. */
  async function byLane(job: SliceJob): Promise<Part[]> {
    const parts = new Map<string, { route: string; provider: string; domains: string[] }>();
    const domains = await slices.domainsOf(job);
    await deps.mx.ready(domains, DNS_MS);
    for (const domain of domains) {
      const found = resolveLane(domain, deps.routing(), deps.mx.providerOf);
      if (!found) continue;
      const part = parts.get(found.lane) ?? { route: found.route, provider: found.provider, domains: [] };
      part.domains.push(domain);
      parts.set(found.lane, part);
    }
    const all = [...parts.values()];
    // Only where every domain has the same lane is the slice one part; whoever has no route waits.
    return all.length === 1 && all[0]!.domains.length === domains.length ? [{ ...all[0]!, domains: null }] : all;
  }

  async function workOn(run: Run, work: Work, { route, provider, domains }: Part): Promise<boolean> {
    const lane = await lanes.get(route, provider);
    if (!lane) return false;
    const { lease, lost } = work;
    const box = new AbortController();
    const closeBox = clock.after(BOX_MS, () => box.abort());
    onAbort(lost.signal, closeBox);
    const stop = AbortSignal.any([run.stop.signal, lost.signal, box.signal]);
    const rows = makeRows(
      ledger,
      { campaignId: lease.campaignId, slice: lease.slice, domains },
      { by: `${lease.by}.${provider}`, run, now: () => clock.now(), batch: () => batchOf(lane) },
    );
    const senders = Array.from({ length: lane.senders() }, () => sendAll(run, lane, rows, work, stop));
    const ended = await Promise.allSettled(senders);
    closeBox();
    await Promise.all(rows.rest().map((row) => sender.giveBack(row)));
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
    return true;
  }

  async function sendAll(
    run: Run,
    lane: LaneSender,
    rows: Rows,
    { unwritten }: Work,
    stop: AbortSignal,
  ): Promise<void> {
    while (!stop.aborted && run.mayStart(clock.now()) && lane.isHeld()) {
      const row = await rows.next();
      if (!row) return;
      const { written } = await sender.send(run, lane, row, stop);
      const tracked = written.finally(() => unwritten.delete(tracked));
      unwritten.add(tracked);
    }
  }

  async function finish({ lease, unwritten }: Work): Promise<void> {
    try {
      await Promise.all(unwritten);
      await slices.refresh(lease);
      await slices.release(lease);
    } catch (error) {
      // The lease runs out by itself and the rescue does the same.
      log.warn('slice not released', { campaign: lease.campaignId, slice: lease.slice, reason: String(error) });
    } finally {
      works.delete(lease.by);
    }
  }

  const cycle = makeLifeCycle(clock, {
    begin() {
      isUp = true;
    },
    async end(over) {
      isUp = false;
      for (const { lost } of works.values()) lost.abort();
      await orUntil(over, Promise.allSettled(underWay));
    },
  });

  return {
    ...cycle,
    deliver(job) {
      const worked = work(job).finally(() => underWay.delete(worked));
      underWay.add(worked);
      return worked;
    },
    leases: () => [...works.values()].map(({ lease }) => lease),
    lose(lease) {
      works.get(lease.by)?.lost.abort();
    },
  };
}

const batchOf = (lane: LaneSender): number =>
  Math.min(LARGEST_CLAIM, Math.max(SMALLEST_CLAIM, lane.senders(), Math.ceil(lane.rate() * AHEAD_SECONDS)));

/** Rows of one slice, claimed a handful at a time as senders ask for them. */
type Rows = {
  /** The next row, or null when nobody is due. */
  next(): Promise<Claimed | null>;
  /** Rows claimed that no sender took. */
  rest(): readonly Claimed[];
};

type Query = { readonly campaignId: string; readonly slice: number; readonly domains: readonly string[] | null };

function makeRows(
  ledger: Deps['ledger'],
  query: Query,
  options: { readonly by: string; readonly run: Patience; readonly now: () => number; readonly batch: () => number },
): Rows {
  let rows: Claimed[] = [];
  let claims = 0;
  let claiming: Promise<void> | null = null;
  let isDry = false;

  async function claim(): Promise<void> {
    claims += 1;
    const by = `${options.by}.${claims}`;
    const now = options.now();
    const claimed = await ledger.claim({
      ...{ ...query, limit: options.batch(), now, by },
      triedTooLongAgo: triedTooLongAgo(now, options.run),
    });
    isDry = claimed.length === 0;
    rows = claimed.reverse();
  }

  return {
    async next() {
      while (rows.length === 0 && !isDry) {
        claiming ??= claim().finally(() => {
          claiming = null;
        });
        await claiming;
      }
      return rows.pop() ?? null;
    },
    rest() {
      isDry = true;
      return rows.splice(0);
    },
  };
}
