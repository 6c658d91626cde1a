import type { MxStore } from '../../app/providers/ports.ts';
import type { Collections } from './documents.ts';

/** The last MX known of each domain; an index forgets them after a week. */
export function mongoMx({ mx }: Pick<Collections, 'mx'>): MxStore {
  return {
    async read(domains) {
      if (domains.length === 0) return [];
      const docs = await mx.find({ _id: { $in: [...domains] } }).toArray();
      return docs.map(({ _id, ...rest }) => ({ domain: _id, ...rest }));
    },

    async write(known) {
      const writes = known.map(({ domain, ...doc }) => ({
        replaceOne: { filter: { _id: domain }, replacement: doc, upsert: true },
      }));
      await mx.bulkWrite(writes, { ordered: false });
    },
  };
}
