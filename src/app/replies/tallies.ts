import { MOST_EXAMPLES, slotOf, type Tally } from '../../core/replies/tally.ts';
import type { Log } from '../ports.ts';
import type { ReplyRecord, TallyStore } from './ports.ts';

/** Counts what was heard, in memory, and writes the sums about once a second. It never holds a letter up. */

export type Tallies = {
  add(note: ReplyRecord): void;
  /** Rejects when the database does; what it did not take is written the next time. */
  flush(): Promise<void>;
};

type Counting = {
  -readonly [K in keyof Tally]: K extends 'examples' ? string[] : Tally[K];
} & { isWritten: boolean };

/** Sums held at once; what would be one more is not counted. */
const MOST = 20_000;

export function makeTallies({ refusals, worker, log }: { refusals: TallyStore; worker: string; log: Log }): Tallies {
  const sums = new Map<string, Counting>();
  let lost = 0;
  let latest = 0;

  function begin(note: ReplyRecord, slot: number, key: string): Counting | null {
    if (sums.size >= MOST) return null;
    const { campaignId, lane, verdict, code, enhanced, at } = note;
    const sum: Counting = {
      ...{ campaignId, lane, slot, code, enhanced, firstAt: at, lastAt: at },
      rule: verdict?.rule ?? null,
      verdict: verdict && kept(verdict),
      count: 0,
      examples: [],
      isWritten: false,
    };
    sums.set(key, sum);
    return sum;
  }

  /** A slot that is over and written needs no memory. */
  function forgetOld(): void {
    const current = slotOf(latest);
    for (const [key, sum] of sums) if (sum.isWritten && sum.slot < current) sums.delete(key);
  }

  return {
    add(note) {
      const slot = slotOf(note.at);
      latest = Math.max(latest, note.at);
      const key = `${slot} ${note.campaignId} ${note.lane} ${note.verdict?.rule ?? ''}`;
      const sum = sums.get(key) ?? begin(note, slot, key);
      if (!sum) {
        lost += 1;
        return;
      }
      sum.count += 1;
      sum.lastAt = note.at;
      sum.isWritten = false;
      if (note.verdict && sum.examples.length < MOST_EXAMPLES) addExample(sum, note);
    },

    async flush() {
      if (lost > 0) log.warn('replies not counted', { replies: lost });
      lost = 0;
      forgetOld();
      const unwritten = [...sums.values()].filter((sum) => !sum.isWritten);
      if (unwritten.length === 0) return;
      const copies = unwritten.map(({ isWritten: _, ...sum }) => ({ ...sum, examples: [...sum.examples] }));
      for (const sum of unwritten) sum.isWritten = true;
      try {
        await refusals.write(worker, copies);
      } catch (error) {
        for (const sum of unwritten) sum.isWritten = false;
        throw error;
      }
    },
  };
}

const kept = ({ cause, meaning, reaction, scope, explicit }: NonNullable<ReplyRecord['verdict']>) => ({
  ...{ cause, meaning, reaction, scope, explicit },
});

function addExample(sum: Counting, { code, enhanced, text }: ReplyRecord): void {
  const words = [code === 0 ? '' : code, enhanced ?? '', text].filter((part) => part !== '').join(' ');
  if (words !== '' && !sum.examples.includes(words)) sum.examples.push(words);
}
