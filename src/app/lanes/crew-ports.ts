import type { Holder } from '../../core/lanes/share.ts';

/** What several workers need of the database to share the work. Leases are judged by the server's clock. */

export type CrewRoll = {
  /** Says that we are here for `leaseMs`; answers who is, ourselves too, and who holds which lane. */
  present(
    worker: string,
    leaseMs: number,
  ): Promise<{ readonly workers: readonly string[]; readonly owners: ReadonlyMap<string, string> }>;
  leave(worker: string): Promise<void>;
};

export type RouteShares = {
  /**
   * Writes what `decide` makes of the others who are alive, unless one of them wrote at the same time: then null, and
   * nothing is changed.
   */
  claim(
    route: string,
    worker: string,
    decide: (others: readonly Holder[]) => Holder,
    leaseMs: number,
  ): Promise<{ readonly mine: Holder; readonly others: readonly Holder[] } | null>;
  release(route: string, worker: string): Promise<void>;
};
