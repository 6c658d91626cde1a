import type { Import, ImportStore, Reject } from '../../app/import/ports.ts';
import type { Collections, ImportDoc, RejectDoc } from './documents.ts';
import { duplicatesOf } from './recipient-loader.ts';

/** Digits of a line number in the id of a reject, so that ids sort as lines do. */
const DIGITS = 10;

const idOf = (importId: string, line: number) => `${importId}:${String(line).padStart(DIGITS, '0')}`;
/** By the id alone: its range is one stretch of one index, wherever in the list it begins. `;` follows `:`. */
export const ofImport = (importId: string, after: string | null = null) => ({
  _id: { $gt: after?.startsWith(`${importId}:`) ? after : `${importId}:`, $lt: `${importId};` },
});
const toImport = ({ _id, ...rest }: ImportDoc): Import => ({ id: _id, ...rest });
const toReject = ({ _id, importId, ...rest }: RejectDoc): Reject => rest;

export function mongoImports({ imports, rejects }: Pick<Collections, 'imports' | 'rejects'>): ImportStore {
  return {
    async insert({ id, ...rest }) {
      await imports.insertOne({ _id: id, ...rest });
    },

    async get(id) {
      const doc = await imports.findOne({ _id: id });
      return doc ? toImport(doc) : null;
    },

    async update(id, patch) {
      await imports.updateOne({ _id: id }, { $set: patch });
    },

    /** A line is rejected once, so adding it again, as after a lost answer, changes nothing. */
    async addRejects(importId, added) {
      if (added.length === 0) return;
      const docs = added.map((reject) => ({ _id: idOf(importId, reject.line), importId, ...reject }));
      await rejects.insertMany(docs, { ordered: false }).catch(duplicatesOf);
    },

    /** By line; the cursor is the last id seen. */
    async rejects(importId, { limit, cursor }) {
      const docs = await rejects.find(ofImport(importId, cursor), { sort: { _id: 1 }, limit: limit + 1 }).toArray();
      const nextCursor = docs.length > limit ? (docs[limit - 1]?._id ?? null) : null;
      return { items: docs.slice(0, limit).map(toReject), nextCursor };
    },

    async *allRejects(importId) {
      for await (const doc of rejects.find(ofImport(importId), { sort: { _id: 1 }, batchSize: 1_000 }))
        yield toReject(doc);
    },

    async abandoned(now) {
      const docs = await imports.find({ state: 'loading', leaseUntil: { $lt: now } }, { sort: { _id: 1 } }).toArray();
      return docs.map(toImport);
    },

    async withLeftover(campaignId) {
      const filter = { ...(campaignId && { campaignId }), 'leftover.to': { $exists: true } };
      const docs = await imports.find(filter, { sort: { _id: 1 } }).toArray();
      return docs.flatMap(({ _id, leftover, ...rest }) => (leftover ? [{ id: _id, ...rest, leftover }] : []));
    },
  };
}
