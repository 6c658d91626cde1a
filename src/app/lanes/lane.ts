import { makeStanding, type StandingState } from '../../core/attribution/standing.ts';
import type { Stop } from '../../core/attribution/stop.ts';
import type { ConnectionPolicy, ConnectionState } from '../../core/lanes/connections.ts';
import { type Decision, type LaneOrders, NO_ORDERS } from '../../core/lanes/lane.ts';
import type { Lesson } from '../../core/lanes/lesson.ts';
import { type LifeCycle, makeLifeCycle, stopUntil, type Timers } from '../../core/life-cycle.ts';
import type { ProviderProfile } from '../../core/providers/table.ts';
import type { RatePolicy } from '../../core/rate/rate.ts';
import type { ReplyEvidence } from '../../core/replies/verdict.ts';
import type { Random } from '../ports.ts';
import { type Admission, type Admit, makeAdmit } from './admit.ts';
import { type AttemptHeard, makeJudge } from './judge.ts';
import { shownRate, stateOf, stoppedSites, stopView, untilOf } from './lane-view.ts';
import type { Limiter } from './limiter.ts';
import { makeMeter } from './meter.ts';
import type { LaneSample, LaneView, Letter, Mark, SendResult, SessionPool, StoredControl } from './ports.ts';
import { makeLaneSessions } from './sessions.ts';
import type { SiteLimiters } from './site-limiters.ts';
import { type Judgement, makeStand, type Stand } from './stand.ts';

/** A lane at work in this process: its rate loop, its sessions and the route above it. */

/** Limits that people and tables set, above what the loops learn. */
export type LaneLimits = {
  readonly orders: LaneOrders;
  readonly policy: RatePolicy;
  readonly sessions: number;
  readonly connectionPolicy: ConnectionPolicy;
  readonly tls: ProviderProfile['tls'];
};

/** Sends a letter. */
export type LaneSender = Admit & {
  readonly id: string;
  readonly provider: string;
  readonly direct: boolean;
  /** Whether our lease still lasts, by this machine's clock. */
  isHeld(): boolean;
  send(letter: Letter, mark: Mark): Promise<SendResult>;
  /** An admission under which no letter was put to the server; `done` ends it all the same. */
  giveBack(admission: Admission): void;
  /** Whose fault the answer is; the lane's loops learn of it. */
  judge(heard: AttemptHeard): Judgement;
  /** How many senders are of use to it: its width may grow again while they work. */
  senders(): number;
  rate(): number;
};

/** Obeys limits. */
export type LaneControls = {
  /** False when they ask for another kind of session: then it must be opened anew. */
  obey(limits: LaneLimits): boolean;
  /** Ours for so long from now, ms; renewed with the lease. */
  holdFor(ms: number): void;
  /** Sessions that its route lets it have. */
  setShare(sessions: number): void;
  /** How many recipients wait for it, by campaign. */
  setWaiting(recipients: ReadonlyMap<string, number>): void;
  /** Lets time pass for its loops. */
  advance(): void;
  /** A person wants one letter to try now, where it stands still. */
  tryNow(): void;
};

/** Reports. */
export type LaneReport = {
  /** Letters that may be in hand at once. */
  width(): number;
  openSessions(): number;
  share(): number;
  isStopped(): boolean;
  /** Why it stands still, itself or its route; null while it does not. */
  standstill(): Stop | null;
  /** What it could use of its route now: nothing while no letter asks to be admitted, or none may go. */
  wants(): { readonly rate: number; readonly sessions: number };
  /** How long nobody has waited for it or been in its hands, ms. */
  idleMs(): number;
  view(owner: string): LaneView;
  /** What its loops learned, to be kept. */
  learned(): StoredControl;
  /** The seconds since the last call. */
  takeSamples(): readonly LaneSample[];
};

export type Lane = LifeCycle & LaneSender & LaneControls & LaneReport & { readonly fence: number };

type Parts = {
  readonly id: string;
  readonly route: string;
  readonly provider: string;
  readonly direct: boolean;
  readonly fence: number;
  readonly limiter: Limiter;
  readonly routeLimiter: Limiter;
  readonly standing: StandingState;
  /** Of the route; it is heard only where all its lanes speak to the same host. */
  readonly routeStand: Stand;
  readonly routeSessions: () => number;
  /** Whether the route serves this lane alone, so that what it says of itself is about this lane. */
  readonly isAloneOnRoute: () => boolean;
  /** Null on lanes that know no sites. */
  readonly sites: SiteLimiters | null;
  readonly siteOf: (domain: string) => string;
  readonly pool: SessionPool;
  readonly connections: ConnectionState;
  readonly limits: LaneLimits;
  readonly messagesPerConnection: number;
  readonly perSite: number | null;
  readonly clock: Timers;
  readonly random: Random;
  readonly lastDecision: () => Decision | null;
  readonly onConnections: (limit: number, evidence: ReplyEvidence) => void;
  readonly onStop: (stop: Stop | null, before: Stop | null) => void;
};

/** A job ends and the next one begins: longer than that nobody has work for it. */
const BETWEEN_SLICES_MS = 3_000;
const NOTHING = { rate: 0, sessions: 0 };

export function makeLane(parts: Parts): Lane {
  const { limiter, routeLimiter, routeStand, sites, pool, clock, random } = parts;
  const meter = makeMeter();
  const sessions = makeLaneSessions({
    ...parts,
    initial: parts.connections,
    policy: parts.limits.connectionPolicy,
    onWidth: limiter.setWidth,
    onDecision: parts.onConnections,
  });
  let orders = NO_ORDERS;
  let waiting = 0;
  let campaigns: Readonly<Record<string, number>> = {};
  let busyAt = clock.now();
  let heldUntil = Number.NEGATIVE_INFINITY;

  /** The slower of the two loops, letters per second. */
  const rate = () => Math.min(limiter.rate(), routeLimiter.rate());
  const isHeld = () => clock.now() < heldUntil;
  const stand = makeStand({
    standing: makeStanding(parts.standing),
    clock,
    random,
    onGate: () => limiter.setGate(stand.gate()),
    onTurn: parts.onStop,
  });
  limiter.setGate(stand.gate());
  const standstill = () => stand.stopped() ?? routeStand.stopped();
  const { admit, done, isAsked } = makeAdmit({ ...parts, stand, isHeld });
  const judgeBy = makeJudge({
    stand,
    sites,
    routeStand: parts.direct ? null : routeStand,
    sessions: pool.open,
    routeSessions: parts.routeSessions,
    isSingle: () => limiter.state()?.mode === 'single',
  });
  // A lane that was just opened is about to be asked.
  let workedAt = clock.now();
  obey(parts.limits);

  function obey(limits: LaneLimits): boolean {
    orders = limits.orders;
    limiter.setPolicy(limits.policy);
    limiter.setPaused(orders.paused);
    sessions.setCap(limits.sessions, limits.connectionPolicy);
    return limits.tls === parts.limits.tls;
  }

  /** What the rate loop hears. Refused with not one session established: fewer is impossible, so it is about our pace. */
  function lessonForRate(lesson: Lesson, carried: number, evidence: ReplyEvidence): Lesson {
    if (lesson.sessions === null) return lesson;
    if (lesson.sessions === 'fewerMessages') sessions.ended(carried, evidence);
    else if (!sessions.refused(evidence)) return { ...lesson, pace: 'refusedForPace' };
    return lesson;
  }

  const cycle = makeLifeCycle(clock, {
    async begin() {
      await limiter.start();
      await pool.start();
    },
    async end(over) {
      heldUntil = Number.NEGATIVE_INFINITY;
      await limiter.stop(0);
      await stopUntil(over, pool);
      stand.dismiss();
      sites?.dismiss();
    },
  });

  return {
    ...cycle,
    id: parts.id,
    provider: parts.provider,
    direct: parts.direct,
    fence: parts.fence,

    admit,
    done,
    isHeld,
    send: (letter, mark) => pool.send(letter, mark),
    giveBack(admission) {
      limiter.giveBack(admission.lane);
      routeLimiter.giveBack(admission.route);
      if (admission.site) sites?.giveBack(admission.site);
    },
    judge(heard) {
      const { admission, carried, evidence, answer } = heard;
      const now = clock.now();
      const { lesson, isForLane, ...judgement } = judgeBy(heard);
      meter.add(kindOf(heard, lesson), now);
      const forRate = isForLane ? lessonForRate(lesson, carried, evidence) : lesson;
      const isGood = forRate.pace === 'accepted';
      const speaksForRoute = answer.verdict?.scope === 'route' && !parts.isAloneOnRoute();
      const real = meter.perSecond(now);
      if (isForLane && (isGood || !speaksForRoute)) limiter.learn(forRate, admission.lane, evidence, real);
      (speaksForRoute ? routeLimiter : limiter).forgive(judgement.finding.pardons);
      if (isGood || speaksForRoute) routeLimiter.learn(forRate, admission.route, evidence, real);
      return judgement;
    },
    senders: () => sessions.state().limit,
    rate,

    obey,
    holdFor(ms) {
      heldUntil = clock.now() + ms;
    },
    setShare: sessions.setShare,
    setWaiting(recipients) {
      campaigns = Object.fromEntries(recipients);
      waiting = [...recipients.values()].reduce((sum, count) => sum + count, 0);
    },
    advance() {
      stand.advance();
      sites?.advance();
      limiter.advance();
      sessions.advance();
      meter.sample(clock.now(), shownRate(rate()), pool.open());
    },

    tryNow: () => stand.tryNow(),

    width: sessions.width,
    openSessions: () => pool.open(),
    share: sessions.share,
    isStopped: () => rate() === 0 || !isHeld(),
    standstill,
    wants() {
      if (isAsked() || limiter.inHand() > 0) workedAt = clock.now();
      const isAtWork = clock.now() - workedAt < BETWEEN_SLICES_MS && limiter.rate() > 0 && isHeld();
      return isAtWork ? { rate: limiter.rate(), sessions: sessions.state().limit } : NOTHING;
    },
    idleMs() {
      const now = clock.now();
      if (waiting > 0 || limiter.inHand() > 0) busyAt = now;
      return now - busyAt;
    },
    view(owner) {
      const now = clock.now();
      const state = limiter.state();
      return {
        id: parts.id,
        route: parts.route,
        provider: parts.provider,
        state: orders.paused ? 'paused' : stateOf(standstill(), state, routeLimiter.state()),
        ratePerSecond: shownRate(rate()),
        realPerSecond: meter.perSecond(now),
        throttledShare: meter.throttledShare(now),
        waiting,
        campaigns,
        connections: { open: pool.open(), limit: sessions.width() },
        pausedUntil: untilOf(standstill(), state),
        stop: stopView(standstill()),
        isGreylisting: stand.isGreylisting(),
        ...(sites && { stoppedSites: stoppedSites(sites) }),
        lastDecision: parts.lastDecision(),
        orders,
        owner,
        updatedAt: new Date(now),
      };
    },
    learned: () => ({
      rate: limiter.state() ?? {},
      connections: sessions.state(),
      standing: { ...stand.state(), stop: standstill() },
    }),
    takeSamples: meter.takeSamples,
  };
}

/** As people count: letters taken and recipients who are no more, refusals for pace, all the rest. */
function kindOf({ answer: { outcome, verdict } }: AttemptHeard, { pace }: Lesson) {
  if (outcome === 'accepted' || (pace === 'accepted' && verdict?.reaction === 'suppress_recipient')) return 'accepted';
  return pace === 'refusedForPace' ? 'throttled' : 'other';
}
