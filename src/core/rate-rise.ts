import type { RatePolicy, RateState } from './rate-policy.ts';
import { enter } from './rate-state.ts';

/** Up: the modes that time and accepted messages carry on. `elapsed` is the used time since the last tick, ms. */

export function growStart(state: RateState, elapsed: number, now: number, policy: RatePolicy): RateState {
  return capReached(grow(state, elapsed / policy.startDoublingMs, policy.startMessages), now, policy);
}

/** Doublings are paid for with accepted messages, so that a slow lane is not raised on time alone. */
function grow(state: RateState, doublings: number, messages: number): RateState {
  const paid = Math.min(doublings, state.credit / messages);
  return { ...state, rate: state.rate * 2 ** paid, credit: Math.min(state.credit - paid * messages, messages) };
}

/** Nothing is known above the operator's cap, so there is nothing to look for. */
function capReached(state: RateState, now: number, policy: RatePolicy): RateState {
  if (state.rate < policy.ceiling) return state;
  return enter(state, now, { mode: 'hold', action: 'hold', rate: policy.ceiling, ceiling: policy.ceiling });
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
  const times = state.holdTimes * 2 ** state.caution;
  // Counted in messages, since the share of refusals is about (refusals per probe) / (messages between probes).
  if (state.accepted < policy.holdMessages * times && now - state.since < policy.holdMs * times) return state;
  return enter(state, now, { mode: 'probe', action: 'probe', rate: state.rate });
}

export function probe(state: RateState, elapsed: number, now: number, policy: RatePolicy): RateState {
  const times = state.rate / state.ceiling!;
  const row = policy.probe.find(({ below }) => times < below) ?? policy.probe[policy.probe.length - 1]!;
  const doublingMs = state.caution > 0 ? policy.probe[0]!.doublingMs : row.doublingMs;
  const grown = grow(state, elapsed / doublingMs, policy.probeMessages);
  const won = grown.rate > state.ceiling! * policy.probeWon ? { ...grown, holdTimes: 1 } : grown;
  return capReached(won, now, policy);
}
