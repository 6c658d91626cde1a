import { judge, look, lookBack, pardon, strike } from './brake.ts';
import { believed, calmDown, openFor, resume, trySingle } from './breaker.ts';
import { countTaken, countUse, wasUsed } from './memory.ts';
import type { RatePolicy } from './policy.ts';
import { climb, growStart, hold, probe } from './rise.ts';
import { complete, type LearnedRate } from './start.ts';
import { clamped, type RateAction, type RateState, type Signal } from './state.ts';

export { defaultRatePolicy, type RatePolicy, strictRatePolicy } from './policy.ts';
export { type LearnedRate, startRate } from './start.ts';
export type { RateAction, RateMode, RateState, Signal } from './state.ts';

/** The rate of one lane, as a pure function of the answers and the time. See README.md beside this file. */

/** Takes one answer in. `random` in [0, 1) is used when a pause is decided. */
export function observe(state: RateState, signal: Signal, now: number, policy: RatePolicy, random: number): RateState {
  const known = complete(state);
  const isRefused = signal.kind === 'refusedForPace';
  const used = countUse(isRefused ? known : countDelivered(known, policy), now);
  const counted = isRefused ? used : countTaken(used);
  if (signal.sentEpoch === known.epoch - 1 && known.measure?.look === 1) return lookBack(counted, signal);
  if (signal.sentEpoch !== state.epoch || state.mode === 'open') return counted;
  return clamped(decide(counted, signal, now, policy, random), policy);
}

function decide(state: RateState, signal: Signal, now: number, policy: RatePolicy, random: number): RateState {
  if (state.mode === 'single') return afterSingle(state, signal, now, policy, random);
  if (signal.kind === 'ignored') return state;
  if (state.mode === 'measure') return look(state, signal, now, policy, random);
  return signal.kind === 'accepted' ? countAccepted(state, policy) : strike(state, signal, now, policy);
}

function afterSingle(state: RateState, signal: Signal, now: number, policy: RatePolicy, random: number): RateState {
  if (signal.kind === 'accepted') return resume(state, now, policy);
  if (signal.kind === 'ignored') return trySingle(state, now, policy);
  return openFor(state, signal.pauseSeconds * 1000, now, policy, random);
}

function countAccepted(state: RateState, policy: RatePolicy): RateState {
  const stray = state.sinceStrike === policy.strikeWithin ? 1 : 0;
  return {
    ...state,
    strays: state.strays * (1 - 1 / policy.strayMessages) + stray,
    accepted: state.accepted + 1,
    credit: state.credit + 1,
    sinceStrike: state.sinceStrike === null ? null : state.sinceStrike + 1,
  };
}

/** What an answer without a refusal for pace proves, whenever its message was sent. */
function countDelivered(state: RateState, policy: RatePolicy): RateState {
  const acceptedSincePause = state.acceptedSincePause + 1;
  return {
    ...state,
    delivered: state.delivered + 1,
    acceptedSincePause,
    pauses: acceptedSincePause >= policy.pauseForgetMessages ? 0 : state.pauses,
  };
}

/** So many refusals that were heard before proved to be their recipient's own: whoever they slowed goes on as before. */
export const forgive = (stored: RateState, refusals: number, now: number, policy: RatePolicy): RateState =>
  refusals === 0 ? stored : clamped(pardon(complete(stored), refusals, now), policy);

/** Carries on what time carries on. Repeating it at the same `now` changes nothing. */
export function advance(stored: RateState, now: number, policy: RatePolicy): RateState {
  const state = complete(stored);
  if (now <= state.at) return clamped(state, policy);
  // A mode that began since the last call has lasted only since then.
  const elapsed = now - Math.max(state.at, state.since);
  const calm = calmDown({ ...state, at: now }, now, policy);
  return clamped(elapse(calm, elapsed, now, policy), policy);
}

function elapse(state: RateState, elapsed: number, now: number, policy: RatePolicy): RateState {
  switch (state.mode) {
    case 'open':
      return now >= state.pausedUntil! ? trySingle(state, now, policy) : state;
    case 'single':
      return now - state.since >= policy.singleMs ? trySingle(state, now, policy) : state;
    case 'measure':
      return now - state.since >= lookMs(state, policy) ? judge(state, now, policy) : state;
    default:
      return wasUsed(state, now, policy)
        ? rise(state, elapsed, now, policy)
        : { ...state, since: state.since + elapsed, deliveredSince: state.deliveredSince + elapsed };
  }
}

const lookMs = (state: RateState, policy: RatePolicy) =>
  Math.max(policy.measureMs, (2000 * policy.measureAnswers) / state.rate);

function rise(state: RateState, elapsed: number, now: number, policy: RatePolicy): RateState {
  switch (state.mode) {
    case 'start':
      return growStart(state, elapsed, now, policy);
    case 'climb':
      return climb(state, now, policy);
    case 'hold':
      return hold(state, now, policy);
    case 'probe':
      return probe(state, elapsed, now, policy);
    default:
      return state;
  }
}

/** Orders a pause of at least so many seconds, as for a reply that tells us to stay away; then one message decides. */
export function suspend(
  stored: RateState,
  seconds: number,
  now: number,
  policy: RatePolicy,
  random: number,
): RateState {
  const state = complete(stored);
  // Answers to letters under way ask for the same pause again: it may last longer, but it is one pause.
  if (state.mode === 'open') {
    const until = now + believed(seconds * 1000, state.pauses - 1, policy);
    return { ...state, pausedUntil: Math.max(state.pausedUntil!, until) };
  }
  return openFor({ ...state, ceiling: state.ceiling ?? state.rate }, seconds * 1000, now, policy, random);
}

/** Messages per second in force; 0 while stopped. */
export const rateNow = (state: RateState): number => (state.mode === 'open' ? 0 : state.inForce);

/**
 * How many messages may be started in all under the present `state.epoch`: 0 while stopped, 1 for the single message
 * after a pause, null for as many as the rate gives. Count permits per epoch, and forget the count when it changes.
 */
export function allowance(state: RateState): number | null {
  if (state.mode === 'open') return 0;
  return state.mode === 'single' ? 1 : null;
}

/** What was decided between two states, for the decision log; null when nothing was. */
export function decisionOf(before: RateState, after: RateState): { readonly action: RateAction } | null {
  if (before.epoch === after.epoch && before.mode === after.mode) return null;
  return { action: after.action };
}

/** What to begin with next time: the highest rate known to be let through, or the most that was taken; null: nothing is known. */
export function learnedRate(stored: RateState): LearnedRate | null {
  const { ceiling, mode, rate, taken, at } = complete(stored);
  if (ceiling !== null) return { ceiling: mode === 'probe' ? Math.max(ceiling, rate) : ceiling, at };
  return taken > 0 ? { taken, at } : null;
}

export function laneStateOf(state: RateState): 'steady' | 'slowed' | 'probing' | 'stopped' {
  switch (state.mode) {
    case 'open':
      return 'stopped';
    case 'start':
    case 'single':
      return 'probing';
    case 'measure':
    case 'climb':
      return 'slowed';
    case 'hold':
      return 'steady';
    case 'probe':
      return state.rate > state.from * 1.1 ? 'probing' : 'steady';
  }
}
