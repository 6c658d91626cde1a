import { makeMemory } from '../memory.ts';

/** Whether a site puts every first try off and takes the second, and from what age on it takes it (RFC 6647). */

/** Plain data. */
export type GreylistState = {
  /** Letters put off at first and accepted later, and accepted at the first try; forgetting. */
  readonly later: number;
  readonly atOnce: number;
  /** The least age at which a letter put off was accepted, ms; null: none was yet. */
  readonly delayMs: number | null;
};

export type Greylist = {
  state(): GreylistState;
  /** Put off, for the first time or again. */
  putOff(recipient: string, now: number): void;
  accepted(recipient: string, now: number): void;
  /** Whether first tries are put off here as a rule. */
  isKnown(): boolean;
  /** How long ago the recipient was put off first, ms; null: it was not. */
  ageOf(recipient: string, now: number): number | null;
  /** After how long a letter put off is taken, as far as is known, ms. */
  dueMs(): number;
};

export const NO_GREYLIST: GreylistState = { later: 0, atOnce: 0, delayMs: null };

const MEMORY = 100;
/** Recipients put off lately that are remembered. */
const MOST = 50_000;
/** Longer than any greylister asks for; whoever is accepted after that was ill, not greylisted. */
const LONGEST_MS = 20 * 60_000;

export function makeGreylist(stored: GreylistState): Greylist {
  const since = makeMemory<number>(MOST);
  let state = stored;

  const forgetting = () => ({
    ...state,
    later: state.later * (1 - 1 / MEMORY),
    atOnce: state.atOnce * (1 - 1 / MEMORY),
  });

  return {
    state: () => state,
    putOff(recipient, now) {
      if (since.get(recipient) === undefined) since.set(recipient, now);
    },
    accepted(recipient, now) {
      const from = since.get(recipient);
      since.forget(recipient);
      const kept = forgetting();
      if (from === undefined) {
        state = { ...kept, atOnce: kept.atOnce + 1 };
        return;
      }
      const age = now - from;
      if (age > LONGEST_MS) return;
      state = { ...kept, later: kept.later + 1, delayMs: Math.min(state.delayMs ?? age, age) };
    },
    isKnown: () => state.delayMs !== null && state.later > state.atOnce,
    ageOf(recipient, now) {
      const from = since.get(recipient);
      return from === undefined ? null : now - from;
    },
    dueMs: () => state.delayMs ?? 0,
  };
}
