import {
  advance,
  defaultRatePolicy,
  observe,
  type RateState,
  rateNow,
  type Signal,
  startRate,
} from '../../../src/core/rate/rate.ts';

/** A lane's rate loop, and answers to it. */

export const NOON = Date.UTC(2030, 0, 1, 12);
export const SECOND = 1000;
export const HOUR = 3_600_000;
export const policy = defaultRatePolicy;
export const MIDDLE = 0.5;

export const signal = (state: RateState, kind: Signal['kind'], more: Partial<Signal> = {}): Signal => ({
  kind,
  sentEpoch: state.epoch,
  explicit: false,
  pauseSeconds: 0,
  ...more,
});
export const answer = (state: RateState, kind: Signal['kind'], now = NOON, more: Partial<Signal> = {}) =>
  observe(state, signal(state, kind, more), now, policy, MIDDLE);
export const answers = (state: RateState, kinds: string, now = NOON) =>
  [...kinds].reduce((s, k) => answer(s, k === 'R' ? 'refusedForPace' : 'accepted', now), state);

/** A lane that has known its ceiling of 20/s for a while. */
export const settled = () => startRate(policy, NOON, { ceiling: 20, at: NOON });
/** Everything is accepted at the rate allowed, or at `share` of it. */
export function use(state: RateState, seconds: number, begin = NOON, share = 1, by = policy): RateState {
  let next = state;
  let due = 0;
  for (let ms = begin + 50; ms <= begin + seconds * SECOND; ms += 50) {
    for (due += (rateNow(next) * share) / 20; due >= 1; due -= 1) next = answer(next, 'accepted', ms);
    next = advance(next, ms, by);
  }
  return next;
}
