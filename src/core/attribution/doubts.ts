/** Ends of recipients that are not believed yet: the next acceptance settles them, a wall takes them back. */

/** `settle`: somebody was accepted since, so it was the recipient's own. `wall`: it was everybody's. `unproven`: nobody else was heard. */
export type Fate = 'settle' | 'wall' | 'unproven';

export type Decided = { readonly id: number; readonly fate: Fate };

export type Doubts = {
  /** `serial`: letters let in so far; only one let in later can settle it. Answers its id. */
  add(serial: number, words: string, now: number): number;
  /** A letter was accepted; answers the words of those it settles. */
  accepted(serial: number): readonly string[];
  walled(): void;
  advance(now: number): void;
  /** What was decided since the last call. */
  take(): readonly Decided[];
};

/** On a lane where nobody else is answered for so long, nothing can be learned from neighbours. */
const LONGEST_MS = 10_000;

type Doubt = { readonly id: number; readonly serial: number; readonly words: string; readonly until: number };

export function makeDoubts(): Doubts {
  let open: Doubt[] = [];
  let decided: Decided[] = [];
  let last = 0;

  function decide(fate: Fate, isDecided: (doubt: Doubt) => boolean): readonly Doubt[] {
    if (open.length === 0) return [];
    const done = open.filter(isDecided);
    open = open.filter((doubt) => !isDecided(doubt));
    decided.push(...done.map(({ id }) => ({ id, fate })));
    return done;
  }

  return {
    add(serial, words, now) {
      last += 1;
      open.push({ id: last, serial, words, until: now + LONGEST_MS });
      return last;
    },
    accepted: (serial) => decide('settle', (doubt) => serial > doubt.serial).map(({ words }) => words),
    walled: () => void decide('wall', () => true),
    advance: (now) => void decide('unproven', ({ until }) => now >= until),
    take() {
      const taken = decided;
      decided = [];
      return taken;
    },
  };
}
