/** What the rate loop knows and may do. Rates are messages per second, times are ms since the epoch, durations ms. */

export type RatePolicy = {
  /** Slowest rate short of a stop. */
  readonly floor: number;
  /** The operator's cap; may be Infinity. */
  readonly ceiling: number;
  /** Rate of a lane nobody has used before. */
  readonly startRate: number;
  /** START doubles in this time, but never faster than once per so many accepted messages. */
  readonly startDoublingMs: number;
  readonly startMessages: number;
  /** A refusal acts only when another came at most so many attempts before: a lone stray 421 costs nothing. */
  readonly strikeWithin: number;
  /** A refusal that stood alone is forgotten after about so many messages; until then no single one acts, even on a probe. */
  readonly strayMessages: number;
  /** Share of the rate kept while braking: what the gap between the two strikes measures, within these bounds. */
  readonly brakeLeast: number;
  readonly brakeMost: number;
  /** Answers looked at after the brake, and the longest wait for them. */
  readonly measureAnswers: number;
  readonly measureMs: number;
  /** So many refusals and nothing else: not slower but shut, unless a second look at a `blockedCut` of the rate says otherwise. */
  readonly blockedAnswers: number;
  readonly blockedCut: number;
  /** Share of a ceiling just found at which the climb begins. */
  readonly shallowKeep: number;
  readonly deepKeep: number;
  /** Lowest estimate as a share of the rate before the brake: after one refusal, and after several. */
  readonly loneKeep: number;
  readonly shallowLeast: number;
  /** The ceiling is never believed to be below this share of the rate before the brake. */
  readonly deepLeast: number;
  /** The climb ends at this share of the ceiling, after `climbMessages` at the ceiling's rate, within the bounds. */
  readonly climbTo: number;
  readonly climbMessages: number;
  readonly climbLeastMs: number;
  readonly climbMostMs: number;
  /**
   * HOLD ends after so many accepted messages and so long, so that probing never provokes many refusals a minute. A ceiling
   * just found is held `holdLeastTimes` as long; that doubles, up to `holdMostTimes`, as the same ceiling is met again.
   */
  readonly holdMessages: number;
  readonly holdMs: number;
  readonly holdHeat: number;
  readonly holdLeastTimes: number;
  readonly holdMostTimes: number;
  /** While careful, so many times as long. */
  readonly carefulTimes: number;
  /** Two ceilings within this share of each other are the same. */
  readonly sameCeiling: number;
  /**
   * PROBE: the first row whose `below` times the ceiling is not yet reached gives the time of a doubling, and how many
   * accepted messages it costs at least: less and less, the further the old ceiling lies behind.
   */
  readonly probe: readonly { readonly below: number; readonly doublingMs: number; readonly messages: number }[];
  /** A probe refused so far above its ceiling goes back at once: that was no stray refusal. */
  /** So long after a stop the rows beyond the second are not used: a quota window lets any rate through, for a while. */
  readonly afterStopMs: number;
  readonly probeAbove: number;
  readonly probeKeep: number;
  /** Beyond this many times the ceiling a probe has succeeded: the old ceiling is history. */
  readonly probeWon: number;
  /** Pauses in a row, the last one repeated, while the one message after each is refused; each longer by up to `pauseJitter`. */
  readonly pausesMs: readonly number[];
  /** A pause asked for that is longer than `longMs` is tested with one letter after `lookMs`, then after twice as long, and so on. */
  readonly longMs: number;
  readonly lookMs: number;
  /** More refusals than this in the minute before it was shut, and shut for so long: a penalty. */
  readonly penaltyHeat: number;
  readonly penaltyLeastMs: number;
  readonly pauseJitter: number;
  /** So many accepted messages after a pause and the next one starts short again. */
  readonly pauseForgetMessages: number;
  /** The single message after a pause is sent again when its answer is this late. */
  readonly singleMs: number;
  readonly cautionMost: number;
  readonly cautionMs: number;
  /** A rate of which less than this share was used is not raised. */
  readonly usedShare: number;
  /** The provider is known to punish refusals: the first one acts, and probes are rare. */
  readonly strict: boolean;
};

export const defaultRatePolicy: RatePolicy = {
  floor: 1 / 60,
  ceiling: Number.POSITIVE_INFINITY,
  startRate: 2,
  startDoublingMs: 3_000,
  startMessages: 8,
  strikeWithin: 100,
  strayMessages: 2000,
  brakeLeast: 0.3,
  brakeMost: 0.7,
  measureAnswers: 7,
  measureMs: 60_000,
  blockedAnswers: 4,
  blockedCut: 0.25,
  shallowKeep: 0.9,
  deepKeep: 0.81,
  loneKeep: 0.95,
  shallowLeast: 0.7,
  deepLeast: 1 / 20,
  climbTo: 0.99,
  climbMessages: 50,
  climbLeastMs: 15_000,
  climbMostMs: 600_000,
  holdMessages: 80,
  holdMs: 20_000,
  holdHeat: 1.2,
  holdLeastTimes: 0.5,
  holdMostTimes: 2,
  carefulTimes: 2,
  sameCeiling: 0.06,
  probe: [
    { below: 1.05, doublingMs: 300_000, messages: 12.5 },
    { below: 1.5, doublingMs: 30_000, messages: 12.5 },
    { below: 3, doublingMs: 10_000, messages: 6 },
    { below: Number.POSITIVE_INFINITY, doublingMs: 10_000, messages: 3 },
  ],
  afterStopMs: 600_000,
  probeAbove: 1.01,
  probeKeep: 0.9,
  probeWon: 1.3,
  // Five minutes thrice finds the end of an outage soon; the long ones outlast a block that every attempt prolongs.
  pausesMs: [10, 15, 20, 25, 30, 90, 270, 650, 1300, 1800].map((seconds) => seconds * 1000),
  longMs: 15 * 60_000,
  lookMs: 12 * 60_000,
  penaltyHeat: 2.5,
  penaltyLeastMs: 120_000,
  pauseJitter: 0.2,
  pauseForgetMessages: 200,
  singleMs: 120_000,
  cautionMost: 3,
  cautionMs: 30 * 60_000,
  usedShare: 0.5,
  strict: false,
};

export const strictRatePolicy: RatePolicy = { ...defaultRatePolicy, strict: true };
