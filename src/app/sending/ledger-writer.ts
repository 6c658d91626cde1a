import { type LifeCycle, makeLifeCycle, orUntil, type Timers } from '../../core/life-cycle.ts';
import type { AttemptRecord } from '../lanes/ports.ts';
import type { Log, NewId, SuppressionStore } from '../ports.ts';
import { sleep } from '../sleep.ts';
import type { Claimed, Ledger, Settlement } from './ports.ts';

/** The two durable writes of a letter, in groups: the mark before its body, the outcome after. DESIGN: Decision 5. */

/** `outdated`: the configuration changed, and what was begun by the old one must not go. */
export type MarkAnswer = 'go' | 'lost' | 'suppressed' | 'outdated';

export type LedgerEntry = {
  readonly settlement: Settlement;
  /** Null when no server was spoken to. */
  readonly attempt: AttemptRecord | null;
  /** An address that gets no mail any more. */
  readonly suppress: { readonly address: string; readonly campaignId: string } | null;
};

/**
 * A stop waits until every outcome is durable, also those that come meanwhile. Outcomes that the database still refuses
 * when the grace is over are given up: rescue will find their rows.
 */
export type LedgerWriter = LifeCycle & {
  /** Rejects when the database did not acknowledge: the letter must not go. */
  mark(row: Claimed, until: number): Promise<MarkAnswer>;
  /** Tried until the database takes it; rejects only when we are stopped. */
  settle(entry: LedgerEntry): Promise<void>;
  /** Outcomes not yet durable. */
  unsettled(): number;
};

const MOST = 500;
const AGAIN_MS = [100, 500, 2_000] as const;

type Deps = {
  readonly ledger: Pick<Ledger, 'mark' | 'settle' | 'record'>;
  readonly suppressions: Pick<SuppressionStore, 'suppressed' | 'add'>;
  /** Whether routes, routing, providers and orders are still what this worker works by. */
  readonly isConfigurationCurrent: () => Promise<boolean>;
  readonly newId: NewId;
  readonly clock: Timers;
  readonly log: Log;
};

type Entry = LedgerEntry & { readonly id: string };

export function makeLedgerWriter({
  ledger,
  suppressions,
  isConfigurationCurrent,
  newId,
  clock,
  log,
}: Deps): LedgerWriter {
  let isUp = false;
  let givenUp = new AbortController();

  const marks = makeGroup<{ row: Claimed; until: number }, MarkAnswer>(MOST, async (items) => {
    const rows = items.map(({ row }) => row);
    const [marked, suppressed, isCurrent] = await Promise.all([
      ledger.mark(rows, Math.max(...items.map(({ until }) => until))),
      suppressions.suppressed(rows.map(({ address }) => address)),
      isConfigurationCurrent(),
    ]);
    return ({ row }) => {
      if (!marked.has(row.id)) return 'lost';
      if (suppressed.has(row.address)) return 'suppressed';
      return isCurrent ? 'go' : 'outdated';
    };
  });

  const outcomes = makeGroup<Entry, void>(MOST, async (items) => {
    const attempts = items.flatMap(({ id, attempt }) => (attempt ? [{ ...attempt, id }] : []));
    const suppressed = items.flatMap(({ suppress }) => suppress ?? []);
    await Promise.all([
      untilWritten('attempts', async () => attempts.length > 0 && ledger.record(attempts)),
      untilWritten('suppressions', () =>
        Promise.all(suppressed.map(({ address, campaignId }) => suppressions.add(address, 'bounced', campaignId))),
      ),
      untilWritten('outcomes', async () => {
        const lost = await ledger.settle(items.map(({ settlement }) => settlement));
        for (const id of lost) log.warn('late outcome', { recipient: id });
      }),
    ]);
    return () => undefined;
  });

  async function untilWritten(what: string, write: () => Promise<unknown>): Promise<void> {
    const { signal } = givenUp;
    for (let attempt = 0; ; attempt++) {
      try {
        await write();
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        log.error('ledger write failed, trying again', { what, reason: String(error) });
        await sleep(clock, AGAIN_MS[Math.min(attempt, AGAIN_MS.length - 1)]!, signal);
      }
    }
  }

  const cycle = makeLifeCycle(clock, {
    begin() {
      isUp = true;
      givenUp = new AbortController();
    },
    async end(over) {
      await orUntil(over, outcomes.idle());
      isUp = false;
      givenUp.abort();
      for (const group of [marks, outcomes]) group.refuse(stopped());
    },
  });
  const stopped = () => new Error('the ledger writer is stopped');

  return {
    ...cycle,
    mark: (row, until) => (isUp ? marks.add({ row, until }) : Promise.reject(stopped())),
    settle: (entry) => (isUp ? outcomes.add({ ...entry, id: newId() }) : Promise.reject(stopped())),
    unsettled: () => outcomes.waiting(),
  };
}

/** Group commit: whatever gathers while one write is under way goes with the next, in one write for all sessions. */
export type Group<Item, Answer> = {
  /** Resolves with this item's answer once the write that carries it is acknowledged; rejects when that write failed. */
  add(item: Item): Promise<Answer>;
  /** Items not yet acknowledged. */
  waiting(): number;
  /** Resolves once nothing waits. */
  idle(): Promise<void>;
  /** Rejects whatever is not in flight. */
  refuse(reason: Error): void;
};

export function makeGroup<Item, Answer>(
  most: number,
  write: (items: readonly Item[]) => Promise<(item: Item) => Answer>,
): Group<Item, Answer> {
  type Waiting = {
    readonly item: Item;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: unknown) => void;
  };
  const queue: Waiting[] = [];
  let inFlight: readonly Waiting[] = [];
  let isRunning = false;
  const idlers: (() => void)[] = [];

  async function run(): Promise<void> {
    while (queue.length > 0) {
      inFlight = queue.splice(0, most);
      try {
        const answerOf = await write(inFlight.map(({ item }) => item));
        for (const { item, resolve } of inFlight) resolve(answerOf(item));
      } catch (error) {
        for (const { reject } of inFlight) reject(error);
      }
    }
    inFlight = [];
    isRunning = false;
    for (const idle of idlers.splice(0)) idle();
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        // A turn of the event loop lets every session that just heard its server join the same write.
        if (isRunning) return;
        isRunning = true;
        setImmediate(() => void run());
      }),
    waiting: () => queue.length + inFlight.length,
    refuse(reason) {
      for (const { reject } of queue.splice(0)) reject(reason);
    },
    idle: () => (isRunning ? new Promise((resolve) => idlers.push(resolve)) : Promise.resolve()),
  };
}
