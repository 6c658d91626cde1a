import type { LaneOrderStore, LaneReader, LaneStore, LaneView } from '../../app/lanes/ports.ts';
import type { NewId } from '../../app/ports.ts';
import { type Decision, NO_ORDERS } from '../../core/lanes/lane.ts';
import { inMs, isDuplicateKey, upserted } from './client.ts';
import type { Collections, LaneDoc } from './documents.ts';
import { raiseRevision } from './routes.ts';

/** Lanes: one owner each, by a lease on the server's clock with a fence that rises with every opening. */

/** A lane that was acquired but not yet written has no view. */
const WRITTEN = { updatedAt: { $exists: true } };
const NO_CONTROL = { control: 0, leaseUntil: 0, fence: 0 } as const;
const ONLY_ORDERS = { projection: { orders: 1 } } as const;

export function mongoLanes({ lanes, decisions }: Pick<Collections, 'lanes' | 'decisions'>, newId: NewId): LaneStore {
  return {
    async acquire({ id, route, provider }, owner, leaseMs) {
      const free = { $or: [{ owner }, { owner: null }, { $expr: { $lt: ['$leaseUntil', '$$NOW'] } }] };
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
                fence: { $add: [{ $ifNull: ['$fence', 0] }, 1] },
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

    async renew(id, owner, fence, leaseMs) {
      const doc = await lanes.findOneAndUpdate({ _id: id, owner, fence }, [{ $set: { leaseUntil: inMs(leaseMs) } }], {
        ...ONLY_ORDERS,
        returnDocument: 'after',
      });
      return doc && { ...NO_ORDERS, ...doc.orders };
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

/** Orders stand in the lane's own document, where its owner sees them as it renews its lease. */
export function mongoLaneOrders({ lanes, routing }: Pick<Collections, 'lanes' | 'routing'>): LaneOrderStore {
  return {
    async orders(id) {
      const doc = await lanes.findOne({ _id: id, ...WRITTEN }, ONLY_ORDERS);
      return doc && { ...NO_ORDERS, ...doc.orders };
    },

    async prepare({ id, orders: _, ...view }) {
      // One that a worker has just acquired is written by it within a second.
      await upserted(() => lanes.updateOne({ _id: id }, { $setOnInsert: { ...view } }, { upsert: true }));
    },

    /** Field by field, so that two people who order different things do not undo each other. */
    async order(id, patch) {
      const fields = Object.entries(patch).map(([name, value]) => [`orders.${name}`, value] as const);
      if (fields.length === 0) return this.orders(id);
      const update = { $set: Object.fromEntries(fields) };
      const doc = await lanes.findOneAndUpdate({ _id: id, ...WRITTEN }, update, {
        ...ONLY_ORDERS,
        returnDocument: 'after',
      });
      await raiseRevision(routing);
      return doc && { ...NO_ORDERS, ...doc.orders };
    },
  };
}

/** What was ordered counts at once; the state that the owner wrote may be a second old, or from before it died. */
function toView({ _id, orders: given, ...view }: LaneDoc): LaneView {
  const orders = { ...NO_ORDERS, ...given };
  const state = view.state === 'paused' ? 'steady' : view.state;
  return { id: _id, ...view, state: orders.paused ? 'paused' : state, orders };
}

/** Ids begin with the second in which they were made. */
const idAt = (at: Date) =>
  `${Math.floor(at.getTime() / 1000)
    .toString(16)
    .padStart(8, '0')}${'0'.repeat(16)}`;

export function mongoLaneReader({ lanes, decisions }: Pick<Collections, 'lanes' | 'decisions'>): LaneReader {
  return {
    async list() {
      return (await lanes.find(WRITTEN, { projection: NO_CONTROL, sort: { _id: 1 } }).toArray()).map(toView);
    },

    async get(id) {
      const doc = await lanes.findOne({ _id: id, ...WRITTEN }, { projection: NO_CONTROL });
      return doc ? toView(doc) : null;
    },

    /** The newest first; the cursor is the last id seen. */
    async decisions(id, { limit, cursor }) {
      const filter = { lane: id, ...(cursor && { _id: { $lt: cursor } }) };
      const docs = await decisions.find(filter, { sort: { _id: -1 }, limit: limit + 1 }).toArray();
      const page = docs.slice(0, limit);
      const items = page.map(({ _id, ...decision }): Decision => decision);
      return { items, nextCursor: docs.length > limit ? (page.at(-1)?._id ?? null) : null };
    },

    async turns(id, from, until, actions, limit) {
      // A decision is stored after it was made, so by id there is only a beginning.
      const filter = {
        lane: id,
        _id: { $gte: idAt(from) },
        at: { $gte: from, $lt: until },
        action: { $in: [...actions] },
      };
      const docs = await decisions.find(filter, { sort: { _id: -1 }, limit }).toArray();
      return docs.reverse().map(({ _id, ...decision }): Decision => decision);
    },
  };
}
