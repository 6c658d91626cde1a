import type { CampaignStore } from '../../app/campaigns/ports.ts';
import type { Clock } from '../../app/ports.ts';
import type { CampaignWatch } from '../../app/sending/ports.ts';
import type { Campaign } from '../../core/campaigns/campaign.ts';
import type { CampaignDoc, Collections } from './documents.ts';

/** One that is being removed is not there any more, for anybody. */
const IN_SIGHT = { hiddenAt: { $exists: false } } as const;

const toCampaign = ({ _id, ...rest }: CampaignDoc): Campaign => ({ id: _id, ...rest });

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

    remove: (id) => removeCampaign(collections, id),

    async hiddenBefore(then) {
      const docs = await campaigns.find({ hiddenAt: { $lt: then } }, { projection: { _id: 1 } }).toArray();
      return docs.map(({ _id }) => _id);
    },
  };
}

/** Some ten thousand rows: a second or so, far from the time limit of a command. */
const SLICES_AT_ONCE = 10;

/** A few slices at a time; the campaign goes last, so that a removal that was cut short can be repeated. */
async function removeCampaign(collections: Collections, campaignId: string): Promise<void> {
  const { campaigns, recipients, slices, attempts, imports, rejects } = collections;
  const last = await slices.findOne({ campaignId }, { sort: { slice: -1 }, projection: { slice: 1 } });
  for (let from = 0; from <= (last?.slice ?? -1); from += SLICES_AT_ONCE) {
    const some = { campaignId, slice: { $gte: from, $lt: from + SLICES_AT_ONCE } };
    const rows = await recipients.find(some, { projection: { _id: 1 } }).toArray();
    if (rows.length === 0) continue;
    await attempts.deleteMany({ campaignId, recipientId: { $in: rows.map((row) => row._id) } });
    await recipients.deleteMany(some);
  }
  // What an import that died left without a slice.
  await recipients.deleteMany({ campaignId });
  await attempts.deleteMany({ campaignId });
  await slices.deleteMany({ campaignId });
  for (const { _id } of await imports.find({ campaignId }, { projection: { _id: 1 } }).toArray()) {
    await rejects.deleteMany({ importId: _id });
    await imports.deleteOne({ _id });
  }
  await campaigns.deleteOne({ _id: campaignId });
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
