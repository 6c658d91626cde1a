import type { Recipient, RecipientReader } from '../../app/campaigns/ports.ts';
import { NO_COUNTS, RECIPIENT_STATES, type RecipientState } from '../../core/recipients/recipient.ts';
import type { Collections, RecipientDoc, SliceDoc } from './documents.ts';

/** The ledger for reading. Nothing here reads more rows than a page holds, save those of one slice. */

/** Slices looked at for one page; a state that few rows have gives a short page and a cursor, not a long wait. */
const MOST_SLICES = 500;
const SLICES_AT_ONCE = 100;

type Place = { readonly slice: number; readonly after: string };

/** `slice.id` of the last row seen; a cursor that says nothing sensible starts nowhere. */
function placeOf(cursor: string | null): Place | null {
  if (cursor === null) return { slice: 0, after: '' };
  const found = /^(\d{1,9})\.([0-9a-f]{0,24})$/.exec(cursor);
  return found ? { slice: Number(found[1]), after: found[2]! } : null;
}

const toRecipient = (doc: RecipientDoc): Recipient => ({
  id: doc._id,
  campaignId: doc.campaignId,
  slice: doc.slice,
  address: doc.address,
  domain: doc.domain,
  fields: doc.fields,
  line: doc.line,
  state: doc.state,
  dueAt: doc.dueAt,
  attempts: doc.attempts ?? 0,
  failures: doc.failures ?? 0,
  lastReply: doc.lastReply ?? null,
  firstTriedAt: doc.firstTriedAt ?? null,
  settledAt: doc.settledAt ?? null,
});

/** Counts of a slice that somebody works on lag behind its rows. */
const mayHold = (doc: SliceDoc, state: RecipientState | undefined) =>
  state === undefined || doc.lease !== undefined || (doc.counts[state] ?? 0) > 0;

export function mongoRecipientReader(collections: Collections): RecipientReader {
  const { campaigns, recipients, slices, attempts } = collections;

  async function sliceCount(campaignId: string): Promise<number> {
    return (await campaigns.findOne({ _id: campaignId }, { projection: { sliceCount: 1 } }))?.sliceCount ?? 0;
  }

  async function* slicesFrom(campaignId: string, first: number, end: number): AsyncGenerator<SliceDoc> {
    for (let from = first; from < end; from += SLICES_AT_ONCE) {
      const range = { $gte: from, $lt: Math.min(from + SLICES_AT_ONCE, end) };
      yield* await slices.find({ campaignId, slice: range }, { sort: { slice: 1 } }).toArray();
    }
  }

  return {
    async list(campaignId, { state, limit, cursor }) {
      const place = placeOf(cursor);
      if (!place) return { items: [], nextCursor: null };
      const items: Recipient[] = [];
      let looked = 0;
      for await (const doc of slicesFrom(campaignId, place.slice, await sliceCount(campaignId))) {
        if (!mayHold(doc, state)) continue;
        if (items.length === limit || looked++ === MOST_SLICES) return { items, nextCursor: `${doc.slice}.` };
        const after = doc.slice === place.slice ? place.after : '';
        const room = limit - items.length;
        const rows = await recipients
          .find(
            { campaignId, slice: doc.slice, ...(state && { state }), ...(after && { _id: { $gt: after } }) },
            { sort: { _id: 1 }, limit: room + 1 },
          )
          .toArray();
        items.push(...rows.slice(0, room).map(toRecipient));
        if (rows.length > room) return { items, nextCursor: `${doc.slice}.${rows[room - 1]!._id}` };
      }
      return { items, nextCursor: null };
    },

    async get(campaignId, id) {
      const doc = await recipients.findOne({ _id: id, campaignId });
      if (!doc) return null;
      // Rows of an import under way are not there yet, and those of one that failed never will be.
      const slice = await slices.findOne({ campaignId, slice: doc.slice }, { projection: { _id: 1 } });
      return slice && doc.slice < (await sliceCount(campaignId)) ? toRecipient(doc) : null;
    },

    async attempts(campaignId, recipientId) {
      const docs = await attempts.find({ campaignId, recipientId }, { sort: { at: 1 } }).toArray();
      return docs.map(({ _id, ...attempt }) => attempt);
    },

    async counts(campaignId) {
      const sums = Object.fromEntries(RECIPIENT_STATES.map((state) => [state, { $sum: `$counts.${state}` }]));
      const visible = { campaignId, slice: { $lt: await sliceCount(campaignId) } };
      const [found] = await slices.aggregate([{ $match: visible }, { $group: { _id: null, ...sums } }]).toArray();
      return { ...NO_COUNTS, ...Object.fromEntries(RECIPIENT_STATES.map((state) => [state, found?.[state] ?? 0])) };
    },

    async doubtful(campaignId) {
      const [found] = await slices
        .aggregate<{ letters: number; until: Date }>([
          { $match: { campaignId, 'doubtful.until': { $exists: true } } },
          { $group: { _id: null, letters: { $sum: '$doubtful.letters' }, until: { $max: '$doubtful.until' } } },
        ])
        .toArray();
      return found ? { letters: found.letters, until: found.until } : null;
    },
  };
}
