import { makeMemory } from '../memory.ts';

/** What became of letters that were refused with the same words: the recipient's own, or gone a moment later. */

export type WordsRecord = {
  /** A refusal with these words proved to be the recipient's: it stuck, or the next letter was taken. */
  wasOwn(words: string): void;
  /** One who had heard them was accepted. */
  passed(words: string): void;
  /** Whether these words speak of recipients here, whatever they say. */
  areOwn(words: string): boolean;
};

const MOST_WORDS = 500;
const LEAST = 2;
/** So many that stuck for each that passed. */
const TIMES = 2;

export function makeWordsRecord(): WordsRecord {
  const known = makeMemory<{ own: number; passed: number }>(MOST_WORDS);

  function entryOf(words: string) {
    const entry = known.get(words) ?? { own: 0, passed: 0 };
    known.set(words, entry);
    return entry;
  }

  return {
    wasOwn(words) {
      entryOf(words).own += 1;
    },
    passed(words) {
      entryOf(words).passed += 1;
    },
    areOwn(words) {
      const { own, passed } = known.get(words) ?? { own: 0, passed: 0 };
      return own >= LEAST && own > TIMES * passed;
    },
  };
}
