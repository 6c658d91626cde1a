import type { ConnectionPolicy, ConnectionState } from '../../core/lanes/connections.ts';
import { type Decision, type LaneOrders, type LaneState, NO_ORDERS } from '../../core/lanes/lane.ts';
import type { Lesson } from '../../core/lanes/lesson.ts';
import { onFresh, startGuard, takeRetry } from '../../core/lanes/retry-guard.ts';
import type { ProviderProfile } from '../../core/providers/table.ts';
import { laneStateOf, type RatePolicy, type RateState } from '../../core/rate/rate.ts';
import type { Verdict } from '../../core/replies/verdict.ts';
import type { Clock } from '../ports.ts';
import { type Admission, type DueRow, makeAdmit } from './admit.ts';
import { type DecisionEvidence, type Limiter, pausedUntil } from './limiter.ts';
import { makeMeter } from './meter.ts';
import type { LaneSample, LaneView, Letter, Mark, SendResult, SessionPool, StoredControl } from './ports.ts';
import { makeLaneSessions } from './sessions.ts';
import type { SiteLimiters } from './site-limiters.ts';

/** A lane at work in this process: its rate loop, its sessions and the route above it. */

/** What a letter's attempt taught. */
export type AttemptLesson = {
  readonly lesson: Lesson;
  readonly scope: Verdict['scope'];
  readonly place: Admission;
  /** Letters the session had carried before. */
  readonly carried: number;
  readonly evidence: DecisionEvidence;
};

/** Limits that people and tables set, above what the loops learn. */
export type LaneLimits = {
  readonly orders: LaneOrders;
  readonly policy: RatePolicy;
  readonly sessions: number;
  readonly connectionPolicy: ConnectionPolicy;
  readonly tls: ProviderProfile['tls'];
};

export type Lane = {
  readonly id: string;
  readonly provider: string;
  readonly direct: boolean;
  readonly fence: number;
  /** Waits until a letter may start; see `Entrance`. */
  admit(row: DueRow, stop: AbortSignal): Promise<Admission | number | null>;
  done(): void;
  /** Whether a letter that was tried before may go now, beside those that never were. */
  mayRetry(): boolean;
  send(letter: Letter, mark: Mark): Promise<SendResult>;
  learn(answer: AttemptLesson): void;
  advance(): void;
  /** Letters that may be in hand at once. */
  width(): number;
  /** How many senders are of use to it: its width may grow again while they work. */
  senders(): number;
  rate(): number;
  isStopped(): boolean;
  /** Ours for so long from now, ms; renewed with the lease. */
  holdFor(ms: number): void;
  /** Whether our lease still lasts, by this machine's clock. */
  isHeld(): boolean;
  setWaiting(recipients: number): void;
  openSessions(): number;
  /** How long nobody has waited for it or been in its hands, ms. */
  idleMs(): number;
  setConnectionShare(sessions: number): void;
  connectionShare(): number;
  /** False when they ask for another kind of session: then it must be opened anew. */
  obey(limits: LaneLimits): boolean;
  view(owner: string): LaneView;
  control(): StoredControl;
  takeSamples(): readonly LaneSample[];
  close(graceMs: number): Promise<void>;
};

type Parts = {
  readonly id: string;
  readonly route: string;
  readonly provider: string;
  readonly direct: boolean;
  readonly fence: number;
  readonly limiter: Limiter;
  readonly routeLimiter: Limiter;
  /** Whether the route serves this lane alone, so that what it says of itself is about this lane. */
  readonly isAloneOnRoute: () => boolean;
  readonly own: SiteLimiters | null;
  readonly siteOf: (domain: string) => string;
  readonly pool: SessionPool;
  readonly connections: ConnectionState;
  readonly limits: LaneLimits;
  readonly messagesPerConnection: number;
  readonly perSite: number | null;
  readonly clock: Clock;
  readonly lastDecision: () => Decision | null;
  readonly onConnections: (limit: number, evidence: DecisionEvidence) => void;
};

export function makeLane(parts: Parts): Lane {
  const { limiter, routeLimiter, own, pool, clock } = parts;
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
  let busyAt = clock.now();
  let heldUntil = Number.NEGATIVE_INFINITY;
  let guard = startGuard(clock.now());

  /** The slower of the two loops, letters per second. */
  const rate = () => Math.min(limiter.rate(), routeLimiter.rate());
  const isHeld = () => clock.now() < heldUntil;
  const admit = makeAdmit({ limiter, routeLimiter, own, siteOf: parts.siteOf, isHeld });
  obey(parts.limits);

  function obey(limits: LaneLimits): boolean {
    orders = limits.orders;
    limiter.setPolicy(limits.policy);
    limiter.setPaused(orders.paused);
    sessions.setCap(limits.sessions, limits.connectionPolicy);
    return limits.tls === parts.limits.tls;
  }

  /** What the rate loop hears. Refused with not one session established: fewer is impossible, so it is about our pace. */
  function heard(lesson: Lesson, carried: number, evidence: DecisionEvidence): Lesson {
    if (lesson.sessions === null) return lesson;
    // Behind a lane of many small hosts, one host's limit is not the lane's.
    if (lesson.sessions === 'fewerConnections' && own) return { ...lesson, pace: 'refusedForPace' };
    if (lesson.sessions === 'fewerMessages') sessions.ended(carried, evidence);
    else if (!sessions.refused(evidence)) return { ...lesson, pace: 'refusedForPace' };
    return lesson;
  }

  return {
    id: parts.id,
    provider: parts.provider,
    direct: parts.direct,
    fence: parts.fence,

    admit: admit.admit,
    done: admit.done,
    mayRetry() {
      const next = takeRetry(guard, clock.now());
      guard = next ?? guard;
      return next !== null;
    },
    send: (letter, mark) => pool.send(letter, mark),

    learn({ lesson, scope, place, carried, evidence }) {
      const now = clock.now();
      const { pace } = lesson;
      meter.add(pace === 'accepted' ? 'accepted' : pace === 'refusedForPace' ? 'throttled' : 'other', now);
      if (place.isFresh) guard = onFresh(guard, now);
      const lessonHere = heard(lesson, carried, evidence);
      const isGood = lessonHere.pace === 'accepted';
      const speaksForRoute = scope === 'route' && !parts.isAloneOnRoute();
      const real = meter.perSecond(now);
      const isOurs = !own || !place.own || speaksForRoute || own.learn(lessonHere, place.own);
      if ((isGood || !speaksForRoute) && isOurs) limiter.learn(lessonHere, place.lane, evidence, real);
      if (isGood || speaksForRoute) routeLimiter.learn(lessonHere, place.route, evidence, real);
    },

    advance() {
      limiter.advance();
      sessions.advance();
      meter.sample(clock.now(), shown(rate()), pool.open());
    },
    width: sessions.width,
    senders: () => sessions.state().limit,
    rate,
    openSessions: () => pool.open(),
    idleMs() {
      const now = clock.now();
      if (waiting > 0 || limiter.inHand() > 0) busyAt = now;
      return now - busyAt;
    },
    isStopped: () => rate() === 0 || !isHeld(),
    holdFor(ms) {
      heldUntil = clock.now() + ms;
    },
    isHeld,
    setWaiting(recipients) {
      waiting = recipients;
    },
    setConnectionShare: sessions.setShare,
    connectionShare: sessions.share,
    obey,

    view(owner) {
      const now = clock.now();
      const state = limiter.state();
      return {
        id: parts.id,
        route: parts.route,
        provider: parts.provider,
        state: orders.paused ? 'paused' : stateOf(state, routeLimiter.state()),
        ratePerSecond: shown(rate()),
        realPerSecond: meter.perSecond(now),
        throttledShare: meter.throttledShare(now),
        waiting,
        connections: { open: pool.open(), limit: sessions.width() },
        pausedUntil: pausedUntil(state),
        lastDecision: parts.lastDecision(),
        orders,
        owner,
        updatedAt: new Date(now),
      };
    },
    control: () => ({ rate: limiter.state() ?? {}, connections: sessions.state() }),
    takeSamples: meter.takeSamples,
    async close(graceMs) {
      heldUntil = Number.NEGATIVE_INFINITY;
      limiter.close();
      await pool.close(graceMs);
    },
  };
}

const shown = (rate: number): number => (Number.isFinite(rate) ? rate : 0);

/** The slower of the two loops speaks. */
function stateOf(lane: RateState | null, route: RateState | null): LaneState {
  const states = [lane, route].flatMap((state) => (state ? laneStateOf(state) : []));
  return (['stopped', 'slowed', 'probing'] as const).find((state) => states.includes(state)) ?? 'steady';
}
