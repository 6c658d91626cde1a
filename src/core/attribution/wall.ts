/**
 * Whether refusals in a row are still chance: a CUSUM (Page, 1954) of the log likelihood that a wall stands, against
 * recipients who are refused one by one. Measured in test/core/attribution/wall.test.ts.
 */

/** Plain data. */
export type WallSum = {
  /** 1: the bar is reached. */
  readonly sum: number;
  /** Refusals of recipients and all answers lately, forgetting: the lane's usual share. */
  readonly refused: number;
  readonly answers: number;
};

/** How much less likely than one in so many the row must be by chance, as a logarithm: clear words need less, "no such user" more. */
export const BARS = { named: Math.log(1e4), general: Math.log(1e7), sure: Math.log(1e12) } as const;
export type Bar = keyof typeof BARS;

/** Answers remembered for the usual share, and what is believed before the first: about one in twenty. */
const MEMORY = 500;
const PRIOR = { refused: 1, answers: 21 } as const;
const LEAST_SHARE = 0.02;
const MOST_SHARE = 0.6;
/** Of all answers while a wall stands. */
const WALLED = 0.98;
/** Above this nothing is learned of the usual share, or the wall would teach it. */
const LEARN_BELOW = 0.5;

export const startWall = (): WallSum => ({ sum: 0, ...PRIOR });

/** How many of a hundred recipients are refused here for what they are, 0 to 1. */
export const usualShare = ({ refused, answers }: WallSum): number =>
  Math.min(MOST_SHARE, Math.max(LEAST_SHARE, refused / answers));

export function countRefusal(wall: WallSum, bar: Bar): WallSum {
  const learned = wall.sum < LEARN_BELOW ? learn(wall, 1) : wall;
  return { ...learned, sum: wall.sum + Math.log(WALLED / usualShare(wall)) / BARS[bar] };
}

export function countAcceptance(wall: WallSum): WallSum {
  const down = Math.log((1 - WALLED) / (1 - usualShare(wall))) / BARS.general;
  const sum = Math.max(0, wall.sum + down);
  return { ...(sum < LEARN_BELOW ? learn(wall, 0) : wall), sum };
}

/** After a wall that opened, or a greylister that was found: the row is over, what is usual stays. */
export const forgetRow = (wall: WallSum): WallSum => ({ ...wall, sum: 0 });

function learn({ sum, refused, answers }: WallSum, refusal: 0 | 1): WallSum {
  const keep = 1 - 1 / MEMORY;
  return { sum, refused: refused * keep + refusal, answers: answers * keep + 1 };
}
