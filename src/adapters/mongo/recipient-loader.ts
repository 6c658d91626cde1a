import { MongoBulkWriteError, type WriteError } from 'mongodb';
import type { NewRecipient } from '../../app/campaigns/ports.ts';
import type { NewSlice, RecipientLoader, SliceRange } from '../../app/import/ports.ts';
import { NO_COUNTS } from '../../core/recipients/recipient.ts';
import type { Collections, RecipientDoc, SliceDoc } from './documents.ts';

const DUPLICATE_KEY = 11000;
/** Up to 50,000 rows or as many domains. */
const SLICES_AT_ONCE = 50;
/** Rows wait from the beginning of time; when they may go is decided by the campaign. */
const DUE = new Date(0);

const within = ({ from, to }: SliceRange) => ({ $gte: from, $lt: to });

export function mongoRecipientLoader({
  recipients,
  slices,
}: Pick<Collections, 'recipients' | 'slices'>): RecipientLoader {
  /** Answers the indexes of duplicates. */
  async function insert(docs: readonly RecipientDoc[]): Promise<readonly number[]> {
    if (docs.length === 0) return [];
    return recipients.insertMany([...docs], { ordered: false }).then(() => [], duplicatesOf);
  }

  return {
    async insertMany(rows, leftovers) {
      const docs = rows.map(toDoc);
      const duplicates = await insert(docs);
      if (duplicates.length === 0 || leftovers.length === 0) return duplicates;
      const again = duplicates.map((index) => docs[index]!);
      const { campaignId } = again[0]!;
      // Found by their keys and removed by their ids: a condition on the slice beside the key would use no index.
      const filter = { campaignId, key: { $in: again.map(({ key }) => key) } };
      const there = await recipients.find(filter, { projection: { slice: 1 } }).toArray();
      const givenUp = there.filter(({ slice }) => leftovers.some(({ from, to }) => slice >= from && slice < to));
      await recipients.deleteMany({ _id: { $in: givenUp.map(({ _id }) => _id) } });
      return (await insert(again)).map((index) => duplicates[index]!);
    },

    async insertSlices(added) {
      for (let at = 0; at < added.length; at += SLICES_AT_ONCE) {
        await slices.insertMany(added.slice(at, at + SLICES_AT_ONCE).map(toSliceDoc));
      }
    },

    async removeSlices(campaignId, range) {
      await slices.deleteMany({ campaignId, slice: within(range) });
    },

    async removeRows(campaignId, range) {
      await slices.deleteMany({ campaignId, slice: within(range) });
      await recipients.deleteMany({ campaignId, slice: within(range) });
    },
  };
}

const toDoc = ({ id, ...row }: NewRecipient): RecipientDoc => ({
  _id: id,
  campaignId: row.campaignId,
  slice: row.slice,
  address: row.address,
  domain: row.domain,
  fields: row.fields,
  line: row.line,
  key: row.address.toLowerCase(),
  state: 'pending',
  dueAt: DUE,
});

const toSliceDoc = ({ campaignId, slice, domains, size }: NewSlice): SliceDoc => ({
  _id: `${campaignId}:${slice}`,
  campaignId,
  slice,
  domains,
  size,
  counts: { ...NO_COUNTS, pending: size },
  dueAt: DUE,
});

/** The indexes of duplicates; throws whatever else went wrong: after any other error nobody knows which rows are there. */
export function duplicatesOf(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const failures = [error.writeErrors].flat();
  const isCertain = failures.length > 0 && !error.result.getWriteConcernError();
  if (!isCertain || failures.some((failure) => failure.code !== DUPLICATE_KEY)) throw error;
  return failures.filter((failure) => !isOwnRow(failure)).map((failure) => failure.index);
}

/** A batch sent again after a lost answer meets its own rows by their ids; those are in, and no duplicates. */
const isOwnRow = (failure: WriteError) => /\bindex: _id_/.test(failure.errmsg ?? '');
