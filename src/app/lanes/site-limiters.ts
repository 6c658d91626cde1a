import { makeStanding, startStanding } from '../../core/attribution/standing.ts';
import { type Lesson, lessonOf } from '../../core/lanes/lesson.ts';
import {
  advance,
  allowance,
  forgive,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  startRate,
  suspend,
} from '../../core/rate/rate.ts';
import type { Clock, Random } from '../ports.ts';
import { type AnswerHeard, type Judgement, makeStand, type Stand } from './stand.ts';

/**
 * Inside a lane of unknown providers every site (or domain, while its site is not known) has a rate, sessions and a
 * standing of its own beside the lane's: one small host that is dead, slow or pushes back must not hold the thousand
 * others. Kept in memory, for the lane has one owner.
 */

export type SitePermit = {
  readonly site: string;
  readonly epoch: number;
  readonly gate: number;
  readonly ticket: ReturnType<Stand['enter']>;
};

export type SiteLimiters = {
  /** A permit, which `done` ends, or how long to wait for the next one, ms. */
  acquire(site: string): SitePermit | { readonly waitMs: number };
  done(permit: SitePermit): void;
  /** The letter of this permit was never put to the server. */
  giveBack(permit: SitePermit): void;
  /** `hasStopped`: this answer made the site stand still. */
  judge(heard: AnswerHeard, permit: SitePermit): Judgement & { readonly lesson: Lesson; readonly hasStopped: boolean };
  /** Lets time pass for those that have something open. */
  advance(): void;
  /** Sites that stand still, and why. */
  stopped(): readonly { readonly site: string; readonly stop: NonNullable<ReturnType<Stand['stopped']>> }[];
  /** Nobody will be heard any more. */
  dismiss(): void;
};

type SiteLimiter = {
  state: RateState;
  nextAt: number;
  /** Letters begun in the present epochs of the rate and of the gate. */
  started: number;
  startedEpoch: number;
  passed: number;
  passedEpoch: number;
  inHand: number;
  /** Whether it ever answered: until then one letter at a time knocks. */
  isKnown: boolean;
  readonly stand: Stand;
};

/** The longest unused is forgotten. */
const MOST_SITES = 5_000;
/** While the one letter after a pause is under way, or all its sessions are in use. */
const BUSY_WAIT_MS = 1_000;
/** A site that waits for a person. */
const LONG_WAIT_MS = 60_000;

export function makeSiteLimiters(deps: {
  readonly policy: RatePolicy;
  /** Most letters in the hands of one site. */
  readonly perSite: number;
  readonly clock: Clock;
  readonly random: Random;
}): SiteLimiters {
  const { policy, perSite, clock, random } = deps;
  const sites = new Map<string, SiteLimiter>();

  function begin(): SiteLimiter {
    const standing = makeStanding(startStanding(), 'wall');
    return {
      state: startRate(policy, clock.now(), null),
      ...{ nextAt: 0, started: 0, startedEpoch: 0, passed: 0, passedEpoch: 0, inHand: 0, isKnown: false },
      stand: makeStand({ standing, clock, random, onGate: () => undefined, onTurn: () => undefined }),
    };
  }

  function limiterOf(site: string): SiteLimiter {
    const limiter = sites.get(site) ?? begin();
    sites.delete(site);
    sites.set(site, limiter);
    if (sites.size > MOST_SITES) forgetOldest();
    limiter.state = advance(limiter.state, clock.now(), policy);
    limiter.stand.advance();
    const { epoch } = limiter.stand.gate();
    if (limiter.startedEpoch !== limiter.state.epoch)
      Object.assign(limiter, { started: 0, startedEpoch: limiter.state.epoch });
    if (limiter.passedEpoch !== epoch) Object.assign(limiter, { passed: 0, passedEpoch: epoch });
    return limiter;
  }

  function forgetOldest(): void {
    const [site, limiter] = sites.entries().next().value!;
    limiter.stand.dismiss();
    sites.delete(site);
  }

  /** How long it takes no letter for whatever reason, ms; 0: it takes one. */
  function waitOf(limiter: SiteLimiter, now: number): number {
    const stop = limiter.stand.stopped();
    const { letters } = limiter.stand.gate();
    if (letters === 0) return Math.max(BUSY_WAIT_MS, (stop?.until ?? now + LONG_WAIT_MS) - now);
    if (letters !== null && limiter.passed >= letters) return BUSY_WAIT_MS;
    if (limiter.inHand >= (limiter.isKnown ? perSite : 1)) return BUSY_WAIT_MS;
    if (rateNow(limiter.state) === 0) return Math.max(BUSY_WAIT_MS, (limiter.state.pausedUntil ?? now) - now);
    const most = allowance(limiter.state);
    if (most !== null && limiter.started >= most) return BUSY_WAIT_MS;
    return Math.max(0, limiter.nextAt - now);
  }

  function teach(limiter: SiteLimiter, lesson: Lesson, sentEpoch: number): void {
    const now = clock.now();
    // Fewer sessions than two is not much to learn: one small host that has enough of us is asked less often.
    const kind = lesson.sessions === 'fewerConnections' ? 'refusedForPace' : lesson.pace;
    const { explicit, pauseSeconds, suspendSeconds } = lesson;
    limiter.state =
      suspendSeconds > 0
        ? suspend(limiter.state, suspendSeconds, now, policy, random())
        : observe(limiter.state, { kind, sentEpoch, explicit, pauseSeconds }, now, policy, random());
  }

  return {
    acquire(site) {
      const limiter = limiterOf(site);
      const now = clock.now();
      const waitMs = waitOf(limiter, now);
      if (waitMs > 0) return { waitMs };
      limiter.nextAt = Math.max(now, limiter.nextAt) + 1_000 / rateNow(limiter.state);
      limiter.started += 1;
      limiter.passed += 1;
      limiter.inHand += 1;
      return { site, epoch: limiter.state.epoch, gate: limiter.passedEpoch, ticket: limiter.stand.enter() };
    },

    done({ site }) {
      const limiter = sites.get(site);
      if (limiter) limiter.inHand = Math.max(0, limiter.inHand - 1);
    },

    giveBack({ site, epoch, gate }) {
      const limiter = limiterOf(site);
      if (limiter.startedEpoch === epoch) limiter.started = Math.max(0, limiter.started - 1);
      if (limiter.passedEpoch === gate) limiter.passed = Math.max(0, limiter.passed - 1);
    },

    judge({ answer, words, evidence }, { site, epoch, ticket }) {
      const limiter = limiterOf(site);
      const wasStopped = limiter.stand.stopped() !== null;
      const sessions = Math.max(0, limiter.inHand - 1);
      const judgement = limiter.stand.weigh({
        answer: { ...answer, sessions, isSingle: limiter.state.mode === 'single' },
        ticket,
        words,
        reason: evidence,
      });
      const lesson = lessonOf(judgement.finding.blame, answer.outcome, answer.stage, answer.verdict);
      limiter.isKnown ||= answer.code > 0;
      limiter.state = forgive(limiter.state, judgement.finding.pardons, clock.now(), policy);
      teach(limiter, lesson, epoch);
      return { ...judgement, lesson, hasStopped: !wasStopped && limiter.stand.stopped() !== null };
    },

    advance() {
      for (const { stand } of sites.values()) stand.advance();
    },
    stopped: () =>
      [...sites].flatMap(([site, { stand }]) => {
        const stop = stand.stopped();
        return stop ? [{ site, stop }] : [];
      }),
    dismiss() {
      for (const { stand } of sites.values()) stand.dismiss();
    },
  };
}
