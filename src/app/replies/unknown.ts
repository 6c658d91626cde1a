import type { Stage } from '../../core/replies/reply.ts';
import { plain, shapeOf } from '../../core/replies/shape.ts';
import type { ReplyRecord, UnknownNote } from './ports.ts';

/** Replies that nobody knew, collected letter by letter and summed up by their words only when they are written. */

export type Noted = { -readonly [K in keyof UnknownNote]: UnknownNote[K] } & { readonly stage: Stage };

export type UnknownNotes = {
  add(record: ReplyRecord): void;
  /** Hands everything out, summed up. */
  takeAll(): readonly Noted[];
  /** Takes back what could not be written. */
  giveBack(notes: readonly Noted[]): void;
};

/** Texts and sums held at once; a server that says something else every time is not worth more. */
const MOST_TEXTS = 2_000;
const MOST_NOTES = 500;
const MOST_LANES = 20;

export function makeUnknownNotes(): UnknownNotes {
  let texts = new Map<string, { readonly first: ReplyRecord; count: number; lastAt: number }>();
  let kept: readonly Noted[] = [];

  return {
    add(record) {
      const key = `${record.lane} ${record.code} ${record.enhanced ?? ''} ${record.text}`;
      const seen = texts.get(key);
      if (seen) {
        seen.count += 1;
        seen.lastAt = record.at;
      } else if (texts.size < MOST_TEXTS) {
        texts.set(key, { first: record, count: 1, lastAt: record.at });
      }
    },

    takeAll() {
      const sums = new Map<string, Noted>();
      for (const note of kept) sumUp(sums, note);
      for (const { first, count, lastAt } of texts.values()) {
        const note = noteOf(first, count, lastAt);
        if (note) sumUp(sums, note);
      }
      texts = new Map();
      kept = [];
      return [...sums.values()];
    },

    giveBack(notes) {
      kept = notes;
    },
  };
}

/** Null when there are no words to teach: nothing but numbers. */
function noteOf(
  { provider, code, enhanced, text, lane, at, stage, verdict }: ReplyRecord,
  count: number,
  lastAt: number,
) {
  const shape = shapeOf(plain(text));
  if (shape === '' || verdict === null) return null;
  const { rule, meaning, reaction } = verdict;
  const sorted = { rule, meaning, reaction };
  const when = { firstAt: new Date(at), lastAt: new Date(lastAt) };
  return { provider, code, enhanced, text, shape, stage, lanes: [lane], count, sorted, ...when };
}

function sumUp(sums: Map<string, Noted>, note: Noted): void {
  const key = `${note.provider} ${note.code} ${note.enhanced ?? ''} ${note.shape}`;
  const sum = sums.get(key);
  if (sum) {
    sum.count += note.count;
    if (note.lastAt > sum.lastAt) sum.lastAt = note.lastAt;
    sum.lanes = [...new Set([...sum.lanes, ...note.lanes])].slice(0, MOST_LANES);
  } else if (sums.size < MOST_NOTES) {
    sums.set(key, note);
  }
}
