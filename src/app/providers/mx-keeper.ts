import type { Log } from '../ports.ts';
import type { KnownMx, MxStore } from './ports.ts';

/** The MX collection as a memory that may fail: nobody waits for its writes, and its loss costs look-ups only. */

export type MxKeeper = {
  /** Never rejects: what can not be read is not known. */
  read(domains: readonly string[]): Promise<readonly KnownMx[]>;
  /** Written soon, together with what else comes meanwhile. */
  keep(known: KnownMx): void;
};

const AT_ONCE = 500;

export function makeMxKeeper(store: MxStore, log: Log): MxKeeper {
  const unwritten = new Map<string, KnownMx>();
  let isWriting = false;

  async function write(): Promise<void> {
    isWriting = true;
    try {
      while (unwritten.size > 0) {
        const some = [...unwritten.values()].slice(0, AT_ONCE);
        for (const { domain } of some) unwritten.delete(domain);
        await store.write(some);
      }
    } catch (error) {
      unwritten.clear();
      log.warn('mx not kept', { reason: String(error) });
    } finally {
      isWriting = false;
    }
  }

  return {
    async read(domains) {
      const found: KnownMx[] = [];
      try {
        for (let from = 0; from < domains.length; from += AT_ONCE) {
          found.push(...(await store.read(domains.slice(from, from + AT_ONCE))));
        }
      } catch (error) {
        log.warn('mx not recalled', { reason: String(error) });
      }
      return found;
    },
    keep(known) {
      unwritten.set(known.domain, known);
      if (!isWriting) void write();
    },
  };
}
