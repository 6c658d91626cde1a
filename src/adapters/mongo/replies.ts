import { createHash } from 'node:crypto';
import type { UnknownNote, UnknownOrder, UnknownReplies, UnknownReply } from '../../app/replies/ports.ts';
import type { Collections, UnknownReplyDoc } from './documents.ts';

/** Replies that nobody knew, once per provider, code, enhanced code and words. */

/** Beyond so many only those are counted that are there already. */
const MOST_KEPT = 10_000;
const MOST_LANES = 50;
const SORT_FIELD = { frequent: 'count', newest: 'lastAt' } as const satisfies Record<UnknownOrder, string>;

/** The same everywhere and always, so that a dismissal or a rule finds its text again. */
const idOf = ({ provider, code, enhanced, shape }: UnknownNote): string =>
  createHash('sha256')
    .update([provider, code, enhanced ?? '', shape].join('\n'))
    .digest('hex')
    .slice(0, 24);

const toReply = ({ _id, dismissed: _, ...rest }: UnknownReplyDoc): UnknownReply => ({ id: _id, ...rest });

function addition(note: UnknownNote, isRoom: boolean) {
  const { provider, code, enhanced, text, count, firstAt, lastAt, lanes, sorted } = note;
  return {
    updateOne: {
      filter: { _id: idOf(note) },
      update: {
        $inc: { count },
        $max: { lastAt },
        $set: { sorted },
        $addToSet: { lanes: { $each: lanes.slice(0, MOST_LANES) } },
        $setOnInsert: { provider, code, enhanced, text, firstAt, dismissed: false },
      },
      upsert: isRoom,
    },
  };
}

/** `value id`: the sort value and the id that a page ended with. */
function after(order: UnknownOrder, cursor: string | null) {
  if (cursor === null) return {};
  const [value = '', id = ''] = cursor.split(' ');
  const field = SORT_FIELD[order];
  const last = order === 'frequent' ? Number(value) : new Date(Number(value));
  return { $or: [{ [field]: { $lt: last } }, { [field]: last, _id: { $gt: id } }] };
}

const cursorOf = (order: UnknownOrder, { _id, count, lastAt }: UnknownReplyDoc) =>
  `${order === 'frequent' ? count : lastAt.getTime()} ${_id}`;

export function mongoUnknownReplies({ unknownReplies }: Pick<Collections, 'unknownReplies'>): UnknownReplies {
  return {
    async add(notes) {
      const isRoom = (await unknownReplies.estimatedDocumentCount()) < MOST_KEPT;
      await unknownReplies.bulkWrite(
        notes.map((note) => addition(note, isRoom)),
        { ordered: false },
      );
    },

    async list({ order, limit, cursor }) {
      const sort = { [SORT_FIELD[order]]: -1, _id: 1 } as const;
      const filter = { dismissed: false, ...after(order, cursor) };
      const docs = await unknownReplies.find(filter, { sort, limit: limit + 1 }).toArray();
      const page = docs.slice(0, limit);
      const last = page.at(-1);
      return { items: page.map(toReply), nextCursor: docs.length > limit && last ? cursorOf(order, last) : null };
    },

    async get(id) {
      const doc = await unknownReplies.findOne({ _id: id });
      return doc ? toReply(doc) : null;
    },

    async dismiss(id) {
      return (await unknownReplies.updateOne({ _id: id }, { $set: { dismissed: true } })).matchedCount === 1;
    },

    async forget(id) {
      await unknownReplies.deleteOne({ _id: id });
    },
  };
}
