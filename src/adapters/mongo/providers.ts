import type { ProviderStore } from '../../app/providers/ports.ts';
import type { ProfilePatch } from '../../core/providers/table.ts';
import { isDuplicateKey } from './client.ts';
import type { Collections } from './documents.ts';
import { raiseRevision } from './routes.ts';

/** What this installation changed of the shipped profiles; a provider without changes has no document. */

export function mongoProviders({ providers, routing }: Pick<Collections, 'providers' | 'routing'>): ProviderStore {
  /** The filter names the whole patch of before, so of two writers at once one matches nothing. */
  async function replace(provider: string, patch: ProfilePatch, before: ProfilePatch): Promise<boolean> {
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
  }

  return {
    async all() {
      return new Map((await providers.find().toArray()).map(({ _id, patch }) => [_id, patch]));
    },

    async get(provider) {
      return (await providers.findOne({ _id: provider }))?.patch ?? {};
    },

    async put(provider, patch, before) {
      const isWritten = await replace(provider, patch, before);
      if (isWritten) await raiseRevision(routing);
      return isWritten;
    },
  };
}
