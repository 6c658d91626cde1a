import type { RatePolicy } from './policy.ts';
import { clamped, type RateState } from './state.ts';

/** How a lane begins, and what a state stored by an earlier version lacks. */

const HOUR = 3_600_000;

/** How much of a rate learned so long ago is trusted. */
const TRUST: readonly { readonly youngerThan: number; readonly share: number }[] = [
  { youngerThan: HOUR, share: 0.9 },
  { youngerThan: 24 * HOUR, share: 0.8 },
  { youngerThan: 7 * 24 * HOUR, share: 0.5 },
  { youngerThan: 30 * 24 * HOUR, share: 0.25 },
];

/** What an earlier run learned, and when, ms: the ceiling it met, or what was taken where it met none. */
export type LearnedRate = { readonly at: number } & ({ readonly ceiling: number } | { readonly taken: number });

/** A lane begins cold, near the ceiling an earlier run learned, or near what was taken, with no limit known yet. */
export function startRate(policy: RatePolicy, now: number, learned: LearnedRate | null): RateState {
  const trusted = learned && TRUST.find(({ youngerThan }) => now - learned.at < youngerThan);
  const known = learned && trusted ? ('ceiling' in learned ? learned.ceiling : learned.taken) * trusted.share : 0;
  const isWarm = known > policy.startRate;
  const ceiling = isWarm && learned && 'ceiling' in learned ? learned.ceiling : null;
  const rate = isWarm ? known : policy.startRate;
  const state: RateState = {
    mode: ceiling === null ? 'start' : 'climb',
    action: ceiling === null ? 'start' : 'climb',
    rate,
    inForce: rate,
    ceiling,
    pausedUntil: null,
    epoch: 0,
    at: now,
    since: now,
    from: rate,
    accepted: 0,
    credit: 0,
    sinceStrike: null,
    used: rate,
    usedAt: now,
    measure: null,
    holdTimes: policy.holdLeastTimes,
    onSince: now,
    cautionAt: now,
    heatAt: now,
    deliveredSince: now,
    ...UNTROUBLED,
  };
  return clamped(state, policy);
}

/** What a lane remembers of trouble before there was any. */
const UNTROUBLED = {
  pauses: 0,
  acceptedSincePause: 0,
  offSince: null,
  caution: 0,
  strays: 0,
  heat: 0,
  heatBefore: 0,
  pauseMs: 0,
  penaltyMs: 0,
  delivered: 0,
  taken: 0,
  undo: null,
} as const;

/** A state stored by an earlier version knows nothing of heat and penalties, or of what was taken. */
export const complete = (state: RateState): RateState =>
  'inForce' in state && 'heatAt' in state ? state : remembering(state);

const remembering = (state: Pick<RateState, 'at' | 'rate'>): RateState =>
  ({ heatAt: state.at, deliveredSince: state.at, inForce: state.rate, ...UNTROUBLED, ...state }) as RateState;
