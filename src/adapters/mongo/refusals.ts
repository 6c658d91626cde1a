import type { Refusals } from '../../app/replies/ports.ts';
import { slotOf, type Tally } from '../../core/replies/tally.ts';
import type { Collections, RefusalDoc } from './documents.ts';

/** What was heard, a document per worker, slot, campaign, lane and rule; written whole, so that repeating it is harmless. */

/** Beyond so many the oldest are left out. */
const MOST_READ = 50_000;

const toDoc = (worker: string, tally: Tally): RefusalDoc => {
  const { campaignId, lane, slot, rule } = tally;
  return {
    ...tally,
    _id: [campaignId, lane, slot, rule ?? '', worker].join(' '),
    slot: new Date(slot),
    firstAt: new Date(tally.firstAt),
    lastAt: new Date(tally.lastAt),
  };
};

const toTally = ({ _id, slot, firstAt, lastAt, ...rest }: RefusalDoc): Tally => ({
  ...rest,
  slot: slot.getTime(),
  firstAt: firstAt.getTime(),
  lastAt: lastAt.getTime(),
});

export function mongoRefusals({ refusals }: Pick<Collections, 'refusals'>): Refusals {
  return {
    async write(worker, tallies) {
      const docs = tallies.map((tally) => toDoc(worker, tally));
      await refusals.bulkWrite(
        docs.map(({ _id, ...replacement }) => ({ replaceOne: { filter: { _id }, replacement, upsert: true } })),
        { ordered: false },
      );
    },

    async read(filter, from) {
      const since = { slot: { $gte: new Date(slotOf(from)) } };
      const docs = await refusals.find({ ...filter, ...since }, { sort: { slot: -1 }, limit: MOST_READ }).toArray();
      return docs.reverse().map(toTally);
    },
  };
}
