import { MongoBulkWriteError, type WriteError } from 'mongodb';
import type { NewRecipient } from '../../app/campaigns/ports.ts';
import type { NewSlice, RecipientLoader } from '../../app/import/ports.ts';
import { NO_COUNTS } from '../../core/recipients/recipient.ts';
import type { Collections, RecipientDoc, SliceDoc } from './documents.ts';

const DUPLICATE_KEY = 11000;
/** Up to 50,000 rows or as many domains. */
const SLICES_AT_ONCE = 50;
/** Rows wait from the beginning of time; when they may go is decided by the campaign. */
const DUE = new Date(0);

export function mongoRecipientLoader({
  recipients,
  slices,
}: Pick<Collections, 'recipients' | 'slices'>): RecipientLoader {
  return {
    async insertMany(rows) {
      if (rows.length === 0) return [];
      try {
        await recipients.insertMany(rows.map(toDoc), { ordered: false });
        return [];
      } catch (error) {
        return duplicatesOf(error);
      }
    },

    async insertSlices(added) {
      for (let at = 0; at < added.length; at += SLICES_AT_ONCE) {
        await slices.insertMany(added.slice(at, at + SLICES_AT_ONCE).map(toSliceDoc));
      }
    },

    /** A few slices at a time, so that no single command outlasts its time limit. */
    async removeFrom(campaignId, slice) {
      await slices.deleteMany({ campaignId, slice: { $gte: slice } });
      const left = await recipients.distinct('slice', { campaignId, slice: { $gte: slice } });
      for (let at = 0; at < left.length; at += SLICES_AT_ONCE) {
        await recipients.deleteMany({ campaignId, slice: { $in: left.slice(at, at + SLICES_AT_ONCE) } });
      }
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
