import type { Clock } from '../../app/ports.ts';
import type { SliceLease, SliceRef, Slices } from '../../app/sending/ports.ts';
import { type Counts, NO_COUNTS, type RecipientState, waiting } from '../../core/recipients/recipient.ts';
import { inMs } from './client.ts';
import type { Collections } from './documents.ts';

/** Slices and their leases. A lease covers every row claimed under it. */

/** A slice with rows in somebody's hands is looked at again after this long. */
const IN_HAND_MS = 30_000;

const sliceKey = ({ campaignId, slice }: SliceRef): string => `${campaignId}:${slice}`;

const isOver = { $expr: { $lt: ['$lease.until', '$$NOW'] } };

export function mongoSlices({ slices, recipients }: Pick<Collections, 'slices' | 'recipients'>, clock: Clock): Slices {
  const ours = (lease: SliceLease) => ({ _id: sliceKey(lease), 'lease.by': lease.by });

  async function refresh(ref: SliceRef): Promise<void> {
    const groups = await recipients
      .aggregate<{ _id: RecipientState; count: number; dueAt: Date | null }>([
        { $match: { campaignId: ref.campaignId, slice: ref.slice } },
        { $group: { _id: '$state', count: { $sum: 1 }, dueAt: { $min: '$dueAt' } } },
      ])
      .toArray();
    const counts: Record<string, number> = { ...NO_COUNTS };
    let dueAt: number | null = null;
    for (const group of groups) {
      counts[group._id] = group.count;
      const due = dueOf(group._id, group.dueAt, clock.now());
      if (due !== null) dueAt = Math.min(dueAt ?? due, due);
    }
    const patch = { counts: counts as Counts, dueAt: dueAt === null ? null : new Date(dueAt) };
    await slices.updateOne({ _id: sliceKey(ref) }, { $set: patch });
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
          { projection: { slice: 1 } },
        )
        .toArray();
      return found.map((doc) => doc.slice).sort((a, b) => a - b);
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
      const rows = { campaignId: lease.campaignId, slice: lease.slice };
      const returned = await recipients.updateMany(
        { ...rows, state: 'claimed' },
        { $set: { state: 'pending', dueAt: new Date(clock.now()) }, $unset: { claim: '' } },
      );
      const unsure = { ...rows, state: 'sending' as const };
      const doubtful =
        onUncertain === 'hold'
          ? await recipients.updateMany(unsure, {
              $set: { state: 'uncertain', settledAt: new Date(clock.now()), dueAt: null },
            })
          : await recipients.updateMany(
              { ...unsure, $expr: { $lt: ['$claim.until', '$$NOW'] } },
              {
                $set: { state: 'deferred', dueAt: new Date(clock.now()) },
                $unset: { claim: '' },
                $inc: { attempts: 1, failures: 1 },
              },
            );
      const stillSending = onUncertain === 'resend' && (await recipients.findOne(unsure)) !== null;
      await refresh(lease);
      // While a resend waits for its attempt's deadline, the lease stays, so that the rescue comes back.
      if (stillSending) await slices.updateOne({ ...ours({ ...lease, by }) }, [{ $set: { 'lease.by': lease.by } }]);
      else await slices.updateOne({ ...ours({ ...lease, by }) }, { $unset: { lease: '' } });
      return { returned: returned.modifiedCount, uncertain: doubtful.modifiedCount };
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
