import type { LaneStore } from '../../app/lanes/ports.ts';
import { NO_ORDERS } from '../../core/lanes/lane.ts';
import { isDuplicateKey, newId } from './client.ts';
import type { Collections } from './documents.ts';
import { inMs } from './server-time.ts';

/** Lanes: one owner each, by a lease on the server's clock with a fence that rises with every new owner. */

export function mongoLanes({ lanes, decisions }: Pick<Collections, 'lanes' | 'decisions'>): LaneStore {
  return {
    async acquire({ id, route, provider }, owner, leaseMs) {
      const free = { $or: [{ owner }, { owner: null }, { $expr: { $lt: ['$leaseUntil', '$$NOW'] } }] };
      const changesHands = { $ne: [{ $ifNull: ['$owner', null] }, owner] };
      const fence = { $ifNull: ['$fence', 0] };
      try {
        const doc = await lanes.findOneAndUpdate(
          { _id: id, ...free },
          [
            {
              $set: {
                route,
                provider,
                owner,
                leaseUntil: inMs(leaseMs),
                fence: { $cond: [changesHands, { $add: [fence, 1] }, fence] },
              },
            },
          ],
          { upsert: true, returnDocument: 'after' },
        );
        return doc
          ? { fence: doc.fence ?? 0, control: doc.control ?? null, orders: { ...NO_ORDERS, ...doc.orders } }
          : null;
      } catch (error) {
        // The upsert of a lane that another worker holds collides with that worker's document.
        if (isDuplicateKey(error)) return null;
        throw error;
      }
    },

    async learned(id) {
      return (await lanes.findOne({ _id: id }, { projection: { control: 1 } }))?.control ?? null;
    },

    // The orders are the API's to write: ours may be older than those in the document.
    async save({ id, orders: _, ...view }, control, fence) {
      const { matchedCount } = await lanes.updateOne(
        { _id: id, owner: view.owner, fence },
        { $set: { ...view, control } },
      );
      return matchedCount === 1;
    },

    async release(id, fence) {
      await lanes.updateOne({ _id: id, fence }, { $set: { owner: null } });
    },

    async decide(decision) {
      await decisions.insertOne({ _id: newId(), ...decision });
    },
  };
}
