import { makeMemory } from '../memory.ts';

/** Refusals that stick to one recipient, or to one domain, while the others are accepted. They are its own, whatever they say. */

export type Sticky = {
  /** An answer to somebody: `refused` for the lane's sake. To be told before `chanceOf`. */
  count(recipient: string, domain: string, refused: boolean): void;
  /** One more refusal of this recipient, with these words. */
  refuse(recipient: string, domain: string, words: string): Again;
  /** The lane hears of its last refusal. */
  hear(recipient: string): void;
  /** How often the lane heard of it; asked once. */
  takeHeard(recipient: string): number;
  /** It was accepted after all; answers the words with which it was refused before, if it was. */
  accept(recipient: string, domain: string): string | null;
};

/**
 * `times`: refusals of the recipient; `others`: of others since the last of them; `chance`: how likely it is that chance
 * alone refused it so often, 0 to 1; 1 for the first.
 */
export type Again = { readonly times: number; readonly others: number; readonly chance: number };

/** Refused `times`, the last time when the lane had counted so many answers and refusals. */
type Entry = {
  times: number;
  chance: number;
  answers: number;
  refusals: number;
  words: string;
  /** How often the lane heard of it and has not been told yet whose it was. */
  heard: number;
};

/** A row refused so often by chance alone in less than one case in a hundred is no chance. */
export const UNLIKELY = 0.01;
const LEAST_SHARE = 0.005;
/** Recipients that are remembered: those refused lately. */
const MOST = 20_000;

export function makeSticky(): Sticky {
  const recipients = makeMemory<Entry>(MOST);
  const domains = makeMemory<Entry>(MOST);
  let answers = 0;
  let refusals = 0;

  /** `unknown`: what is added to the refusals for what was not seen; 1 believes in the lane's fault where nobody else was heard. */
  function again(memory: typeof recipients, key: string, words: string, unknown: number): Again {
    const known = memory.get(key);
    if (!known) {
      memory.set(key, { times: 1, chance: 1, answers, refusals, words, heard: 0 });
      return { times: 1, others: 0, chance: 1 };
    }
    const others = refusals - known.refusals;
    const share = (others + unknown) / (answers - known.answers + 1);
    const chance = Math.min(1, Math.max(LEAST_SHARE, share));
    known.times += 1;
    // The first refusal was as likely as the second.
    known.chance *= known.times === 2 ? chance * chance : chance;
    Object.assign(known, { answers, refusals, words });
    return { times: known.times, others, chance: known.chance };
  }

  return {
    count(recipient, domain, refused) {
      answers += 1;
      if (refused) refusals += 1;
      // Its own answers say nothing about its neighbours.
      for (const own of [recipients.get(recipient), domains.get(domain)]) {
        if (!own) continue;
        own.answers += 1;
        if (refused) own.refusals += 1;
      }
    },
    refuse(recipient, domain, words) {
      const own = again(recipients, recipient, words, 0.5);
      const shared = again(domains, domain, words, 1);
      return { ...own, chance: Math.min(own.chance, shared.chance) };
    },
    hear(recipient) {
      const known = recipients.get(recipient);
      if (known) known.heard += 1;
    },
    takeHeard(recipient) {
      const known = recipients.get(recipient);
      const heard = known?.heard ?? 0;
      if (known) known.heard = 0;
      return heard;
    },
    accept(recipient, domain) {
      domains.forget(domain);
      const known = recipients.get(recipient);
      recipients.forget(recipient);
      return known?.words ?? null;
    },
  };
}
