import type { LaneReader, LaneView } from '../../app/lanes/ports.ts';
import { type Decision, NO_ORDERS } from '../../core/lanes/lane.ts';
import type { Collections, LaneDoc } from './documents.ts';

/** A lane that was taken but not yet written has no view. */
const WRITTEN = { updatedAt: { $exists: true } };
const NO_CONTROL = { control: 0, leaseUntil: 0, fence: 0 } as const;

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
