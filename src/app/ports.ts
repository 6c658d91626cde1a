import type { Timers } from '../core/life-cycle.ts';

/** What the use cases need of the world. No port mentions a library; the adapters fill them. */

export type Clock = Pick<Timers, 'now'>;
export type Random = () => number;
export type NewId = () => string;

export type Log = {
  info(event: string, fields?: object): void;
  warn(event: string, fields?: object): void;
  error(event: string, fields?: object): void;
  with(fields: object): Log;
};

export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };

export type Suppression = { readonly address: string; readonly reason: string; readonly at: Date };

export type SuppressionStore = {
  /** Those of the given addresses (any case) that are suppressed, as given. */
  suppressed(addresses: readonly string[]): Promise<ReadonlySet<string>>;
  add(address: string, reason: string, campaignId: string | null): Promise<void>;
  remove(address: string): Promise<boolean>;
  get(address: string): Promise<Suppression | null>;
  list(query: { limit: number; cursor: string | null }): Promise<Page<Suppression>>;
};

/** Seals a secret for the database; `about` is bound to the sealed text, so that none can be swapped for another. */
export type Seal = { seal(plain: string, about: string): string; open(sealed: string, about: string): string };
