import type { RatePolicy } from './policy.ts';

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
  | 'probe'
  | 'pardon';

/** Plain data: it survives JSON and MongoDB. */
export type RateState = {
  readonly mode: RateMode;
  /** The last decision, in the decision log's words. */
  readonly action: RateAction;
  /** Messages per second, as the loop has found them; what the operator's limits leave of that is `inForce`. */
  readonly rate: number;
  readonly inForce: number;
  /** The most that was ever taken per second while nothing was refused: where a lane that found no limit begins next time. */
  readonly taken: number;
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
  /** Refusals that no second one followed, each forgotten within some thousand messages: how noisy the provider is. */
  readonly strays: number;
  /** Answers per second lately, and when that was reckoned. */
  readonly used: number;
  readonly usedAt: number;
  /** Messages accepted since the last refusal that acted, or the last resumption, and when that was. */
  readonly delivered: number;
  readonly deliveredSince: number;
  /** The look after a brake. */
  readonly measure: {
    /** Rate before the brake. */
    readonly before: number;
    /** It was a probe that was refused, for the first time. */
    readonly lone: boolean;
    /** Rate at which messages were let through from the refusal before to this one; null: too short a time to tell. */
    readonly let: number | null;
    /** Refusals at that rate after the first one, the attempts they came in, and those answered since the last of them. */
    readonly strikes: number;
    readonly within: number;
    readonly pending: number;
    /** Answers to messages sent since, refusals among them, and accepted ones since the last refusal. */
    readonly look: number;
    readonly answers: number;
    readonly refused: number;
    readonly run: number;
    /** Refusals in a row. */
    readonly row: number;
  } | null;
  /** What a brake gave up, and how many refusals led to it or came since: pardoned all, it is taken back. */
  readonly undo: {
    readonly mode: 'start' | 'climb' | 'hold' | 'probe';
    readonly rate: number;
    readonly ceiling: number | null;
    readonly owed: number;
  } | null;
  /** HOLD lasts this many times its policy. */
  readonly holdTimes: number;
  /** Pauses in a row, and accepted messages since the last. */
  readonly pauses: number;
  readonly acceptedSincePause: number;
  /** When sending last began, and when it last stopped for a pause. */
  readonly onSince: number;
  readonly offSince: number | null;
  /** Strikes lately, each forgotten within a minute or so, and when that was reckoned; the same just before the present trouble. */
  readonly heat: number;
  readonly heatAt: number;
  readonly heatBefore: number;
  /** Length of the present or last pause, and of the one that ended the last penalty; ms. */
  readonly pauseMs: number;
  readonly penaltyMs: number;
  /** 0 to `cautionMost`: how lately it punished refusals, or was shut for longer than it was open. */
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

/** Steps that every mode of the rate loop shares. */

export type Next = Partial<RateState> & Pick<RateState, 'mode' | 'action' | 'rate'>;

/** Begins a mode: its clock and counters start at nought; a new epoch also forgets the strikes of the old one. */
export function enter(state: RateState, now: number, next: Next): RateState {
  const newEpoch = next.epoch !== undefined && next.epoch !== state.epoch;
  return {
    ...state,
    since: now,
    from: next.rate,
    accepted: 0,
    credit: 0,
    sinceStrike: newEpoch ? null : state.sinceStrike,
    ...next,
  };
}

/** Slowest rate short of a stop, whatever is ordered. */
const LEAST_RATE = 1 / 60;

/** What is in force of the rate: within the floor and the operator's cap; the cap wins. What was found stays as it is. */
export function clamped(state: RateState, policy: RatePolicy): RateState {
  const rate = Math.max(LEAST_RATE, state.rate);
  const inForce = Math.min(policy.ceiling, Math.max(policy.floor, rate));
  return rate === state.rate && inForce === state.inForce ? state : { ...state, rate, inForce };
}
