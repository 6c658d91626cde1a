import type { Clock, Suppression, SuppressionStore } from '../../app/ports.ts';
import { upserted } from './client.ts';
import type { Collections, SuppressionDoc } from './documents.ts';

const keyOf = (address: string) => address.toLowerCase();
const toEntry = ({ _id, reason, at }: SuppressionDoc): Suppression => ({ address: _id, reason, at });

export function mongoSuppressions({ suppressions }: Pick<Collections, 'suppressions'>, clock: Clock): SuppressionStore {
  return {
    async suppressed(addresses) {
      if (addresses.length === 0) return new Set();
      const keys = [...new Set(addresses.map(keyOf))];
      const docs = await suppressions.find({ _id: { $in: keys } }, { projection: { _id: 1 } }).toArray();
      const found = new Set(docs.map((doc) => doc._id));
      return new Set(addresses.filter((address) => found.has(keyOf(address))));
    },

    async add(address, reason, campaignId) {
      const doc = { reason, campaignId, at: new Date(clock.now()) };
      await upserted(() => suppressions.replaceOne({ _id: keyOf(address) }, doc, { upsert: true }));
    },

    async get(address) {
      const doc = await suppressions.findOne({ _id: keyOf(address) });
      return doc ? toEntry(doc) : null;
    },

    async remove(address) {
      return (await suppressions.deleteOne({ _id: keyOf(address) })).deletedCount === 1;
    },

    /** By address; the cursor is the last one seen. */
    async list({ limit, cursor }) {
      const filter = cursor ? { _id: { $gt: cursor } } : {};
      const docs = await suppressions.find(filter, { sort: { _id: 1 }, limit: limit + 1 }).toArray();
      const items = docs.slice(0, limit).map(toEntry);
      return { items, nextCursor: docs.length > limit ? (items.at(-1)?.address ?? null) : null };
    },
  };
}
