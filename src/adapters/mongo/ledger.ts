import type { AnyBulkWriteOperation } from 'mongodb';
import type { Clock } from '../../app/ports.ts';
import type { Claimed, ClaimRequest, Ledger, Settlement } from '../../app/sending/ports.ts';
import { statesBefore } from '../../core/recipients/recipient.ts';
import { isDuplicateKey } from './client.ts';
import type { Collections, RecipientDoc } from './documents.ts';

/** The writing half of the ledger. Each write names the claim it assumes; "nothing matched" is an answer. */

type Op = AnyBulkWriteOperation<RecipientDoc>;

export function mongoLedger(
  { recipients, attempts }: Pick<Collections, 'recipients' | 'attempts'>,
  clock: Clock,
): Ledger {
  async function claim(request: ClaimRequest): Promise<Claimed[]> {
    const rows = await dueRows(request);
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row._id);
    const { modifiedCount } = await recipients.updateMany(
      { _id: { $in: ids }, state: { $in: ['pending', 'deferred'] } },
      { $set: { state: 'claimed', claim: { by: request.by, until: new Date(request.now) } }, $inc: { fence: 1 } },
    );
    const won = modifiedCount === ids.length ? null : await heldBy(ids, 'claimed', [request.by]);
    return rows
      .filter((row) => won === null || won.has(row._id))
      .map((row) => ({
        id: row._id,
        campaignId: request.campaignId,
        address: row.address,
        domain: row.domain,
        fields: row.fields,
        failures: row.failures ?? 0,
        firstTriedAt: row.firstTriedAt?.getTime() ?? null,
        by: request.by,
      }));
  }

  /** Retries first: while there are others, as half of the claim, so that neither waits for the other to be over. */
  async function dueRows(request: ClaimRequest) {
    const [retries, fresh] = await Promise.all([due(request, 'deferred'), due(request, 'pending')]);
    const first = fresh.slice(0, request.limit - Math.min(retries.length, Math.floor(request.limit / 2)));
    return [...retries.slice(0, request.limit - first.length), ...first];
  }

  /** Those that have had their time end here; then it looks again. */
  async function due(request: ClaimRequest, state: 'pending' | 'deferred') {
    for (;;) {
      const rows = await recipients
        .find(dueIn(request, state), { projection: OFFERED, limit: request.limit })
        .toArray();
      const old = rows.filter(({ firstTriedAt }) => firstTriedAt && firstTriedAt.getTime() <= request.triedTooLongAgo);
      if (old.length === 0) return rows;
      await recipients.updateMany({ _id: { $in: old.map(({ _id }) => _id) }, state }, asExpired(clock.now()));
    }
  }

  async function heldBy(ids: readonly string[], state: RecipientDoc['state'], by: readonly string[]) {
    const mine = await recipients
      .find({ _id: { $in: [...ids] }, state, 'claim.by': { $in: [...by] } }, { projection: { _id: 1 } })
      .toArray();
    return new Set(mine.map((row) => row._id));
  }

  return {
    claim,

    async mark(rows, until) {
      const ops: Op[] = [...byClaim(rows)].map(([by, ids]) => ({
        updateMany: {
          filter: { _id: { $in: ids }, state: 'claimed', 'claim.by': by },
          update: { $set: { state: 'sending', 'claim.until': new Date(until) } },
        },
      }));
      const { matchedCount } = await recipients.bulkWrite(ops, { ordered: false });
      const ids = rows.map((row) => row.id);
      if (matchedCount === rows.length) return new Set(ids);
      return heldBy(ids, 'sending', [...byClaim(rows).keys()]);
    },

    async settle(settlements) {
      const { matchedCount } = await recipients.bulkWrite(settleOps(settlements, new Date(clock.now())), {
        ordered: false,
      });
      if (matchedCount === settlements.length) return new Set();
      const lost = await recipients
        .find({ _id: { $in: settlements.map((s) => s.id) }, claim: { $exists: true } }, { projection: { claim: 1 } })
        .toArray();
      // A row that somebody else has claimed meanwhile is not ours; one without a claim was settled by an earlier try.
      const by = new Map(settlements.map((s) => [s.id, s.by]));
      return new Set(lost.filter((row) => row.claim?.by !== by.get(row._id)).map((row) => row._id));
    },

    async record(records) {
      const docs = records.map(({ id, ...record }) => ({ _id: id, ...record }));
      try {
        await attempts.insertMany(docs, { ordered: false });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
  };
}

const OFFERED = { address: 1, domain: 1, fields: 1, failures: 1, firstTriedAt: 1 } as const;

export const asExpired = (now: number) => ({
  $set: { state: 'expired' as const, settledAt: new Date(now), dueAt: null },
});

// One state at a time: with several (`$in`) the embedded server leaves the slice's index and walks the whole campaign.
function dueIn({ campaignId, slice, domains, now }: ClaimRequest, state: 'pending' | 'deferred') {
  return {
    campaignId,
    slice,
    state,
    dueAt: { $lte: new Date(now) },
    ...(domains ? { domain: { $in: [...domains] } } : {}),
  };
}

function byClaim(rows: readonly { readonly id: string; readonly by: string }[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { id, by } of rows) {
    const ids = groups.get(by);
    if (ids) ids.push(id);
    else groups.set(by, [id]);
  }
  return groups;
}

/** One operation for all the `sent` of a claim, which is nearly everybody; one each for the rest. */
function settleOps(settlements: readonly Settlement[], now: Date): Op[] {
  const plain = settlements.filter((s) => s.to.state === 'sent');
  const ops: Op[] = [...byClaim(plain)].map(([by, ids]) => ({
    updateMany: {
      filter: { _id: { $in: ids }, state: { $in: [...statesBefore('sent')] }, 'claim.by': by },
      update: {
        $set: { state: 'sent', settledAt: now, dueAt: null },
        $unset: { claim: '', lastReply: '' },
        $inc: { attempts: 1 },
      },
    },
  }));
  for (const s of settlements) if (s.to.state !== 'sent') ops.push({ updateOne: settleOne(s, now) });
  return ops;
}

function settleOne(s: Settlement, now: Date) {
  const dueAt = 'dueAt' in s.to ? new Date(s.to.dueAt) : null;
  return {
    filter: { _id: s.id, state: { $in: [...statesBefore(s.to.state)] }, 'claim.by': s.by },
    update: {
      $set: {
        state: s.to.state,
        dueAt,
        ...(s.reply ? { lastReply: s.reply } : {}),
        ...(s.firstTriedAt === null ? {} : { firstTriedAt: new Date(s.firstTriedAt) }),
        ...(dueAt ? {} : { settledAt: now }),
      },
      $unset: { claim: '' as const },
      $inc: { attempts: s.attempted ? 1 : 0, failures: s.failed ? 1 : 0 },
    },
  };
}
