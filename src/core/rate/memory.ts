import type { RatePolicy } from './policy.ts';
import type { RateState } from './state.ts';

/** What the rate loop reads off the answers it has counted. */

/** Counts an answer into the rate in use, a mean that forgets over the last few seconds or messages. */
export function countUse(state: RateState, now: number): RateState {
  const memory = memorySeconds(state.rate);
  const used = usedNow(state, now) + 1 / memory;
  return { ...state, used, usedAt: Math.max(now, state.usedAt) };
}

/** Counts an accepted answer into the most that was ever taken, once it is more than a burst. */
export function countTaken(state: RateState): RateState {
  const taken = state.delivered >= LEAST_DELIVERED ? Math.min(state.used, state.inForce) : 0;
  return taken > state.taken ? { ...state, taken } : state;
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

/** From one refusal to the next a bucket gives what flows into it, whatever its size; less tells nothing. */
export function letThrough(state: RateState, now: number): number | null {
  const seconds = (now - state.deliveredSince) / 1000;
  return seconds >= LEAST_SECONDS && state.delivered >= LEAST_DELIVERED ? state.delivered / seconds : null;
}

const LEAST_SECONDS = 3;
const LEAST_DELIVERED = 15;

const HEAT_MS = 60_000;

export const heatNow = (state: RateState, now: number) =>
  state.heat * Math.exp(-Math.max(0, now - state.heatAt) / HEAT_MS);

/** Counts a strike into the heat. */
export const heated = (state: RateState, now: number): RateState => ({
  ...state,
  heat: heatNow(state, now) + 1,
  heatAt: Math.max(now, state.heatAt),
});

/** The first refusal acts: the provider is known to punish, or lately did. */
export const isCareful = (state: RateState, policy: RatePolicy): boolean => policy.strict || state.caution > 0;

/** Single refusals come and mean nothing: it takes more to act on one. */
export const isNoisy = (state: RateState): boolean => state.strays >= 0.5;
