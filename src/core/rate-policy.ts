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
  /** Lowest estimate as a share of the rate before the brake, by how many times the old ceiling that rate was. */
  readonly shallowLeast: readonly { readonly below: number; readonly least: number }[];
  /** The ceiling is never believed to be below this share of the rate before the brake. */
  readonly deepLeast: number;
  /** The climb ends at this share of the ceiling, after `climbMessages` at the ceiling's rate, within the bounds. */
  readonly climbTo: number;
  readonly climbMessages: number;
  readonly climbLeastMs: number;
  readonly climbMostMs: number;
  /** HOLD ends after so many accepted messages or so long; doubles up to `holdMost` times as the same ceiling is met again. */
  readonly holdMessages: number;
  readonly holdMs: number;
  readonly holdMostTimes: number;
  /** Two ceilings within this share of each other are the same. */
  readonly sameCeiling: number;
  /** PROBE: the first row whose `below` times the ceiling is not yet reached gives the time of a doubling. */
  readonly probe: readonly { readonly below: number; readonly doublingMs: number }[];
  readonly probeMessages: number;
  /** Beyond this many times the ceiling a probe has succeeded: the old ceiling is history. */
  readonly probeWon: number;
  /** Pauses in a row, the last one repeated, while the one message after each is refused; each spread by `pauseJitter` either way. */
  readonly pausesMs: readonly number[];
  readonly pauseJitter: number;
  /** So many accepted messages after a pause and the next one starts short again. */
  readonly pauseForgetMessages: number;
  /** The single message after a pause is sent again when its answer is this late. */
  readonly singleMs: number;
  readonly cautionMost: number;
  readonly cautionMs: number;
  /** A rate of which less than this share was used is not raised. */
  readonly usedShare: number;
};

export const defaultRatePolicy: RatePolicy = {
  floor: 1 / 60,
  ceiling: Number.POSITIVE_INFINITY,
  startRate: 2,
  startDoublingMs: 3_000,
  startMessages: 8,
  strikeWithin: 100,
  brakeLeast: 0.3,
  brakeMost: 0.7,
  measureAnswers: 7,
  measureMs: 60_000,
  blockedAnswers: 4,
  blockedCut: 0.25,
  shallowKeep: 0.9,
  deepKeep: 0.81,
  shallowLeast: [
    { below: 1.3, least: 0.95 },
    { below: Number.MAX_VALUE, least: 0.85 },
    { below: Number.POSITIVE_INFINITY, least: 0.7 },
  ],
  deepLeast: 1 / 20,
  climbTo: 0.99,
  climbMessages: 50,
  climbLeastMs: 15_000,
  climbMostMs: 600_000,
  holdMessages: 100,
  holdMs: 720_000,
  holdMostTimes: 2,
  sameCeiling: 0.15,
  probe: [
    { below: 1.05, doublingMs: 300_000 },
    { below: 1.5, doublingMs: 30_000 },
    { below: Number.POSITIVE_INFINITY, doublingMs: 10_000 },
  ],
  probeMessages: 12.5,
  probeWon: 1.3,
  // Five minutes thrice finds the end of an outage soon; the long ones outlast a block that every attempt prolongs.
  pausesMs: [10, 20, 40, 80, 160, 300, 300, 300, 600, 1200, 1800].map((seconds) => seconds * 1000),
  pauseJitter: 0.2,
  pauseForgetMessages: 200,
  singleMs: 120_000,
  cautionMost: 3,
  cautionMs: 30 * 60_000,
  usedShare: 0.5,
};

/**
 * `start` doubles, `measure` looks at the answers after a brake, `climb` returns to the ceiling, `hold` stays there, `probe`
 * looks above it, `open` sends nothing, `single` sends one message and waits for its answer.
 */
export type RateMode = 'start' | 'measure' | 'climb' | 'hold' | 'probe' | 'open' | 'single';

export type RateAction =
  | 'start'
  | 'brake'
  | 'shallow'
  | 'found'
  | 'deep'
  | 'look'
  | 'open'
  | 'try'
  | 'resume'
  | 'climb'
  | 'hold'
  | 'probe';

/** Plain data: it survives JSON and MongoDB. */
export type RateState = {
  readonly mode: RateMode;
  /** The last decision, in the decision log's words. */
  readonly action: RateAction;
  /** Messages per second. */
  readonly rate: number;
  /** The rate above which the provider is believed to refuse; null until it first did. */
  readonly ceiling: number | null;
  readonly pausedUntil: number | null;
  /** Grows with every decision that makes earlier answers worthless. */
  readonly epoch: number;
  /** When `tick` last advanced it. */
  readonly at: number;
  /** When the mode began, moved on by the time in which the rate was not used. */
  readonly since: number;
  /** Rate at which the mode began. */
  readonly from: number;
  /** Accepted messages in this mode, and those not yet spent on a raise. */
  readonly accepted: number;
  readonly credit: number;
  /** Attempts answered since the last refusal of this epoch; null when there was none. */
  readonly sinceStrike: number | null;
  /** Answers per second lately, and when that was reckoned. */
  readonly used: number;
  readonly usedAt: number;
  /** The look after a brake. */
  readonly measure: {
    /** Rate before the brake. */
    readonly before: number;
    /** Refusals at that rate after the first one, the attempts they came in, and those answered since the last of them. */
    readonly strikes: number;
    readonly within: number;
    readonly pending: number;
    /** Answers to messages sent since, refusals among them, and accepted ones since the last refusal. */
    readonly look: number;
    readonly answers: number;
    readonly refused: number;
    readonly run: number;
  } | null;
  /** HOLD lasts this many times its policy. */
  readonly holdTimes: number;
  /** Pauses in a row, and accepted messages since the last. */
  readonly pauses: number;
  readonly acceptedSincePause: number;
  /** When sending last began, and when it last stopped for a pause. */
  readonly onSince: number;
  readonly offSince: number | null;
  /** 0 to `cautionMost`: how often lately it was shut for longer than it was open. */
  readonly caution: number;
  readonly cautionAt: number;
};

/** One answer. A refusal for connections is no signal of this loop: see connections.ts. */
export type Signal = {
  /** `ignored`: an answer that says nothing about pace (recipient, content, lost connection). */
  readonly kind: 'accepted' | 'refusedForPace' | 'ignored';
  /** `state.epoch` when the message was given its permit. */
  readonly sentEpoch: number;
  /** The reply names its own limit, so one is enough to act. */
  readonly explicit: boolean;
  /** How long the provider asks to be left alone; 0 when it does not say. Used when a pause is decided. */
  readonly pauseSeconds: number;
};
