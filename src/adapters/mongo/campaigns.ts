import type { CampaignStore } from '../../app/campaigns/ports.ts';
import type { Clock } from '../../app/ports.ts';
import type { CampaignWatch } from '../../app/sending/ports.ts';
import type { Campaign } from '../../core/campaigns/campaign.ts';
import { DEFAULT_GIVE_UP_MS } from '../../core/recipients/give-up.ts';
import type { CampaignDoc, Collections } from './documents.ts';
import { ofImport } from './imports.ts';

/** One that is being removed is not there any more, for anybody. */
const IN_SIGHT = { hiddenAt: { $exists: false } } as const;

/** What an earlier version stored has no age to give up at. */
const toCampaign = ({ _id, ...rest }: CampaignDoc): Campaign => ({
  id: _id,
  ...rest,
  giveUpAfterMs: rest.giveUpAfterMs ?? DEFAULT_GIVE_UP_MS,
});

export function mongoCampaigns(collections: Collections, clock: Clock): CampaignStore {
  const { campaigns } = collections;
  return {
    async insert({ id, ...rest }) {
      await campaigns.insertOne({ _id: id, ...rest });
    },

    async get(id) {
      const doc = await campaigns.findOne({ _id: id, ...IN_SIGHT });
      return doc ? toCampaign(doc) : null;
    },

    /** The newest first; the cursor is the last id seen. */
    async list({ state, limit, cursor }) {
      const filter = { ...IN_SIGHT, ...(state && { state }), ...(cursor && { _id: { $lt: cursor } }) };
      const docs = await campaigns.find(filter, { sort: { _id: -1 }, limit: limit + 1 }).toArray();
      const items = docs.slice(0, limit).map(toCampaign);
      return { items, nextCursor: docs.length > limit ? (items.at(-1)?.id ?? null) : null };
    },

    async inStates(states) {
      const docs = await campaigns.find({ ...IN_SIGHT, state: { $in: [...states] } }, { sort: { _id: 1 } }).toArray();
      return docs.map(toCampaign);
    },

    async update(id, version, patch) {
      const doc = await campaigns.findOneAndUpdate(
        { _id: id, version, ...IN_SIGHT },
        { $set: { updatedAt: new Date(clock.now()), ...patch }, $inc: { version: 1 } },
        { returnDocument: 'after' },
      );
      return doc ? toCampaign(doc) : null;
    },

    async hide(id, version) {
      const hidden = { hiddenAt: new Date(clock.now()) };
      const { matchedCount } = await campaigns.updateOne({ _id: id, version, ...IN_SIGHT }, { $set: hidden });
      return matchedCount === 1;
    },

    remove: (id, isOver) => removeCampaign(collections, id, isOver),

    async hiddenBefore(then) {
      const docs = await campaigns.find({ hiddenAt: { $lt: then } }, { projection: { _id: 1 } }).toArray();
      return docs.map(({ _id }) => _id);
    },
  };
}

/** Some ten thousand rows: a second or so, far from the time limit of a command. */
const SLICES_AT_ONCE = 10;
const REJECTS_AT_ONCE = 10_000;

/**
 * In small steps; the campaign goes last, so that a removal that was cut short can be taken up again. Answers whether
 * all is gone: between two steps it looks whether it has to stop.
 */
async function removeCampaign(collections: Collections, _id: string, isOver: () => boolean): Promise<boolean> {
  const { campaigns, recipients, slices, attempts, imports } = collections;
  const campaign = await campaigns.findOne({ _id }, { projection: { sliceCount: 1, removedTo: 1 } });
  if (!campaign) return true;
  const campaignId = _id;
  const lists = await imports.find({ campaignId }, { projection: { reservedTo: 1 } }).toArray();
  // By the numbers: rows of a failed import have no slice.
  const end = Math.max(campaign.sliceCount, ...lists.map(({ reservedTo }) => reservedTo ?? 0));
  for (let from = campaign.removedTo ?? 0; from < end; from += SLICES_AT_ONCE) {
    if (isOver()) return false;
    const some = { campaignId, slice: { $gte: from, $lt: from + SLICES_AT_ONCE } };
    const rows = await recipients.find(some, { projection: { _id: 1 } }).toArray();
    if (rows.length > 0) {
      await attempts.deleteMany({ campaignId, recipientId: { $in: rows.map((row) => row._id) } });
      await recipients.deleteMany(some);
    }
    await campaigns.updateOne({ _id }, { $set: { removedTo: from + SLICES_AT_ONCE } });
  }
  for (const list of lists) {
    if (!(await removeRejects(collections, list._id, isOver))) return false;
    await imports.deleteOne({ _id: list._id });
  }
  await recipients.deleteMany({ campaignId });
  await attempts.deleteMany({ campaignId });
  await slices.deleteMany({ campaignId });
  await campaigns.deleteOne({ _id });
  return true;
}

async function removeRejects({ rejects }: Collections, importId: string, isOver: () => boolean): Promise<boolean> {
  let some: string[] = [];
  const remove = async () => {
    await rejects.deleteMany({ _id: { $in: some } });
    some = [];
  };
  for await (const { _id } of rejects.find(ofImport(importId), {
    projection: { _id: 1 },
    batchSize: REJECTS_AT_ONCE,
  })) {
    some.push(_id);
    if (some.length < REJECTS_AT_ONCE) continue;
    await remove();
    if (isOver()) return false;
  }
  await remove();
  return true;
}

/** What a worker reads each second; without the content, which may be large. */
export function mongoCampaignWatch({ campaigns }: Pick<Collections, 'campaigns'>): CampaignWatch {
  return {
    async atWork() {
      const found = await campaigns
        .find(
          {
            ...IN_SIGHT,
            $or: [
              { state: { $in: ['scheduled', 'running', 'paused', 'blocked'] } },
              { state: 'cancelled', finishedAt: null },
            ],
          },
          { projection: { content: 0 }, sort: { _id: 1 } },
        )
        .toArray();
      return found.map((doc) => ({
        id: doc._id,
        state: doc.state,
        version: doc.version,
        schedule: doc.schedule,
        sliceCount: doc.sliceCount,
        onUncertain: doc.onUncertain,
        accepted: doc.totals.accepted,
      }));
    },
  };
}
