import type { Lesson } from '../../core/lanes/lesson.ts';
import {
  advance,
  allowance,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  startRate,
  suspend,
} from '../../core/rate/rate.ts';
import type { Clock, Random } from '../ports.ts';

/**
 * Inside a lane of unknown providers every site (or domain, while its site is not known) has a limiter of its own beside
 * the lane's: one small host that pushes back must not slow the thousand others. Kept in memory, for the lane has one owner.
 */

export type SitePermit = { readonly site: string; readonly epoch: number };

export type SiteLimiters = {
  /** A permit, or how long to wait for the next one, ms. */
  acquire(site: string): SitePermit | { readonly waitMs: number };
  /** The letter of this permit was never put to the server. */
  giveBack(permit: SitePermit): void;
  /** Answers whether the lane's own limiter should hear it too. */
  learn(lesson: Lesson, permit: SitePermit): boolean;
};

type SiteLimiter = { state: RateState; nextAt: number; started: number; startedEpoch: number };

/** The longest unused is forgotten. */
const MOST_SITES = 20_000;
/** Refusals of two sites so close together point to one host behind both. */
const TOGETHER_MS = 60_000;
/** While the one letter after a pause is under way. */
const SINGLE_WAIT_MS = 1_000;

export function makeSiteLimiters(deps: {
  readonly policy: RatePolicy;
  readonly clock: Clock;
  readonly random: Random;
}): SiteLimiters {
  const { policy, clock, random } = deps;
  const sites = new Map<string, SiteLimiter>();
  let lastRefused: { readonly site: string; readonly at: number } | null = null;

  function limiterOf(site: string): SiteLimiter {
    const now = clock.now();
    const limiter = sites.get(site) ?? { state: startRate(policy, now, null), nextAt: 0, started: 0, startedEpoch: 0 };
    sites.delete(site);
    sites.set(site, limiter);
    if (sites.size > MOST_SITES) sites.delete(sites.keys().next().value!);
    limiter.state = advance(limiter.state, now, policy);
    if (limiter.startedEpoch !== limiter.state.epoch)
      Object.assign(limiter, { started: 0, startedEpoch: limiter.state.epoch });
    return limiter;
  }

  return {
    acquire(site) {
      const limiter = limiterOf(site);
      const now = clock.now();
      const rate = rateNow(limiter.state);
      if (rate === 0) return { waitMs: Math.max(SINGLE_WAIT_MS, (limiter.state.pausedUntil ?? now) - now) };
      const most = allowance(limiter.state);
      if (most !== null && limiter.started >= most) return { waitMs: SINGLE_WAIT_MS };
      if (limiter.nextAt > now) return { waitMs: limiter.nextAt - now };
      limiter.nextAt = Math.max(now, limiter.nextAt) + 1_000 / rate;
      limiter.started += 1;
      return { site, epoch: limiter.state.epoch };
    },

    giveBack({ site, epoch }) {
      const limiter = limiterOf(site);
      if (limiter.startedEpoch === epoch) limiter.started = Math.max(0, limiter.started - 1);
    },

    learn(lesson, { site, epoch }) {
      const limiter = limiterOf(site);
      const now = clock.now();
      const { pace, explicit, pauseSeconds, suspendSeconds } = lesson;
      const signal = { kind: pace, sentEpoch: epoch, explicit, pauseSeconds };
      limiter.state =
        suspendSeconds > 0
          ? suspend(limiter.state, suspendSeconds, now, policy, random())
          : observe(limiter.state, signal, now, policy, random());
      if (pace !== 'refusedForPace') return true;
      const isTogether = lastRefused !== null && lastRefused.site !== site && now - lastRefused.at < TOGETHER_MS;
      lastRefused = { site, at: now };
      return isTogether;
    },
  };
}
