import type { LaneReader, LaneView } from '../../app/ports.ts';
import type { Decision } from '../../core/lane.ts';
import type { Collections, LaneDoc } from './documents.ts';

/** A lane that was taken but not yet written has no view. */
const WRITTEN = { updatedAt: { $exists: true } };
const NO_CONTROL = { control: 0, leaseUntil: 0, fence: 0 } as const;

const toView = ({ _id, ...view }: LaneDoc): LaneView => ({ id: _id, ...view });

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
  };
}
