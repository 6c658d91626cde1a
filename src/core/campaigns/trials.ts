/** Whose fault it is that letters can't be rendered: a few in a row speak for the letter, one among others for its row. */

export type Trials = {
  rendered(): void;
  /** `row`: this recipient's letter can't be sent; `letter`: a person must look; `unsure`: the next ones will tell. */
  failed(recipientId: string): 'row' | 'letter' | 'unsure';
};

/** So many different recipients in a row, none rendered between. */
const IN_A_ROW = 5;

/** `skips`: a person has seen it, and wants the others to go. */
export function makeTrials(skips: boolean): Trials {
  let hasRendered = false;
  const inARow = new Set<string>();

  return {
    rendered() {
      hasRendered = true;
      inARow.clear();
    },
    failed(recipientId) {
      if (skips) return 'row';
      // It came again: there are no others left to tell.
      if (inARow.has(recipientId)) return hasRendered ? 'row' : 'letter';
      inARow.add(recipientId);
      return inARow.size < IN_A_ROW ? 'unsure' : 'letter';
    },
  };
}
