import type { Collections, RecipientDoc } from '../../../src/adapters/mongo/documents.ts';
import type { Ledger, Settlement } from '../../../src/app/sending/ports.ts';
import { NO_COUNTS } from '../../../src/core/recipients/recipient.ts';
import { newId } from '../../setup/ids.ts';

/** A ledger's rows for a test. */

/** One slice of so many people who are due. */
export async function aSlice({ recipients, slices }: Collections, ledger: Ledger, count: number) {
  const campaignId = newId();
  const rows = Array.from(
    { length: count },
    (_, index): RecipientDoc => ({
      _id: newId(),
      campaignId,
      slice: 0,
      key: `p${index}@a.example`,
      address: `p${index}@a.example`,
      domain: 'a.example',
      fields: {},
      line: index + 2,
      state: 'pending',
      dueAt: new Date(0),
    }),
  );
  await recipients.insertMany(rows);
  await slices.insertOne({
    _id: `${campaignId}:0`,
    campaignId,
    slice: 0,
    domains: ['a.example'],
    size: count,
    counts: { ...NO_COUNTS, pending: count },
    dueAt: new Date(0),
  });
  const claim = (limit: number, by: string, triedTooLongAgo = 0) =>
    ledger.claim({ campaignId, slice: 0, domains: null, limit, now: Date.now(), triedTooLongAgo, by });
  const states = async () => {
    const found = await recipients.find({ campaignId }, { projection: { state: 1 } }).toArray();
    return found.map(({ state }) => state).sort();
  };
  return { ref: { campaignId, slice: 0 }, claim, states };
}

export const settlement = (row: { id: string; by: string }, to: Settlement['to']): Settlement => ({
  ...row,
  to,
  attempted: true,
  failed: false,
  reply: null,
  firstTriedAt: null,
});
