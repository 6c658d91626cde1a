import type { Decision } from '../../core/lanes/lane.ts';
import { type RatePolicy, type RateState, rateNow } from '../../core/rate/rate.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { type Evidence, makeThrottle, type Throttle } from './limiter.ts';
import type { LaneStore, MakePace } from './ports.ts';

/** Makes throttles whose every decision is kept with its evidence. */

export type Limiters = {
  make(options: {
    readonly id: string;
    /** What an earlier run left; null: unlimited until the first refusal. */
    readonly initial: RateState | null;
    readonly policy: RatePolicy;
    readonly connections: () => number;
  }): Throttle;
  /** A decision about sessions, which leaves the rate as it is. */
  decideConnections(id: string, connections: number, rate: number, evidence: Evidence): void;
  lastDecision(id: string): Decision | null;
};

type Deps = {
  readonly store: Pick<LaneStore, 'decide'>;
  readonly makePace: MakePace;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

export function makeLimiters({ store, makePace, clock, random, log }: Deps): Limiters {
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
      makeThrottle({
        pace: makePace(0),
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
    decideConnections(id, connections, rate, evidence) {
      const same = { rateBefore: rate, rateAfter: rate, pausedUntil: null };
      decide({ lane: id, action: 'connections', connections, ...same, ...evidence });
    },
    lastDecision: (id) => last.get(id) ?? null,
  };
}

export const pausedUntil = (state: RateState | null): Date | null =>
  state?.mode === 'open' && state.pausedUntil !== null ? new Date(state.pausedUntil) : null;
