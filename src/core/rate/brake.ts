import { openFor } from './breaker.ts';
import { heated, isCareful, isNoisy, letThrough, usedNow, wasUsed } from './memory.ts';
import type { RatePolicy } from './policy.ts';
import { enter, type RateState, type Signal } from './state.ts';

/** Down: strike, brake, measure the answers, and go straight to the rate they show. */

/** A refusal for pace outside a look: the first is remembered, the second within reach brakes. */
export function strike(before: RateState, signal: Signal, now: number, policy: RatePolicy): RateState {
  const state = heated(before, now);
  const within = isNoisy(state) ? policy.strikeWithin / 2 : policy.strikeWithin;
  const again = state.sinceStrike !== null && state.sinceStrike < within;
  const known = again ? state : { ...state, heatBefore: state.heat - 1 };
  // Above its ceiling a probe expects to be refused: one is enough, and says nothing against the ceiling. Not where strays abound.
  const isAbove = state.mode === 'probe' && state.rate > state.ceiling! * policy.probeAbove && !isNoisy(state);
  if (!again && !isAbove && !signal.explicit && !isCareful(state, policy)) return { ...known, sinceStrike: 0 };
  return brake(known, again ? state.sinceStrike! + 1 : null, !again && isAbove, now, policy);
}

/** The ceiling is about there: climb to it from a little below. */
function climbFrom(state: RateState, ceiling: number, now: number, policy: RatePolicy): RateState {
  const same = state.ceiling !== null && Math.abs(ceiling / state.ceiling - 1) <= policy.sameCeiling;
  return enter(state, now, {
    mode: 'climb',
    action: state.ceiling === null ? 'found' : 'shallow',
    rate: ceiling * policy.shallowKeep,
    ceiling,
    epoch: state.epoch + 1,
    holdTimes: same ? Math.min(policy.holdMostTimes, state.holdTimes * 2) : policy.holdLeastTimes,
    measure: null,
  });
}

const FIRST_LOOK = { pending: 0, look: 1, answers: 0, refused: 0, run: 0, row: 0 };

function brake(state: RateState, gap: number | null, lone: boolean, now: number, policy: RatePolicy): RateState {
  // When the letters came slower than allowed, it is the slower rate that was refused.
  const before = wasUsed(state, now, policy) ? state.rate : Math.min(state.rate, usedNow(state, now) * 1.2);
  const most = isCareful(state, policy) ? Math.min(0.5, policy.brakeMost) : policy.brakeMost;
  const keep = gap === null ? most : Math.min(most, Math.max(policy.brakeLeast, acceptedShare(gap)));
  return enter(state, now, {
    mode: 'measure',
    action: 'brake',
    undo: state.undo ? owing(state.undo, 1) : givenUp(state, gap === null ? 1 : 2),
    rate: before * keep,
    epoch: state.epoch + 1,
    delivered: 0,
    deliveredSince: now,
    measure: { ...FIRST_LOOK, before, lone, let: letThrough(state, now), strikes: gap ? 1 : 0, within: gap ?? 0 },
  });
}

function givenUp({ mode, rate, ceiling }: RateState, owed: number): RateState['undo'] {
  return mode === 'start' || mode === 'climb' || mode === 'hold' || mode === 'probe'
    ? { mode, rate, ceiling, owed }
    : null;
}

const owing = (undo: RateState['undo'], more: number): RateState['undo'] => undo && { ...undo, owed: undo.owed + more };

/**
 * So many refusals that were heard proved to be their recipient's own. Once that is so of all that led to a brake or came
 * since, the lane is where it was before.
 */
export function pardon(state: RateState, refusals: number, now: number): RateState {
  const undo = owing(state.undo, -refusals);
  if (!undo) return { ...state, sinceStrike: null };
  if (undo.owed > 0) return { ...state, undo };
  if (state.mode === 'open' || state.mode === 'single' || state.rate >= undo.rate) return { ...state, undo: null };
  const { mode, rate, ceiling } = undo;
  return enter(state, now, {
    ...{ mode, action: 'pardon', rate, ceiling, epoch: state.epoch + 1 },
    ...{ measure: null, undo: null, heat: 0, sinceStrike: null },
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
  return { ...state, undo: owing(state.undo, refused ? 1 : 0), measure: { ...seen, ...strikes } };
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
    row: refused ? seen.row + 1 : 0,
  };
  const next = { ...state, measure, undo: owing(state.undo, refused ? 1 : 0) };
  if (isCareful(state, policy)) return refused ? lower(next, signal, now, policy, random) : clean(next, now, policy);
  if (measure.refused === policy.blockedAnswers && measure.answers === measure.refused) {
    return seen.look === 1 ? lookAgain(next, now, policy) : shut(next, signal, now, policy, random);
  }
  return measure.answers >= policy.measureAnswers ? judge(next, now, policy) : next;
}

/** Careful: every refusal halves the rate, and so many in a row mean that it is shut. */
function lower(state: RateState, signal: Signal, now: number, policy: RatePolicy, random: number): RateState {
  const seen = state.measure!;
  if (seen.row >= policy.blockedAnswers) return shut(state, signal, now, policy, random);
  return enter(state, now, {
    mode: 'measure',
    action: 'look',
    rate: state.rate / 2,
    epoch: state.epoch + 1,
    measure: { ...seen, look: seen.look + 1 },
  });
}

function clean(state: RateState, now: number, policy: RatePolicy): RateState {
  return state.measure!.run >= policy.measureAnswers ? judge(state, now, policy) : state;
}

/** All refused: much slower, or shut? Four answers at a quarter of the rate tell. */
function lookAgain(state: RateState, now: number, policy: RatePolicy): RateState {
  return enter(state, now, {
    mode: 'measure',
    action: 'look',
    rate: state.rate * policy.blockedCut,
    epoch: state.epoch + 1,
    measure: { ...state.measure!, look: 2, answers: 0, refused: 0, run: 0, row: 0 },
  });
}

function shut(state: RateState, signal: Signal, now: number, policy: RatePolicy, random: number): RateState {
  const ceiling = state.measure!.before;
  return openFor({ ...state, ceiling, rate: ceiling }, signal.pauseSeconds * 1000, now, policy, random);
}

/** The look is over. */
export function judge(state: RateState, now: number, policy: RatePolicy): RateState {
  const seen = state.measure!;
  if (isCareful(state, policy)) {
    // Somewhere between the rate that was let through and the one before the last halving.
    return seen.refused === 0 ? shallow(state, now, policy) : deep(state, state.rate * 1.4, now, policy);
  }
  if (seen.look > 1 && seen.run >= policy.blockedAnswers) return released(state, now);
  if (seen.refused <= 1) return shallow(state, now, policy);
  const share = (seen.answers - seen.refused) / seen.answers;
  const sent = wasUsed(state, now, policy) ? state.rate : usedNow(state, now);
  return deep(state, sent * share, now, policy);
}

function deep(state: RateState, found: number, now: number, policy: RatePolicy): RateState {
  const ceiling = Math.max(policy.floor, state.measure!.before * policy.deepLeast, found);
  return enter(state, now, {
    mode: 'climb',
    action: 'deep',
    rate: ceiling * policy.deepKeep,
    ceiling,
    epoch: state.epoch + 1,
    holdTimes: policy.holdLeastTimes,
    measure: null,
  });
}

/** It was shut for a moment only, as at the end of a quota window: the old ceiling holds. */
function released(state: RateState, now: number): RateState {
  const { before, let: known } = state.measure!;
  const ceiling = Math.min(before, known ?? before);
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
  const { before, strikes, within, lone, let: known } = state.measure!;
  if (lone) return climbFrom(state, Math.max(state.ceiling!, before * policy.probeKeep), now, policy);
  if (strikes === 0) {
    const share = known === null ? policy.loneKeep : known / before;
    return climbFrom(state, before * Math.min(1, Math.max(policy.loneKeep, share)), now, policy);
  }
  const gap = within / strikes;
  if (known !== null) {
    const least = Math.max(policy.shallowLeast, 0.98 * acceptedShare(gap));
    return climbFrom(state, before * Math.min(1, Math.max(least, known / before)), now, policy);
  }
  // A smaller gap is chance, or a bucket of one; on the way up from nothing we may be far above.
  const least = state.ceiling === null ? policy.shallowLeast : policy.loneKeep;
  return climbFrom(state, before * Math.max(least, acceptedShare(gap)), now, policy);
}
