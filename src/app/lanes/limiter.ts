import type { Lesson } from '../../core/lanes/lesson.ts';
import {
  allowance,
  decisionOf,
  learnedCeiling,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  startRate,
  suspend,
  tick,
} from '../../core/rate/rate.ts';
import type { Cause } from '../../core/replies/verdict.ts';
import type { Clock, Random } from '../ports.ts';
import { makeTurnstile } from './permits.ts';
import type { Pace, StoredControl } from './ports.ts';

/** The rate loop put to work: the controller decides, the turnstile holds it. One per lane, one per route with several lanes. */

export type Evidence = { readonly cause: Cause | null; readonly rule: string | null; readonly reply: string | null };

/** The epoch in which a letter was let in; null while nothing is controlled. */
export type Turn = { readonly epoch: number | null };

export type Throttle = {
  enter(campaignId: string, stop: AbortSignal): Promise<Turn | null>;
  leave(): void;
  learn(lesson: Lesson, turn: Turn, evidence: Evidence, realPerSecond: number): void;
  tick(): void;
  setWidth(letters: number): void;
  /** Other limits, from now on. */
  setPolicy(policy: RatePolicy): void;
  /** Holds everybody until a person lets go. */
  setPaused(paused: boolean): void;
  /** Letters per second allowed now; Infinity while nothing is controlled. */
  rate(): number;
  state(): RateState | null;
  inHand(): number;
  close(): void;
};

type Options = {
  readonly pace: Pace;
  readonly policy: RatePolicy;
  /** Null: unlimited until the first refusal for pace shows that there is a limit. */
  readonly initial: RateState | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly onDecision: (action: string, before: number, after: RateState, evidence: Evidence) => void;
};

/** Time alone decided. */
export const BY_TIME: Evidence = { cause: null, rule: null, reply: null };

export function makeThrottle({ pace, initial, clock, random, onDecision, ...options }: Options): Throttle {
  let policy = options.policy;
  let state = initial;
  let paused = false;
  const turnstile = makeTurnstile(pace);
  const rate = () => (paused ? 0 : state ? rateNow(state) : policy.ceiling);
  apply();

  function apply(): void {
    turnstile.setRate(rate());
  }

  /** A new epoch brings a new allowance: one letter after a pause, as many as the rate gives otherwise. */
  function become(next: RateState, evidence: Evidence): void {
    const before = state;
    state = next;
    if (!before || before.epoch !== next.epoch || before.mode !== next.mode) turnstile.setAllowance(allowance(next));
    apply();
    const decision = before && decisionOf(before, next);
    if (decision) onDecision(decision.action, rateNow(before), next, evidence);
  }

  function learn(lesson: Lesson, turn: Turn, evidence: Evidence, realPerSecond: number): void {
    const now = clock.now();
    if (!state && lesson.pace !== 'refusedForPace' && lesson.suspendSeconds === 0) return;
    const known = state ?? startRate(policy, now, { ceiling: Math.max(realPerSecond, policy.startRate), at: now });
    if (lesson.suspendSeconds > 0) {
      become(suspend(known, lesson.suspendSeconds, now, policy, random()), evidence);
      return;
    }
    const signal = {
      kind: lesson.pace,
      sentEpoch: turn.epoch ?? known.epoch,
      explicit: lesson.explicit,
      pauseSeconds: lesson.pauseSeconds,
    };
    become(observe(known, signal, now, policy, random()), evidence);
  }

  return {
    async enter(campaignId, stop) {
      return (await turnstile.enter(campaignId, stop)) ? { epoch: state?.epoch ?? null } : null;
    },
    leave: () => turnstile.leave(),
    learn,
    tick() {
      if (state) become(tick(state, clock.now(), policy), BY_TIME);
    },
    setWidth: (letters) => turnstile.setWidth(letters),
    setPolicy(next) {
      policy = next;
      // The loop clamps to its new limits by itself.
      if (state) become(tick(state, clock.now(), policy), BY_TIME);
      else apply();
    },
    setPaused(isPaused) {
      paused = isPaused;
      apply();
    },
    rate,
    state: () => state,
    inHand: () => turnstile.inHand(),
    close: () => turnstile.close(),
  };
}

/** The rate loop's state as an earlier run left it, if there was one. */
export const storedRate = (control: StoredControl | null): RateState | null =>
  control && 'mode' in control.rate ? (control.rate as RateState) : null;

/** What a restart begins with: near what was learned, and not before a pause that was ordered is over. */
export function resumed(stored: RateState | null, now: number, policy: RatePolicy): RateState {
  const ceiling = stored && learnedCeiling(stored);
  const fresh = startRate(policy, now, ceiling && stored ? { ceiling, at: stored.at } : null);
  const pausedUntil = stored?.mode === 'open' ? stored.pausedUntil : null;
  return pausedUntil !== null && pausedUntil > now ? { ...stored!, at: now } : fresh;
}
