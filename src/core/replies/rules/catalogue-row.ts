import type { Meaning, Reaction } from '../verdict.ts';

/**
 * A real reply that is rule and fixture at once. To add one: put the reply as the server sent it (code, enhanced code,
 * text) into catalogue.ts or a new file beside it, with `provider` a key of provider-table.ts, or null when anybody may say it, and
 * what it means. Addresses, hosts, links, numbers and ids may be any in the replies that it matches; all other words must
 * be the same, in the same order. A sample that ends in "..." leaves the rest of the reply open.
 * test/core/replies/catalogue.test.ts tries every row, so a row needs no test of its own.
 */
export type CatalogueRow = {
  readonly provider: string | null;
  readonly reply: string;
  /** Meaning, reaction, pause in seconds. */
  readonly means: readonly [Meaning, Reaction, number];
  /** The text names the provider's own limit. */
  readonly explicit?: true;
};
