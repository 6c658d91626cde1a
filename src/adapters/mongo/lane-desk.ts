import type { LaneDesk } from '../../app/lanes/ports.ts';
import { NO_ORDERS } from '../../core/lanes/lane.ts';
import type { Collections } from './documents.ts';

/** Orders stand in the lane's own document, where its owner sees them as it renews its lease. */

const WRITTEN = { updatedAt: { $exists: true } };
const ONLY_ORDERS = { projection: { orders: 1 } } as const;

export function mongoLaneDesk({ lanes }: Pick<Collections, 'lanes'>): LaneDesk {
  return {
    async orders(id) {
      const doc = await lanes.findOne({ _id: id, ...WRITTEN }, ONLY_ORDERS);
      return doc && { ...NO_ORDERS, ...doc.orders };
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
      return doc && { ...NO_ORDERS, ...doc.orders };
    },
  };
}
