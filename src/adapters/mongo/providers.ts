import type { ProviderStore } from '../../app/providers/ports.ts';
import { isDuplicateKey } from './client.ts';
import type { Collections } from './documents.ts';

/** What this installation changed of the shipped profiles; a provider without changes has no document. */

export function mongoProviders({ providers }: Pick<Collections, 'providers'>): ProviderStore {
  return {
    async all() {
      return new Map((await providers.find().toArray()).map(({ _id, patch }) => [_id, patch]));
    },

    async get(provider) {
      return (await providers.findOne({ _id: provider }))?.patch ?? {};
    },

    /** The filter names the whole patch of before, so of two writers at once one matches nothing. */
    async put(provider, patch, before) {
      const filter = { _id: provider, patch: before };
      const isNew = Object.keys(before).length === 0;
      if (Object.keys(patch).length === 0) return isNew || (await providers.deleteOne(filter)).deletedCount === 1;
      try {
        const { matchedCount, upsertedCount } = await providers.replaceOne(filter, { patch }, { upsert: isNew });
        return matchedCount + upsertedCount === 1;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
  };
}
