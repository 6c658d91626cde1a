import { openFor } from './rate-breaker.ts';
import type { RatePolicy, RateState, Signal } from './rate-policy.ts';
import { enter, usedNow, wasUsed } from './rate-state.ts';

/** Down: strike, brake, measure the answers, and go straight to the rate they show. */

/** A refusal for pace outside a look: the first is remembered, the second within reach brakes. */
export function strike(state: RateState, signal: Signal, now: number, policy: RatePolicy): RateState {
  const again = state.sinceStrike !== null && state.sinceStrike < policy.strikeWithin;
  if (!again && !signal.explicit && state.caution === 0) return { ...state, sinceStrike: 0 };
  return brake(state, again ? state.sinceStrike! + 1 : null, now, policy);
}

function brake(state: RateState, gap: number | null, now: number, policy: RatePolicy): RateState {
  // When the letters came slower than allowed, it is the slower rate that was refused.
  const before = wasUsed(state, now, policy) ? state.rate : Math.min(state.rate, usedNow(state, now) * 1.2);
  const most = state.caution > 0 ? Math.min(0.5, policy.brakeMost) : policy.brakeMost;
  const keep = gap === null ? most : Math.min(most, Math.max(policy.brakeLeast, acceptedShare(gap)));
  return enter(state, now, {
    mode: 'measure',
    action: 'brake',
    rate: before * keep,
    epoch: state.epoch + 1,
    measure: { before, strikes: gap ? 1 : 0, within: gap ?? 0, pending: 0, look: 1, answers: 0, refused: 0, run: 0 },
  });
}

/** One refusal in `gap` attempts. */
const acceptedShare = (gap: number) => 1 - 1 / gap;

/** An answer to a message sent before the brake: it still tells how much the old rate was too much. */
export function lookBack(state: RateState, signal: Signal): RateState {
  const seen = state.measure!;
  const pending = seen.pending + 1;
  const refused = signal.kind === 'refusedForPace';
  const strikes = refused ? { strikes: seen.strikes + 1, within: seen.within + pending, pending: 0 } : { pending };
  return { ...state, measure: { ...seen, ...strikes } };
}

/** An answer to a message sent after the brake. */
export function look(state: RateState, signal: Signal, now: number, policy: RatePolicy, random: number): RateState {
  const seen = state.measure!;
  const refused = signal.kind === 'refusedForPace';
  const measure = {
    ...seen,
    answers: seen.answers + 1,
    refused: seen.refused + (refused ? 1 : 0),
    run: refused ? 0 : seen.run + 1,
  };
  const next = { ...state, measure };
  if (measure.refused === policy.blockedAnswers && measure.answers === measure.refused) {
    return seen.look === 1 ? lookAgain(next, now, policy) : shut(next, signal, now, policy, random);
  }
  return measure.answers >= policy.measureAnswers ? judge(next, now, policy) : next;
}

/** All refused: much slower, or shut? Four answers at a quarter of the rate tell. */
function lookAgain(state: RateState, now: number, policy: RatePolicy): RateState {
  return enter(state, now, {
    mode: 'measure',
    action: 'look',
    rate: state.rate * policy.blockedCut,
    epoch: state.epoch + 1,
    measure: { ...state.measure!, look: 2, answers: 0, refused: 0, run: 0 },
  });
}

function shut(state: RateState, signal: Signal, now: number, policy: RatePolicy, random: number): RateState {
  const ceiling = state.measure!.before;
  return openFor({ ...state, ceiling, rate: ceiling }, signal.pauseSeconds * 1000, now, policy, random);
}

/** The look is over. */
export function judge(state: RateState, now: number, policy: RatePolicy): RateState {
  const seen = state.measure!;
  if (seen.look > 1 && seen.run >= policy.blockedAnswers) return released(state, now);
  if (seen.refused <= 1) return shallow(state, now, policy);
  const share = (seen.answers - seen.refused) / seen.answers;
  const sent = wasUsed(state, now, policy) ? state.rate : usedNow(state, now);
  const ceiling = Math.max(policy.floor, seen.before * policy.deepLeast, sent * share);
  return enter(state, now, {
    mode: 'climb',
    action: 'deep',
    rate: ceiling * policy.deepKeep,
    ceiling,
    epoch: state.epoch + 1,
    holdTimes: 1,
    measure: null,
  });
}

/** It was shut for a moment only, as at the end of a quota window: the old ceiling holds. */
function released(state: RateState, now: number): RateState {
  const ceiling = state.measure!.before;
  return enter(state, now, {
    mode: 'climb',
    action: 'resume',
    rate: ceiling / 2,
    ceiling,
    epoch: state.epoch + 1,
    measure: null,
  });
}

function shallow(state: RateState, now: number, policy: RatePolicy): RateState {
  const { before, strikes, within } = state.measure!;
  // The slower we came up on the ceiling, the nearer it must be; a smaller gap is chance, or a bucket of one.
  const above = state.ceiling === null ? Number.POSITIVE_INFINITY : before / state.ceiling;
  const { least } = policy.shallowLeast.find(({ below }) => above <= below)!;
  const ceiling = before * (strikes === 0 ? 1 : Math.max(least, acceptedShare(within / strikes)));
  const same = state.ceiling !== null && Math.abs(ceiling / state.ceiling - 1) <= policy.sameCeiling;
  return enter(state, now, {
    mode: 'climb',
    action: state.ceiling === null ? 'found' : 'shallow',
    rate: ceiling * policy.shallowKeep,
    ceiling,
    epoch: state.epoch + 1,
    holdTimes: same ? Math.min(policy.holdMostTimes, state.holdTimes * 2) : state.holdTimes,
    measure: null,
  });
}
