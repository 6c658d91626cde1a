import type { RatePolicy, RateState } from './rate-policy.ts';

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

/** The rate within the floor and the operator's cap; the cap wins. */
export function clamped(state: RateState, policy: RatePolicy): RateState {
  const rate = Math.min(policy.ceiling, Math.max(policy.floor, state.rate));
  return rate === state.rate ? state : { ...state, rate };
}

/** Counts an answer into the rate in use, a mean that forgets over the last few seconds or messages. */
export function countUse(state: RateState, now: number): RateState {
  const memory = memorySeconds(state.rate);
  return { ...state, used: usedNow(state, now) + 1 / memory, usedAt: Math.max(now, state.usedAt) };
}

/** Answers per second lately. */
export function usedNow(state: RateState, now: number): number {
  const seconds = Math.max(0, now - state.usedAt) / 1000;
  return state.used * Math.exp(-seconds / memorySeconds(state.rate));
}

const memorySeconds = (rate: number) => Math.max(2, 6 / rate);

/** A rate nobody used proves nothing: it must not rise, and its clock stands still. */
export const wasUsed = (state: RateState, now: number, policy: RatePolicy): boolean =>
  usedNow(state, now) >= policy.usedShare * state.rate;
