import { isCareful } from './memory.ts';
import type { RatePolicy } from './policy.ts';
import { enter, type Next, type RateState } from './state.ts';

/** The breaker of the rate loop: nothing for a while, then one message. For quota windows, outages and penalty boxes. */

/** Nothing until the pause is over. `asked` is what the provider asked for, ms; `random` in [0, 1) spreads the return. */
export function openFor(state: RateState, asked: number, now: number, policy: RatePolicy, random: number): RateState {
  const own = pauseOf(state, policy, random);
  const pause = Math.max(own, believed(asked, state.pauses, policy) * (1 + policy.pauseJitter * random));
  return enter(state, now, {
    mode: 'open',
    action: 'open',
    rate: state.rate,
    epoch: state.epoch + 1,
    pausedUntil: now + pause,
    pauseMs: pause,
    pauses: state.pauses + 1,
    offSince: state.offSince ?? now,
    measure: null,
    undo: null,
  });
}

const MOST_DOUBLINGS = 10;

/** Never earlier than asked for, but for hours: then one letter looks, soon and then less and less often. `pauses`: in a row before this one. */
export function believed(asked: number, pauses: number, { longMs, lookMs }: RatePolicy): number {
  return asked <= longMs ? asked : Math.min(asked, lookMs * 2 ** Math.min(pauses, MOST_DOUBLINGS));
}

/** The next pause; one that ended a penalty before is not tried in vain again, for asking too soon would prolong it. */
function pauseOf(state: RateState, policy: RatePolicy, random: number): number {
  const { pauses, penaltyMs } = state;
  const row = policy.pausesMs[Math.min(pauses, policy.pausesMs.length - 1)]!;
  const most = pauses > 0 && isCareful(state, policy) ? Math.max(row, penaltyMs) : row;
  return most * (1 + policy.pauseJitter * random);
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
  const punished = (state.heatBefore > policy.penaltyHeat || off > on) && off >= policy.penaltyLeastMs;
  const share = punished ? policy.shallowKeep : Math.max(on / (on + off), 0.25);
  const ceiling = Math.max(policy.floor, (state.ceiling ?? state.rate) * share);
  const next: Next = {
    mode: 'climb',
    action: 'resume',
    rate: ceiling / 2,
    ceiling,
    epoch: state.epoch + 1,
    holdTimes: policy.holdLeastTimes,
    onSince: now,
    offSince: null,
    acceptedSincePause: 1,
    delivered: 1,
    deliveredSince: now,
    penaltyMs: punished ? state.pauseMs : state.penaltyMs,
    caution: punished ? policy.cautionMost : state.caution,
    cautionAt: now,
  };
  return enter(state, now, next);
}

/** One step less careful per clean half hour. */
export function calmDown(state: RateState, now: number, policy: RatePolicy): RateState {
  if (state.caution === 0 || state.mode === 'open' || now - state.cautionAt < policy.cautionMs) return state;
  return { ...state, caution: state.caution - 1, cautionAt: now };
}
