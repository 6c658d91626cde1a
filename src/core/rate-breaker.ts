import type { RatePolicy, RateState } from './rate-policy.ts';
import { enter, type Next } from './rate-state.ts';

/** The breaker of the rate loop: nothing for a while, then one message. For quota windows, outages and penalty boxes. */

/** Nothing until the pause is over. `asked` is what the provider asked for, ms; `random` in [0, 1) spreads the return. */
export function openFor(state: RateState, asked: number, now: number, policy: RatePolicy, random: number): RateState {
  const row = policy.pausesMs[Math.min(state.pauses, policy.pausesMs.length - 1)]!;
  const own = row * (1 + policy.pauseJitter * (2 * random - 1));
  // Never earlier than asked for.
  const pause = asked > 0 ? Math.max(own, asked * (1 + policy.pauseJitter * random)) : own;
  return enter(state, now, {
    mode: 'open',
    action: 'open',
    rate: state.rate,
    epoch: state.epoch + 1,
    pausedUntil: now + pause,
    pauses: state.pauses + 1,
    offSince: state.offSince ?? now,
    measure: null,
  });
}

/** The pause is over: one message, its answer decides. */
export function trySingle(state: RateState, now: number, policy: RatePolicy): RateState {
  return enter(state, now, {
    mode: 'single',
    action: 'try',
    rate: Math.max(policy.floor, Math.min(1, state.rate, policy.ceiling)),
    epoch: state.epoch + 1,
    pausedUntil: null,
  });
}

/** The one message was accepted. A quota window lets through on / (on + off) of the rate, so that is the new ceiling. */
export function resume(state: RateState, now: number, policy: RatePolicy): RateState {
  const on = Math.max(1, (state.offSince ?? now) - state.onSince);
  const off = now - (state.offSince ?? now);
  const ceiling = Math.max(policy.floor, (state.ceiling ?? state.rate) * Math.max(on / (on + off), 0.25));
  const wary = off > on;
  const next: Next = {
    mode: 'climb',
    action: 'resume',
    rate: ceiling / 2,
    ceiling,
    epoch: state.epoch + 1,
    holdTimes: 1,
    onSince: now,
    offSince: null,
    acceptedSincePause: 1,
    caution: wary ? Math.min(policy.cautionMost, state.caution + 1) : state.caution,
    cautionAt: now,
  };
  return enter(state, now, next);
}

/** One step less careful per clean half hour. */
export function calmDown(state: RateState, now: number, policy: RatePolicy): RateState {
  if (state.caution === 0 || state.mode === 'open' || now - state.cautionAt < policy.cautionMs) return state;
  return { ...state, caution: state.caution - 1, cautionAt: now };
}
