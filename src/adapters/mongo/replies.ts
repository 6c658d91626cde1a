import { createHash } from 'node:crypto';
import type {
  ReplyRule,
  ReplyRuleStore,
  ReplyStores,
  TallyStore,
  UnknownNote,
  UnknownOrder,
  UnknownReply,
  UnknownReplyStore,
} from '../../app/replies/ports.ts';
import { slotOf, type Tally } from '../../core/replies/tally.ts';
import { upserted } from './client.ts';
import type { Collections, RefusalDoc, ReplyRuleDoc, UnknownReplyDoc } from './documents.ts';

/** The reply log: what was said by rule and slot, what nobody understood, and what a person taught about it. */

export const mongoReplyStores = (collections: Collections): ReplyStores => ({
  refusals: mongoRefusals(collections),
  unknownReplies: mongoUnknownReplies(collections),
  replyRules: mongoReplyRules(collections),
});

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

/** Replies that nobody knew, once per provider, code, enhanced code and words. */
function mongoUnknownReplies({ unknownReplies }: Pick<Collections, 'unknownReplies'>): UnknownReplyStore {
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

/** Beyond so many the oldest are left out. */
const MOST_READ = 50_000;

const toDoc = (worker: string, tally: Tally): RefusalDoc => {
  const { campaignId, lane, slot, rule } = tally;
  return {
    ...tally,
    _id: [campaignId, lane, slot, rule ?? '', worker].join(' '),
    slot: new Date(slot),
    firstAt: new Date(tally.firstAt),
    lastAt: new Date(tally.lastAt),
  };
};

const toTally = ({ _id, slot, firstAt, lastAt, ...rest }: RefusalDoc): Tally => ({
  ...rest,
  slot: slot.getTime(),
  firstAt: firstAt.getTime(),
  lastAt: lastAt.getTime(),
});

/** What was said, a document per worker, slot, campaign, lane and rule; written whole, so that repeating it is harmless. */
function mongoRefusals({ refusals }: Pick<Collections, 'refusals'>): TallyStore {
  return {
    async write(worker, tallies) {
      const docs = tallies.map((tally) => toDoc(worker, tally));
      await refusals.bulkWrite(
        docs.map(({ _id, ...replacement }) => ({ replaceOne: { filter: { _id }, replacement, upsert: true } })),
        { ordered: false },
      );
    },

    async read(filter, from) {
      const since = { slot: { $gte: new Date(slotOf(from)) } };
      const docs = await refusals.find({ ...filter, ...since }, { sort: { slot: -1 }, limit: MOST_READ }).toArray();
      return docs.reverse().map(toTally);
    },
  };
}

const toRule = ({ _id, ...rest }: ReplyRuleDoc): ReplyRule => ({ id: _id, ...rest });

/** What a person taught about replies. */
function mongoReplyRules({ replyRules }: Pick<Collections, 'replyRules'>): ReplyRuleStore {
  return {
    async all() {
      return (await replyRules.find({}, { sort: { at: -1, _id: 1 } }).toArray()).map(toRule);
    },
    async get(id) {
      const doc = await replyRules.findOne({ _id: id });
      return doc ? toRule(doc) : null;
    },
    async put({ id, ...rule }) {
      await upserted(() => replyRules.replaceOne({ _id: id }, rule, { upsert: true }));
    },
    async remove(id) {
      return (await replyRules.deleteOne({ _id: id })).deletedCount === 1;
    },
  };
}
