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

/** A lane begins cold, or near the ceiling an earlier run learned (`at`: when, ms). */
export function startRate(
  policy: RatePolicy,
  now: number,
  learned: { readonly ceiling: number; readonly at: number } | null,
): RateState {
  const trusted = learned && TRUST.find(({ youngerThan }) => now - learned.at < youngerThan);
  const warm = learned && trusted && learned.ceiling * trusted.share > policy.startRate;
  const rate = warm ? learned.ceiling * trusted.share : policy.startRate;
  const state: RateState = {
    mode: warm ? 'climb' : 'start',
    action: warm ? 'climb' : 'start',
    rate,
    ceiling: warm ? learned.ceiling : null,
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
} as const;

/** A state stored by an earlier version knows nothing of heat and penalties. */
export const complete = (state: RateState): RateState => ('heatAt' in state ? state : remembering(state as RateState));

const remembering = (state: RateState): RateState => ({
  ...UNTROUBLED,
  ...state,
  heatAt: state.at,
  deliveredSince: state.at,
});
