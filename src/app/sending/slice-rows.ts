import type { Claimed, Ledger } from './ports.ts';

/** Rows of one slice, claimed a handful at a time as senders ask for them. */

export type Rows = {
  /** The next row, or null when nobody is due. */
  next(): Promise<Claimed | null>;
  /** Rows claimed that no sender took. */
  rest(): readonly Claimed[];
};

type Query = { readonly campaignId: string; readonly slice: number; readonly domains: readonly string[] | null };

export function makeRows(
  ledger: Ledger,
  query: Query,
  options: { readonly by: string; readonly now: () => number; readonly batch: () => number },
): Rows {
  let rows: Claimed[] = [];
  let claims = 0;
  let claiming: Promise<void> | null = null;
  let isDry = false;

  async function claim(): Promise<void> {
    claims += 1;
    const by = `${options.by}.${claims}`;
    const claimed = await ledger.claim({ ...query, limit: options.batch(), now: options.now(), by });
    isDry = claimed.length === 0;
    rows = claimed.reverse();
  }

  return {
    async next() {
      while (rows.length === 0 && !isDry) {
        claiming ??= claim().finally(() => {
          claiming = null;
        });
        await claiming;
      }
      return rows.pop() ?? null;
    },
    rest() {
      isDry = true;
      return rows.splice(0);
    },
  };
}
