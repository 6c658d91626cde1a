import {
  advance,
  allowance,
  decisionOf,
  defaultRatePolicy,
  type LearnedRate,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  startRate,
} from '../../src/core/rate/rate.ts';
import type { Answer } from './provider.ts';

/** Our rule and the textbook ones. All but ours begin at 1/s and double per 10 s until the first refusal. */

export type Rule = {
  rate(): number;
  /** Messages that may be started in all under the present epoch; null: no limit. */
  allowance(): number | null;
  epoch(): number;
  observe(answer: Answer, sentEpoch: number, ms: number): void;
  tick(ms: number): void;
  /** Messages that may be under way at once, where the rule steers that. */
  width?(): number;
  /** The operator's cap from now on, where the rule can be told. */
  cap?(perSecond: number): void;
};
export type MakeRule = (ms: number, random: () => number) => Rule;

export type OursOptions = {
  readonly policy?: Partial<RatePolicy>;
  readonly learned?: LearnedRate | null;
  readonly onChange?: (state: RateState, action: string, ms: number) => void;
};

export function ours({ policy: change = {}, learned = null, onChange = () => {} }: OursOptions = {}): MakeRule {
  return (begin, random) => {
    let policy: RatePolicy = { ...defaultRatePolicy, ...change };
    let state = startRate(policy, begin, learned);
    const become = (next: RateState, ms: number) => {
      const decision = decisionOf(state, next);
      state = next;
      if (decision) onChange(state, decision.action, ms);
    };
    return {
      rate: () => rateNow(state),
      allowance: () => allowance(state),
      epoch: () => state.epoch,
      observe(kind, sentEpoch, ms) {
        const signal = { kind, sentEpoch, explicit: false, pauseSeconds: 0 };
        become(observe(state, signal, ms, policy, random()), ms);
      },
      tick: (ms) => become(advance(state, ms, policy), ms),
      cap(perSecond) {
        policy = { ...policy, ceiling: perSecond };
        state = advance(state, state.at, policy);
      },
    };
  };
}

export const START_RATE = 1;
export const START_DOUBLING_MS = 10_000;
export const LEAST_RATE = 0.02;

/** A rule that knows neither epochs nor allowances. */
export const plain = (rule: Omit<Rule, 'allowance' | 'epoch'>): Rule => ({
  allowance: () => null,
  epoch: () => 0,
  ...rule,
});

/** A rule that cuts once per epoch and then rises as `rise` says, from the rate after the cut. */
function cutter(keep: number, rise: (peak: number, base: number, seconds: number) => number): MakeRule {
  return (begin) => {
    let peak: number | null = null;
    let base = START_RATE;
    let since = begin;
    let epoch = 0;
    let rate = START_RATE;
    return {
      rate: () => rate,
      allowance: () => null,
      epoch: () => epoch,
      observe(answer, sentEpoch, ms) {
        if (answer !== 'refusedForPace' || sentEpoch !== epoch) return;
        peak = rate;
        base = Math.max(LEAST_RATE, rate * keep);
        rate = base;
        since = ms;
        epoch += 1;
      },
      tick(ms) {
        if (peak === null) rate = START_RATE * 2 ** ((ms - begin) / START_DOUBLING_MS);
        else rate = Math.max(LEAST_RATE, rise(peak, base, (ms - since) / 1000));
      },
    };
  };
}

/** `growth` is the share of the last peak added per second. */
export const aimd = (keep: number, growth: number) =>
  cutter(keep, (peak, base, seconds) => base + growth * peak * seconds);

/** Cubic growth (RFC 9438, 4.2), back at the old peak after `k` seconds. */
export const cubic = (keep: number, k: number) =>
  cutter(keep, (peak, _base, seconds) => peak * (1 + (1 - keep) * ((seconds - k) / k) ** 3));

/** The obvious reading: a minute with more than 5 % refused halves the rate, any other raises it by a tenth. */
export const windowedHalving: MakeRule = (begin) => {
  let rate = START_RATE;
  let since = begin;
  let answers = 0;
  let refused = 0;
  let met = false;
  return plain({
    rate: () => rate,
    observe(answer) {
      answers += 1;
      if (answer === 'refusedForPace') refused += 1;
      met = met || answer === 'refusedForPace';
    },
    tick(ms) {
      if (!met) rate = START_RATE * 2 ** ((ms - begin) / START_DOUBLING_MS);
      if (ms - since < 60_000) return;
      if (met) rate = Math.max(LEAST_RATE, refused > answers * 0.05 ? rate / 2 : rate * 1.1);
      since = ms;
      answers = 0;
      refused = 0;
    },
  });
};

/** Also the oracle, when given what the provider will take. */
export const fixed =
  (rateAt: (ms: number) => number): MakeRule =>
  (begin) => {
    let rate = rateAt(begin);
    return plain({
      rate: () => rate,
      observe: () => {},
      tick(ms) {
        rate = rateAt(ms);
      },
    });
  };
