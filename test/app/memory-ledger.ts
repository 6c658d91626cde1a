import type { AttemptRecord } from '../../src/app/lanes/ports.ts';
import type { Claimed, Ledger, SliceLease, Slices } from '../../src/app/sending/ports.ts';
import { NO_COUNTS, type RecipientState } from '../../src/core/recipients/recipient.ts';
import type { Reply } from '../../src/core/replies/reply.ts';

/** Recipients and slices in memory, with the compare-and-sets of the real ones. Times are the fake clock's. */

export type MemoryRow = {
  readonly id: string;
  readonly campaignId: string;
  readonly slice: number;
  readonly domain: string;
  state: RecipientState;
  dueAt: number | null;
  failures: number;
  firstTriedAt: number | null;
  lastReply: Reply | null;
  by: string | null;
};

type Lease = { readonly by: string; until: number };

export function makeMemoryLedger(now: () => number) {
  const rows: MemoryRow[] = [];
  const leases = new Map<string, Lease>();
  const attempts = new Map<string, AttemptRecord>();
  const WAITING: readonly RecipientState[] = ['pending', 'deferred'];
  const keyOf = (campaignId: string, slice: number) => `${campaignId}:${slice}`;
  const inSlice = (campaignId: string, slice: number) =>
    rows.filter((row) => row.campaignId === campaignId && row.slice === slice);
  const numbersOf = (campaignId: string) => [
    ...new Set(rows.filter((row) => row.campaignId === campaignId).map(({ slice }) => slice)),
  ];
  const isOurs = (lease: SliceLease) => leases.get(keyOf(lease.campaignId, lease.slice))?.by === lease.by;

  /** Whether it has had its time, and with that its end. */
  function expire(row: MemoryRow, triedTooLongAgo: number): boolean {
    const isOver = row.firstTriedAt !== null && row.firstTriedAt <= triedTooLongAgo;
    if (isOver) Object.assign(row, { state: 'expired', dueAt: null });
    return isOver;
  }

  const ledger: Ledger = {
    async claim({ campaignId, slice, domains, limit, triedTooLongAgo, by }) {
      const due = inSlice(campaignId, slice).filter(
        (row) => WAITING.includes(row.state) && row.dueAt! <= now() && (!domains || domains.includes(row.domain)),
      );
      const offered = due.filter((row) => !expire(row, triedTooLongAgo));
      return offered.slice(0, limit).map((row): Claimed => {
        Object.assign(row, { state: 'claimed', by });
        const { id, domain, failures, firstTriedAt } = row;
        return { id, campaignId, address: `${id}@${domain}`, domain, fields: {}, failures, firstTriedAt, by };
      });
    },
    async mark(wanted) {
      const ours = rows.filter(
        (row) => row.state === 'claimed' && wanted.some(({ id, by }) => id === row.id && by === row.by),
      );
      for (const row of ours) row.state = 'sending';
      return new Set(ours.map(({ id }) => id));
    },
    async settle(settlements) {
      const lost = new Set<string>();
      for (const { id, by, to, failed, firstTriedAt, reply } of settlements) {
        const row = rows.find((one) => one.id === id && one.by === by);
        if (!row) lost.add(id);
        else
          Object.assign(row, {
            state: to.state,
            dueAt: 'dueAt' in to ? to.dueAt : null,
            failures: row.failures + (failed ? 1 : 0),
            firstTriedAt: firstTriedAt ?? row.firstTriedAt,
            lastReply: reply ?? row.lastReply,
            by: null,
          });
      }
      return lost;
    },
    async record(records) {
      for (const { id, ...record } of records) attempts.set(id, record);
    },
  };

  const slices: Slices = {
    async *domains(campaignId) {
      for (const slice of numbersOf(campaignId)) {
        yield { slice, domains: [...new Set(inSlice(campaignId, slice).map(({ domain }) => domain))] };
      }
    },
    domainsOf: async ({ campaignId, slice }) => [...new Set(inSlice(campaignId, slice).map(({ domain }) => domain))],
    due: async (campaignId, at) =>
      numbersOf(campaignId).flatMap((slice) => {
        const waiting = inSlice(campaignId, slice).filter(({ state }) => WAITING.includes(state));
        const dueAt = Math.min(...waiting.map((row) => row.dueAt!));
        if (leases.has(keyOf(campaignId, slice)) || !(dueAt <= at)) return [];
        return [{ slice, dueAt, hasFresh: waiting.some(({ state }) => state === 'pending') }];
      }),
    async lease(ref, by, leaseMs) {
      const key = keyOf(ref.campaignId, ref.slice);
      if (leases.has(key)) return null;
      leases.set(key, { by, until: now() + leaseMs });
      return { ...ref, by };
    },
    async renew(wanted, leaseMs) {
      for (const lease of wanted.filter(isOurs))
        leases.get(keyOf(lease.campaignId, lease.slice))!.until = now() + leaseMs;
      return wanted.filter((lease) => !isOurs(lease));
    },
    async release(lease) {
      if (isOurs(lease)) leases.delete(keyOf(lease.campaignId, lease.slice));
    },
    refresh: async () => undefined,
    abandoned: async () =>
      [...leases].flatMap(([key, { by, until }]) => {
        const [campaignId = '', slice] = key.split(':');
        return until < now() ? [{ campaignId, slice: Number(slice), by }] : [];
      }),
    async recover(lease, onUncertain) {
      const held = inSlice(lease.campaignId, lease.slice);
      const returned = held.filter(({ state }) => state === 'claimed');
      const uncertain = onUncertain === 'hold' ? held.filter(({ state }) => state === 'sending') : [];
      for (const row of returned) Object.assign(row, { state: 'pending', dueAt: now(), by: null });
      for (const row of uncertain) Object.assign(row, { state: 'uncertain', dueAt: null });
      leases.delete(keyOf(lease.campaignId, lease.slice));
      return { returned: returned.length, uncertain: uncertain.length };
    },
    resendDoubtful: async () => 0,
    waiting: async (campaignId) =>
      numbersOf(campaignId).flatMap((slice) => {
        const waiting = inSlice(campaignId, slice).filter(({ dueAt }) => dueAt !== null).length;
        return waiting > 0 ? [{ slice, waiting }] : [];
      }),
    async sums(campaignId) {
      const mine = rows.filter((row) => row.campaignId === campaignId);
      const counts: Record<RecipientState, number> = { ...NO_COUNTS };
      for (const { state } of mine) counts[state] += 1;
      const due = mine.flatMap(({ dueAt }) => dueAt ?? []);
      return { counts, nextDueAt: due.length > 0 ? Math.min(...due) : null };
    },
    expireTried: async (campaignId, triedTooLongAgo) =>
      rows.filter((row) => row.campaignId === campaignId && WAITING.includes(row.state) && expire(row, triedTooLongAgo))
        .length,
    async endWaiting(campaignId, to) {
      const ended = rows.filter((row) => row.campaignId === campaignId && WAITING.includes(row.state));
      for (const row of ended) Object.assign(row, { state: to, dueAt: null });
      return ended.length;
    },
  };

  return {
    ledger,
    slices,
    rows,
    leases,
    attempts,
    add(campaignId: string, count: number, domain: string, slice = 0): void {
      for (let index = 0; index < count; index++) {
        const id = `r${rows.length}`;
        const fresh = {
          state: 'pending',
          dueAt: 0,
          failures: 0,
          firstTriedAt: null,
          lastReply: null,
          by: null,
        } as const;
        rows.push({ id, campaignId, slice, domain, ...fresh });
      }
    },
    inState: (state: RecipientState) => rows.filter((row) => row.state === state).length,
  };
}
