import type { Decision } from '../../core/lanes/lane.ts';
import type { Lesson } from '../../core/lanes/lesson.ts';
import type { LifeCycle } from '../../core/life-cycle.ts';
import {
  advance,
  allowance,
  decisionOf,
  learnedCeiling,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  startRate,
  suspend,
} from '../../core/rate/rate.ts';
import type { Cause } from '../../core/replies/verdict.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { makePermits } from './permits.ts';
import type { Dispenser, LaneStore, MakeDispenser, StoredControl } from './ports.ts';

/**
 * The rate loop put to work: the controller decides how fast, permits hold it, and every decision is kept with its
 * evidence. One limiter per lane, and one per route above its lanes.
 */

export type DecisionEvidence = {
  readonly cause: Cause | null;
  readonly rule: string | null;
  readonly reply: string | null;
};

/** The epoch in which a letter was let in; null while nothing is controlled. */
export type Permit = { readonly epoch: number | null };

export type Limiter = LifeCycle & {
  /** Waits for a permit; null once `stop` fires or the limiter is stopped. Every permit given is ended by `done`. */
  acquire(campaignId: string, stop: AbortSignal): Promise<Permit | null>;
  done(): void;
  /** The letter of this permit was never put to the server: the next one may go in its place. */
  giveBack(permit: Permit): void;
  learn(lesson: Lesson, permit: Permit, evidence: DecisionEvidence, realPerSecond: number): void;
  /** Lets time pass for the loop. */
  advance(): void;
  setWidth(letters: number): void;
  /** Other limits, from now on. */
  setPolicy(policy: RatePolicy): void;
  /** Lets no more through than this, whatever the loop allows; what it learned stays as it is. */
  setShare(perSecond: number): void;
  /** Holds everybody until a person lets go. */
  setPaused(paused: boolean): void;
  /** Letters per second allowed now; Infinity while nothing is controlled. */
  rate(): number;
  state(): RateState | null;
  inHand(): number;
};

type Options = {
  readonly dispenser: Dispenser;
  readonly policy: RatePolicy;
  /** Null: unlimited until the first refusal for pace shows that there is a limit. */
  readonly initial: RateState | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly onDecision: (action: string, before: number, after: RateState, evidence: DecisionEvidence) => void;
};

export type Limiters = {
  make(options: {
    readonly id: string;
    /** What an earlier run left; null: unlimited until the first refusal. */
    readonly initial: RateState | null;
    readonly policy: RatePolicy;
    readonly connections: () => number;
  }): Limiter;
  /** A decision about sessions, which leaves the rate as it is. */
  recordConnections(id: string, connections: number, rate: number, evidence: DecisionEvidence): void;
  lastDecision(id: string): Decision | null;
};

type Deps = {
  readonly store: Pick<LaneStore, 'decide'>;
  readonly makeDispenser: MakeDispenser;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** Time alone decided. */
export const BY_TIME: DecisionEvidence = { cause: null, rule: null, reply: null };

export function makeLimiters({ store, makeDispenser, clock, random, log }: Deps): Limiters {
  const last = new Map<string, Decision>();

  function decide(decision: Omit<Decision, 'at'>): void {
    const whole = { ...decision, at: new Date(clock.now()) };
    last.set(decision.lane, whole);
    log.info('lane decision', { ...whole, reply: undefined });
    store
      .decide(whole)
      .catch((error: unknown) => log.warn('decision not stored', { lane: decision.lane, reason: String(error) }));
  }

  return {
    make: ({ id, initial, policy, connections }) =>
      makeLimiter({
        dispenser: makeDispenser(0),
        policy,
        initial,
        clock,
        random,
        onDecision: (action, rateBefore, after, evidence) =>
          decide({
            lane: id,
            action,
            rateBefore,
            rateAfter: rateNow(after),
            connections: connections(),
            pausedUntil: pausedUntil(after),
            ...evidence,
          }),
      }),
    recordConnections(id, connections, rate, evidence) {
      const same = { rateBefore: rate, rateAfter: rate, pausedUntil: null };
      decide({ lane: id, action: 'connections', connections, ...same, ...evidence });
    },
    lastDecision: (id) => last.get(id) ?? null,
  };
}

function makeLimiter({ dispenser, initial, clock, random, onDecision, ...options }: Options): Limiter {
  let policy = options.policy;
  let state = initial;
  let paused = false;
  let share = Number.POSITIVE_INFINITY;
  const permits = makePermits(dispenser);
  const rate = () => (paused ? 0 : Math.min(share, state ? rateNow(state) : policy.ceiling));
  apply();

  function apply(): void {
    permits.setRate(rate());
  }

  /** A new epoch brings a new allowance: one letter after a pause, as many as the rate gives otherwise. */
  function become(next: RateState, evidence: DecisionEvidence): void {
    const before = state;
    state = next;
    if (!before || before.epoch !== next.epoch || before.mode !== next.mode) permits.setAllowance(allowance(next));
    apply();
    const decision = before && decisionOf(before, next);
    if (decision) onDecision(decision.action, rateNow(before), next, evidence);
  }

  function learn(lesson: Lesson, permit: Permit, evidence: DecisionEvidence, realPerSecond: number): void {
    const now = clock.now();
    if (!state && lesson.pace !== 'refusedForPace' && lesson.suspendSeconds === 0) return;
    const known = state ?? startRate(policy, now, { ceiling: Math.max(realPerSecond, policy.startRate), at: now });
    if (lesson.suspendSeconds > 0) {
      become(suspend(known, lesson.suspendSeconds, now, policy, random()), evidence);
      return;
    }
    const signal = {
      kind: lesson.pace,
      sentEpoch: permit.epoch ?? known.epoch,
      explicit: lesson.explicit,
      pauseSeconds: lesson.pauseSeconds,
    };
    become(observe(known, signal, now, policy, random()), evidence);
  }

  return {
    start: () => permits.start(),
    stop: (graceMs) => permits.stop(graceMs),
    async acquire(campaignId, stop) {
      return (await permits.acquire(campaignId, stop)) ? { epoch: state?.epoch ?? null } : null;
    },
    done: () => permits.done(),
    giveBack({ epoch }) {
      // Only where letters are counted: one that the rate alone let in takes nobody's place.
      const counted = state && state.epoch === epoch ? allowance(state) : null;
      if (counted) permits.setAllowance(counted);
    },
    learn,
    advance() {
      if (state) become(advance(state, clock.now(), policy), BY_TIME);
    },
    setWidth: (letters) => permits.setWidth(letters),
    setPolicy(next) {
      policy = next;
      // The loop clamps to its new limits by itself.
      if (state) become(advance(state, clock.now(), policy), BY_TIME);
      else apply();
    },
    setShare(perSecond) {
      share = perSecond;
      apply();
    },
    setPaused(isPaused) {
      paused = isPaused;
      apply();
    },
    rate,
    state: () => state,
    inHand: () => permits.inHand(),
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

export const pausedUntil = (state: RateState | null): Date | null =>
  state?.mode === 'open' && state.pausedUntil !== null ? new Date(state.pausedUntil) : null;
