import { heatNow, isCareful, isNoisy } from './memory.ts';
import type { RatePolicy } from './policy.ts';
import { enter, type RateState } from './state.ts';

/** Up: the modes that time and accepted messages carry on. `elapsed` is the used time since the last tick, ms. */

export function growStart(state: RateState, elapsed: number, now: number, policy: RatePolicy): RateState {
  const doublingMs = policy.startDoublingMs * (policy.strict ? 3 : 1);
  if (state.rate > policy.ceiling) return state;
  return capReached(grow(state, elapsed / doublingMs, policy.startMessages), now, policy);
}

/** Doublings are paid for with accepted messages, so that a slow lane is not raised on time alone. */
function grow(state: RateState, doublings: number, messages: number): RateState {
  const paid = Math.min(doublings, state.credit / messages);
  return { ...state, rate: state.rate * 2 ** paid, credit: Math.min(state.credit - paid * messages, messages) };
}

/** Above the operator's cap nothing can be found out. What is known stays known: no limit is none, a ceiling is at least the cap. */
function capReached(state: RateState, now: number, policy: RatePolicy): RateState {
  if (state.rate < policy.ceiling) return state;
  const ceiling = state.ceiling && Math.max(state.ceiling, policy.ceiling);
  return enter(state, now, { mode: 'hold', action: 'hold', rate: policy.ceiling, ceiling });
}

/** Concave return to the ceiling, as CUBIC does below the old window (RFC 9438, 4.4). */
export function climb(state: RateState, now: number, policy: RatePolicy): RateState {
  const ceiling = state.ceiling!;
  const top = Math.max(state.from, ceiling * policy.climbTo);
  const slow = (1000 * policy.climbMessages) / ceiling;
  const length = Math.min(policy.climbMostMs, Math.max(policy.climbLeastMs, slow));
  const left = 1 - (now - state.since) / length;
  if (left <= 0) return enter(state, now, { mode: 'hold', action: 'hold', rate: top });
  return { ...state, rate: top - (top - state.from) * left ** 3 };
}

export function hold(state: RateState, now: number, policy: RatePolicy): RateState {
  if (state.rate >= policy.ceiling) return state;
  // No limit was met but the operator's, which has been raised.
  if (state.ceiling === null) return enter(state, now, { mode: 'start', action: 'start', rate: state.rate });
  // Below it only where the operator's cap was, which has been raised.
  if (state.rate < state.ceiling * policy.shallowKeep)
    return enter(state, now, { mode: 'climb', action: 'climb', rate: state.rate });
  const times = state.holdTimes * (isCareful(state, policy) ? policy.carefulTimes : 1);
  // Counted in messages, since the share of refusals is about (refusals per probe) / (messages between probes).
  if (state.accepted < policy.holdMessages * times || now - state.since < policy.holdMs * times) return state;
  if (!isNoisy(state) && heatNow(state, now) > policy.holdHeat) return state;
  return enter(state, now, { mode: 'probe', action: 'probe', rate: state.rate, undo: null });
}

export function probe(state: RateState, elapsed: number, now: number, policy: RatePolicy): RateState {
  if (state.rate > policy.ceiling) return state;
  const times = state.rate / state.ceiling!;
  const row = policy.probe.findIndex(({ below }) => times < below);
  const { doublingMs, messages } = policy.probe[Math.min(row, fastest(state, now, policy))]!;
  const grown = grow(state, elapsed / doublingMs, messages);
  const won = grown.rate > state.ceiling! * policy.probeWon ? { ...grown, holdTimes: policy.holdLeastTimes } : grown;
  return capReached(won, now, policy);
}

/** The last row of the probe that may be used: while careful the first, and soon after a stop the second. */
function fastest(state: RateState, now: number, policy: RatePolicy): number {
  if (isCareful(state, policy)) return 0;
  return state.pauseMs > 0 && now - state.onSince < policy.afterStopMs ? 1 : policy.probe.length - 1;
}
