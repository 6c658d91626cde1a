import { BACK_MS, type Blame, type Finding, finding, type Seen } from './finding.ts';
import { type Answer, isNamed } from './proposal.ts';
import { makeSticky, UNLIKELY } from './sticky.ts';
import { makeWordsRecord } from './words-record.ts';

/** Refusals that the words lay on the lane: its own, unless they come back to one recipient, or these words always did. */

export type Repeats = {
  weigh(seen: Seen, blame: Blame): Finding;
  /** An answer that the lane is not blamed for. */
  count(answer: Answer): void;
  accepted(answer: Answer): void;
  /** A refusal with these words proved to be a recipient's own. */
  wasOwn(words: string): void;
  areOwn(words: string): boolean;
};

const LONGEST_BACK_MS = 60_000;
/** Answers over which the share of recipients who hear such words is taken; above `BUSY_SHARE` no words are known better. */
const LATELY = 50;
const BUSY_SHARE = 0.2;

export function makeRepeats(): Repeats {
  const sticky = makeSticky();
  const records = makeWordsRecord();
  let pushedBack = 0;

  const learn = (isPushedBack: boolean) => {
    pushedBack += ((isPushedBack ? 1 : 0) - pushedBack) / LATELY;
  };

  function count({ recipient, domain }: Answer): void {
    sticky.count(recipient, domain, false);
    learn(false);
  }

  return {
    weigh({ answer, words }, blame) {
      if (!isNamed(answer.stage)) return finding(blame);
      sticky.count(answer.recipient, answer.domain, true);
      const { times, others, chance } = sticky.refuse(answer.recipient, answer.domain, words);
      // However often it asks again, it is one recipient of so many.
      if (times === 1) learn(true);
      if (chance < UNLIKELY) {
        records.wasOwn(words);
        return finding('recipient', { pardons: sticky.takeHeard(answer.recipient) });
      }
      // A cut has no words to be known by.
      if (blame !== 'host' && records.areOwn(words) && pushedBack < BUSY_SHARE) return finding('recipient');
      const backMs = Math.min(LONGEST_BACK_MS, BACK_MS * 2 ** (times - 1));
      // The same letter twice, and nobody else: one letter costs the lane no more than once.
      const isNews = times === 1 || others > 0 || answer.isSingle;
      if (isNews && blame === 'pace') sticky.hear(answer.recipient);
      return finding(isNews ? blame : 'nobody', { backMs });
    },
    count,
    accepted(answer) {
      count(answer);
      const before = sticky.accept(answer.recipient, answer.domain);
      if (before !== null) records.passed(before);
    },
    wasOwn: records.wasOwn,
    areOwn: records.areOwn,
  };
}
