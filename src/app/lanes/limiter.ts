import type { Stop } from '../../core/attribution/stop.ts';
import type { Decision } from '../../core/lanes/lane.ts';
import type { Lesson } from '../../core/lanes/lesson.ts';
import type { LifeCycle } from '../../core/life-cycle.ts';
import {
  advance,
  allowance,
  decisionOf,
  forgive,
  learnedRate,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  startRate,
  suspend,
} from '../../core/rate/rate.ts';
import type { ReplyEvidence } from '../../core/replies/verdict.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { makePermits } from './permits.ts';
import type { Dispenser, LaneStore, MakeDispenser, StoredControl } from './ports.ts';

/**
 * The rate loop put to work: the controller decides how fast, permits hold it, and every decision is kept with its
 * evidence. One limiter per lane, and one per route above its lanes.
 */

/** The epochs of the loop (null while nothing is controlled) and of the gate in which a letter was let in. */
export type Permit = { readonly epoch: number | null; readonly gate: number };

/** What stands above the rate loop while something is stopped, or has just come back. */
export type LimiterGate = {
  /** Another one than before: the letters are counted anew. */
  readonly epoch: number;
  /** Letters that may begin in this epoch; null: as many as the rate gives. */
  readonly letters: number | null;
  /** Share of the rate to be used, 0 to 1. */
  readonly share: number;
};

const OPEN: LimiterGate = { epoch: 0, letters: null, share: 1 };

export type Limiter = LifeCycle & {
  /** Waits for a permit; null once `stop` fires or the limiter is stopped. Every permit given is ended by `done`. */
  acquire(campaignId: string, stop: AbortSignal): Promise<Permit | null>;
  done(): void;
  /** The letter of this permit was never put to the server: the next one may go in its place. */
  giveBack(permit: Permit): void;
  learn(lesson: Lesson, permit: Permit, evidence: ReplyEvidence, realPerSecond: number): void;
  /** So many refusals that it learned of proved to be their recipient's own. */
  forgive(refusals: number): void;
  /** Lets time pass for the loop. */
  advance(): void;
  setWidth(letters: number): void;
  /** Other limits, from now on. */
  setPolicy(policy: RatePolicy): void;
  /** Lets no more through than this, whatever the loop allows; what it learned stays as it is. */
  setShare(perSecond: number): void;
  /** Holds everybody until a person lets go. */
  setPaused(paused: boolean): void;
  /** Holds all but so many letters, whatever the rate. */
  setGate(gate: LimiterGate): void;
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
  readonly onDecision: (action: string, before: number, after: RateState, evidence: ReplyEvidence) => void;
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
  recordConnections(id: string, connections: number, rate: number, evidence: ReplyEvidence): void;
  /** Something stopped, or goes on, whatever the rate. */
  recordStop(id: string, stop: Stop | null, before: Stop | null, connections: number, rate: number): void;
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
export const BY_TIME: ReplyEvidence = { cause: null, rule: null, reply: null };

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
    recordStop(id, stop, before, connections, rate) {
      const isClosed = stop?.phase === 'closed';
      decide({
        lane: id,
        action: stop === null ? 'go' : isClosed ? stop.kind : 'try',
        connections,
        rateBefore: before === null || before.phase !== 'closed' ? rate : 0,
        rateAfter: isClosed ? 0 : rate,
        pausedUntil: isClosed && stop.until !== null ? new Date(stop.until) : null,
        ...(isClosed ? stop.reason : BY_TIME),
      });
    },
    lastDecision: (id) => last.get(id) ?? null,
  };
}

function makeLimiter({ dispenser, initial, clock, random, onDecision, ...options }: Options): Limiter {
  let policy = options.policy;
  let state = initial;
  let paused = false;
  let gate = OPEN;
  let share = Number.POSITIVE_INFINITY;
  const permits = makePermits(dispenser);
  /** Permits given before the present epoch of the loop and of the gate. */
  let before = { loop: 0, gate: 0 };
  const unstopped = () => Math.min(share, state ? rateNow(state) : policy.ceiling) * gate.share;
  const rate = () => (paused || gate.letters === 0 ? 0 : unstopped());
  apply();

  function apply(): void {
    permits.setRate(rate());
  }

  /** What the loop and the gate let begin, less what has begun: one letter after a pause, as many as the rate gives otherwise. */
  function allow(): void {
    const given = permits.given();
    const byLoop = state && allowance(state);
    const left = [
      byLoop === null ? null : byLoop - (given - before.loop),
      gate.letters === null ? null : gate.letters - (given - before.gate),
    ].filter((letters) => letters !== null);
    permits.setAllowance(left.length === 0 ? null : Math.max(0, Math.min(...left)));
  }

  function become(next: RateState, evidence: ReplyEvidence): void {
    const was = state;
    state = next;
    if (!was || was.epoch !== next.epoch || was.mode !== next.mode) {
      before = { ...before, loop: permits.given() };
      allow();
    }
    apply();
    const decision = was && decisionOf(was, next);
    if (decision) onDecision(decision.action, rateNow(was), next, evidence);
  }

  function learn(lesson: Lesson, permit: Permit, evidence: ReplyEvidence, realPerSecond: number): void {
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
      return (await permits.acquire(campaignId, stop)) ? { epoch: state?.epoch ?? null, gate: gate.epoch } : null;
    },
    done: () => permits.done(),
    giveBack(permit) {
      // Where letters are counted its place is free again; what an earlier epoch let in has none in this one.
      const loop = before.loop + (permit.epoch === (state?.epoch ?? null) ? 1 : 0);
      before = { loop, gate: before.gate + (permit.gate === gate.epoch ? 1 : 0) };
      allow();
    },
    learn,
    forgive(refusals) {
      if (state) become(forgive(state, refusals, clock.now(), policy), BY_TIME);
    },
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
    setGate(next) {
      if (next.epoch !== gate.epoch) before = { ...before, gate: permits.given() };
      else if (next.letters === gate.letters && next.share === gate.share) return;
      gate = next;
      allow();
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
  const fresh = startRate(policy, now, stored && learnedRate(stored));
  const pausedUntil = stored?.mode === 'open' ? stored.pausedUntil : null;
  return pausedUntil !== null && pausedUntil > now ? { ...stored!, at: now } : fresh;
}

export const pausedUntil = (state: RateState | null): Date | null =>
  state?.mode === 'open' && state.pausedUntil !== null ? new Date(state.pausedUntil) : null;
