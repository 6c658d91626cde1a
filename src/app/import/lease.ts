import type { Clock } from '../ports.ts';
import { lostFault } from './end.ts';
import type { Import, ImportFault, ImportStore } from './ports.ts';

/** Proof that the loader of an import is alive. Once it is over, the rescue removes the rows, so none may be written. */

export const LEASE_MS = 60_000;
const RENEW_MS = 15_000;

/** Ends an import for a reason that its report can name. */
export class ImportStopped extends Error {
  readonly fault: ImportFault;
  constructor(fault: ImportFault, cause?: unknown) {
    super(fault.detail, { cause });
    this.name = 'ImportStopped';
    this.fault = fault;
  }
}

export type ImportLease = {
  /** Renews when it is time, and with it writes how far the import is. Throws `ImportStopped` when the lease is lost. */
  keep(progress: Partial<Import>): Promise<void>;
};

export function makeImportLease(imports: ImportStore, clock: Clock, { id, leaseUntil }: Import): ImportLease {
  let until = leaseUntil.getTime();

  return {
    async keep(progress) {
      const now = clock.now();
      if (now >= until) throw new ImportStopped(lostFault);
      if (now < until - LEASE_MS + RENEW_MS) return;
      const value = await imports.get(id);
      if (value?.state !== 'loading') throw new ImportStopped(lostFault);
      until = now + LEASE_MS;
      await imports.update(id, { ...progress, leaseUntil: new Date(until) });
    },
  };
}
