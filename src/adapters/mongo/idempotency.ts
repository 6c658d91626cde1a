import type { IdempotencyStore } from '../../app/api/ports.ts';
import type { Collections } from './documents.ts';

const isDuplicateKey = (error: unknown) => error instanceof Error && 'code' in error && error.code === 11_000;

/** Answers to requests with an Idempotency-Key; an index lets them go after two days. */
export function mongoIdempotency({ idempotency }: Pick<Collections, 'idempotency'>): IdempotencyStore {
  return {
    async begin(id, requestDigest, now, staleMs) {
      try {
        await idempotency.insertOne({ _id: id, requestDigest, at: now });
        return { kind: 'new', isRetry: false };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      const stale = { _id: id, answer: { $exists: false }, at: { $lt: new Date(now.getTime() - staleMs) } };
      const taken = await idempotency.updateOne(stale, { $set: { requestDigest, at: now } });
      if (taken.matchedCount === 1) return { kind: 'new', isRetry: true };
      const held = await idempotency.findOne({ _id: id });
      if (!held?.answer) return { kind: 'inWork' };
      return { kind: 'answered', requestDigest: held.requestDigest, answer: held.answer };
    },

    async keep(id, now) {
      await idempotency.updateOne({ _id: id, answer: { $exists: false } }, { $set: { at: now } });
    },

    async finish(id, requestDigest, answer) {
      await idempotency.updateOne({ _id: id }, { $set: { requestDigest, answer } });
    },

    async drop(id) {
      await idempotency.deleteOne({ _id: id, answer: { $exists: false } });
    },
  };
}
