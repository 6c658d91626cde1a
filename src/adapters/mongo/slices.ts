import type { Clock } from '../../app/ports.ts';
import type { SliceLease, SliceRef, Slices } from '../../app/sending/ports.ts';
import { type Counts, NO_COUNTS, type RecipientState, waiting } from '../../core/recipients/recipient.ts';
import { inMs } from './client.ts';
import type { Collections } from './documents.ts';
import { asExpired } from './ledger.ts';

/** Slices and their leases. A lease covers every row claimed under it. */

/** A slice with rows in somebody's hands is looked at again after this long. */
const IN_HAND_MS = 30_000;

const sliceKey = ({ campaignId, slice }: SliceRef): string => `${campaignId}:${slice}`;

const isOver = { $expr: { $lt: ['$lease.until', '$$NOW'] } };

export function mongoSlices({ slices, recipients }: Pick<Collections, 'slices' | 'recipients'>, clock: Clock): Slices {
  const ours = (lease: SliceLease) => ({ _id: sliceKey(lease), 'lease.by': lease.by });

  async function refresh(ref: SliceRef): Promise<void> {
    const groups = await recipients
      .aggregate<{ _id: RecipientState; count: number; dueAt: Date | null; firstTriedAt: Date | null }>([
        { $match: { campaignId: ref.campaignId, slice: ref.slice } },
        {
          $group: {
            ...{ _id: '$state', count: { $sum: 1 } },
            ...{ dueAt: { $min: '$dueAt' }, firstTriedAt: { $min: '$firstTriedAt' } },
          },
        },
      ])
      .toArray();
    const counts: Record<string, number> = { ...NO_COUNTS };
    let dueAt: number | null = null;
    let firstTriedAt: Date | null = null;
    for (const group of groups) {
      counts[group._id] = group.count;
      const due = dueOf(group._id, group.dueAt, clock.now());
      if (due === null) continue;
      dueAt = Math.min(dueAt ?? due, due);
      if (group.firstTriedAt && !(firstTriedAt && firstTriedAt <= group.firstTriedAt))
        firstTriedAt = group.firstTriedAt;
    }
    const patch = { counts: counts as Counts, dueAt: dueAt === null ? null : new Date(dueAt), firstTriedAt };
    await slices.updateOne({ _id: sliceKey(ref) }, { $set: patch });
  }

  const rowsOf = ({ campaignId, slice }: SliceRef) => ({ campaignId, slice });

  async function giveBack(lease: SliceLease): Promise<number> {
    const claimed = { ...rowsOf(lease), state: 'claimed' as const };
    const back = (state: 'pending' | 'deferred') => ({
      $set: { state, dueAt: new Date(clock.now()) },
      $unset: { claim: '' as const },
    });
    const failed = await recipients.updateMany({ ...claimed, failures: { $gt: 0 } }, back('deferred'));
    const fresh = await recipients.updateMany(claimed, back('pending'));
    return failed.modifiedCount + fresh.modifiedCount;
  }

  async function holdDoubtful(lease: SliceLease): Promise<number> {
    const settled = { state: 'uncertain' as const, settledAt: new Date(clock.now()), dueAt: null };
    return (await recipients.updateMany({ ...rowsOf(lease), state: 'sending' }, { $set: settled })).modifiedCount;
  }

  /** Letters that may still be on their way go again only after the latest deadline of them all; nobody else waits for that. */
  async function noteDoubtful(lease: SliceLease): Promise<number> {
    const known = (await slices.findOne({ _id: sliceKey(lease) }, { projection: { doubtful: 1 } }))?.doubtful;
    const found = await recipients.find({ ...rowsOf(lease), state: 'sending' }, { projection: { claim: 1 } }).toArray();
    const claims = found.flatMap(({ claim }) => claim ?? []);
    if (claims.length === 0) return 0;
    const until = new Date(Math.max(known?.until.getTime() ?? 0, ...claims.map((claim) => claim.until.getTime())));
    const doubtful = { by: [...new Set(claims.map(({ by }) => by))], until, letters: claims.length };
    await slices.updateOne({ _id: sliceKey(lease) }, { $set: { doubtful } });
    return claims.length;
  }

  return {
    refresh,

    domains: (campaignId, sliceCount) =>
      slices.find({ campaignId, slice: { $lt: sliceCount } }, { projection: { slice: 1, domains: 1 } }),

    async domainsOf(ref) {
      return (await slices.findOne({ _id: sliceKey(ref) }, { projection: { domains: 1 } }))?.domains ?? [];
    },

    async due(campaignId, now) {
      const found = await slices
        .find(
          { campaignId, dueAt: { $ne: null, $lte: new Date(now) }, lease: { $exists: false } },
          { projection: { slice: 1, dueAt: 1, 'counts.pending': 1 } },
        )
        .toArray();
      return found.map(({ slice, dueAt, counts }) => ({
        ...{ slice, dueAt: dueAt?.getTime() ?? 0, hasFresh: counts.pending > 0 },
      }));
    },

    async lease(ref, by, leaseMs) {
      // A lease that is over is not taken here: its rows must be given back first, by the rescue.
      const { matchedCount } = await slices.updateOne({ _id: sliceKey(ref), lease: { $exists: false } }, [
        { $set: { lease: { by, until: inMs(leaseMs) } } },
      ]);
      return matchedCount === 1 ? { ...ref, by } : null;
    },

    async renew(leases, leaseMs) {
      if (leases.length === 0) return [];
      const { matchedCount } = await slices.bulkWrite(
        leases.map((lease) => ({
          updateOne: { filter: ours(lease), update: [{ $set: { 'lease.until': inMs(leaseMs) } }] },
        })),
        { ordered: false },
      );
      if (matchedCount === leases.length) return [];
      const held = await slices.find({ _id: { $in: leases.map(sliceKey) } }, { projection: { lease: 1 } }).toArray();
      const holders = new Map(held.map((doc) => [doc._id, doc.lease?.by]));
      return leases.filter((lease) => holders.get(sliceKey(lease)) !== lease.by);
    },

    async release(lease) {
      await slices.updateOne(ours(lease), { $unset: { lease: '' } });
    },

    async abandoned() {
      const found = await slices
        .find({ 'lease.until': { $exists: true }, ...isOver }, { projection: { campaignId: 1, slice: 1, lease: 1 } })
        .toArray();
      return found.flatMap((doc) =>
        doc.lease ? [{ campaignId: doc.campaignId, slice: doc.slice, by: doc.lease.by }] : [],
      );
    },

    async recover(lease, onUncertain) {
      // Taking the dead lease over keeps two rescues, or its own late renewal, from doing this at once.
      const by = `${lease.by}/recovery`;
      const taken = await slices.updateOne({ ...ours(lease), ...isOver }, [
        { $set: { lease: { by, until: inMs(IN_HAND_MS) } } },
      ]);
      if (taken.matchedCount === 0) return { returned: 0, uncertain: 0 };
      const returned = await giveBack(lease);
      const uncertain = onUncertain === 'hold' ? await holdDoubtful(lease) : await noteDoubtful(lease);
      await refresh(lease);
      await slices.updateOne({ ...ours({ ...lease, by }) }, { $unset: { lease: '' } });
      return { returned, uncertain };
    },

    async resendDoubtful() {
      const over = { 'doubtful.until': { $exists: true }, $expr: { $lt: ['$doubtful.until', '$$NOW'] } };
      let resent = 0;
      for (const { _id, campaignId, slice, doubtful } of await slices.find(over).toArray()) {
        if (!doubtful) continue;
        // Only rows of claims that died: whoever works on the slice now answers for his own.
        const left = { campaignId, slice, state: 'sending' as const, 'claim.by': { $in: [...doubtful.by] } };
        const now = new Date(clock.now());
        // What they were tried with is not known to be accepted.
        await recipients.updateMany({ ...left, firstTriedAt: { $exists: false } }, { $set: { firstTriedAt: now } });
        const { modifiedCount } = await recipients.updateMany(left, {
          $set: { state: 'deferred', dueAt: now },
          $unset: { claim: '' },
          $inc: { attempts: 1, failures: 1 },
        });
        await slices.updateOne({ _id, 'doubtful.by': doubtful.by }, { $unset: { doubtful: '' } });
        await refresh({ campaignId, slice });
        resent += modifiedCount;
      }
      return resent;
    },

    async waiting(campaignId) {
      const found = await slices
        .find({ campaignId, dueAt: { $ne: null } }, { projection: { slice: 1, counts: 1 } })
        .toArray();
      return found.map(({ slice, counts }) => ({ slice, waiting: waiting(counts) }));
    },

    async sums(campaignId) {
      const counts: Record<RecipientState, number> = { ...NO_COUNTS };
      let nextDueAt: number | null = null;
      const cursor = slices.find({ campaignId }, { projection: { counts: 1, dueAt: 1 } });
      for await (const doc of cursor) {
        for (const [state, count] of Object.entries(doc.counts)) counts[state as RecipientState] += count;
        if (doc.dueAt) nextDueAt = Math.min(nextDueAt ?? doc.dueAt.getTime(), doc.dueAt.getTime());
      }
      return { counts, nextDueAt };
    },

    async expireTried(campaignId, triedTooLongAgo, mostSlices) {
      const tried = { firstTriedAt: { $lte: new Date(triedTooLongAgo) } };
      const found = await slices
        .find({ campaignId, ...tried }, { projection: { slice: 1 }, limit: mostSlices })
        .toArray();
      let ended = 0;
      for (const { slice } of found) {
        for (const state of ['pending', 'deferred'] as const) {
          const { modifiedCount } = await recipients.updateMany(
            { campaignId, slice, state, ...tried },
            asExpired(clock.now()),
          );
          ended += modifiedCount;
        }
        await refresh({ campaignId, slice });
      }
      return ended;
    },

    async endWaiting(campaignId, to) {
      const left = await slices.find({ campaignId, dueAt: { $ne: null } }, { projection: { slice: 1 } }).toArray();
      let ended = 0;
      for (const { slice } of left) {
        // One state at a time, as in a claim: the slice's index serves no `$in`.
        for (const state of ['pending', 'deferred'] as const) {
          const { modifiedCount } = await recipients.updateMany(
            { campaignId, slice, state },
            { $set: { state: to, settledAt: new Date(clock.now()), dueAt: null } },
          );
          ended += modifiedCount;
        }
        await refresh({ campaignId, slice });
      }
      return ended;
    },
  };
}

function dueOf(state: RecipientState, dueAt: Date | null, now: number): number | null {
  if (state === 'pending' || state === 'deferred') return dueAt?.getTime() ?? 0;
  return state === 'claimed' || state === 'sending' ? now + IN_HAND_MS : null;
}
