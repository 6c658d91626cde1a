import { type ConnectionState, onClean, onEstablished, onRefused, onTooManyMessages } from '../core/connections.ts';
import type { Decision, LaneState } from '../core/lane.ts';
import { laneStateOf, type RateState } from '../core/rate.ts';
import type { RouteTarget } from '../core/routing.ts';
import type { Lesson } from '../core/signal.ts';
import type { Verdict } from '../core/verdict.ts';
import { pausedUntil } from './limiters.ts';
import { makeMeter } from './meter.ts';
import type { Clock, LaneView, Letter, Mark, SendResult, SessionPool } from './ports.ts';
import type { StoredControl } from './sending-ports.ts';
import { BY_TIME, type Evidence, type Throttle, type Turn } from './throttle.ts';

/** A lane at work in this process: its rate loop, its sessions and the route above it. */

export type LaneTurn = { readonly lane: Turn; readonly route: Turn };

/** What a letter's attempt taught. */
export type Answer = {
  readonly lesson: Lesson;
  readonly scope: Verdict['scope'];
  readonly turn: LaneTurn;
  /** Letters the session had carried before. */
  readonly carried: number;
  readonly evidence: Evidence;
};

export type Lane = {
  readonly id: string;
  readonly provider: string;
  readonly direct: boolean;
  readonly fence: number;
  /** Waits until a letter may start: the route's turn inside the lane's. */
  enter(stop: AbortSignal): Promise<LaneTurn | null>;
  leave(): void;
  send(letter: Letter, mark: Mark): Promise<SendResult>;
  learn(answer: Answer): void;
  tick(): void;
  /** Letters that may be in hand at once. */
  width(): number;
  rate(): number;
  isStopped(): boolean;
  setWaiting(recipients: number): void;
  openSessions(): number;
  /** How long nobody has waited for it or been in its hands, ms. */
  idleMs(): number;
  setConnectionShare(sessions: number): void;
  view(owner: string): LaneView;
  control(): StoredControl;
  close(graceMs: number): Promise<void>;
};

type Parts = {
  readonly id: string;
  readonly route: string;
  readonly provider: string;
  readonly target: RouteTarget;
  readonly fence: number;
  readonly throttle: Throttle;
  readonly routeThrottle: Throttle;
  /** Whether the route serves this lane alone, so that what it says of itself is about this lane. */
  readonly isAloneOnRoute: () => boolean;
  readonly pool: SessionPool;
  readonly connections: ConnectionState;
  /** Where no server has complained yet. */
  readonly messagesPerConnection: number;
  readonly clock: Clock;
  readonly lastDecision: () => Decision | null;
  readonly onConnections: (limit: number, evidence: Evidence) => void;
};

export function makeLane(parts: Parts): Lane {
  const { throttle, routeThrottle, pool, clock } = parts;
  const meter = makeMeter();
  let connections = parts.connections;
  /** This lane's share of the route's sessions. */
  let share = Number.POSITIVE_INFINITY;
  let waiting = 0;
  let busyAt = clock.now();

  const width = () => Math.max(1, Math.min(connections.limit, share));
  /** The slower of the two loops, letters per second. */
  const rate = () => Math.min(throttle.rate(), routeThrottle.rate());
  applyWidth();

  function applyWidth(): void {
    throttle.setWidth(width());
    pool.setLimits({
      connections: width(),
      messagesPerConnection: connections.messages ?? parts.messagesPerConnection,
    });
  }

  function become(next: ConnectionState, evidence: Evidence): void {
    if (next.limit === connections.limit && next.messages === connections.messages) {
      connections = next;
      return;
    }
    connections = next;
    applyWidth();
    parts.onConnections(next.limit, evidence);
  }

  function learnSessions(lesson: Lesson, carried: number, evidence: Evidence): boolean {
    const now = clock.now();
    if (lesson.sessions === 'fewerMessages') {
      if (carried > 0) become(onTooManyMessages(connections, carried), evidence);
      return true;
    }
    const established = pool.open();
    become(onRefused(connections, established, now), evidence);
    return established > 0;
  }

  return {
    id: parts.id,
    provider: parts.provider,
    direct: parts.target.kind === 'direct',
    fence: parts.fence,

    async enter(stop) {
      const lane = await throttle.enter(stop);
      if (!lane) return null;
      const route = await routeThrottle.enter(stop);
      if (route) return { lane, route };
      throttle.leave();
      return null;
    },
    leave() {
      routeThrottle.leave();
      throttle.leave();
    },
    send: (letter, mark) => pool.send(letter, mark),

    learn({ lesson, scope, turn, carried, evidence }) {
      const now = clock.now();
      meter.add(
        lesson.pace === 'accepted' ? 'accepted' : lesson.pace === 'refusedForPace' ? 'throttled' : 'other',
        now,
      );
      // Refused with not one session established: fewer is impossible, so it is about our pace after all.
      const isAboutSessions = lesson.sessions !== null && learnSessions(lesson, carried, evidence);
      const heard: Lesson =
        lesson.sessions === null || isAboutSessions ? lesson : { ...lesson, pace: 'refusedForPace' };
      const speaksForRoute = scope === 'route' && !parts.isAloneOnRoute();
      const real = meter.perSecond(now);
      if (heard.pace === 'accepted' || !speaksForRoute) throttle.learn(heard, turn.lane, evidence, real);
      if (heard.pace === 'accepted' || speaksForRoute) routeThrottle.learn(heard, turn.route, evidence, real);
    },

    tick() {
      throttle.tick();
      const now = clock.now();
      become(onClean(onEstablished(connections, pool.open(), now), now), BY_TIME);
    },
    width,
    rate,
    openSessions: () => pool.open(),
    idleMs() {
      const now = clock.now();
      if (waiting > 0 || throttle.inHand() > 0) busyAt = now;
      return now - busyAt;
    },
    isStopped: () => rate() === 0,
    setWaiting(recipients) {
      waiting = recipients;
    },
    setConnectionShare(sessions) {
      share = sessions;
      applyWidth();
    },

    view(owner) {
      const now = clock.now();
      const state = throttle.state();
      const allowed = rate();
      return {
        id: parts.id,
        route: parts.route,
        provider: parts.provider,
        state: stateOf(state, routeThrottle.state()),
        ratePerSecond: Number.isFinite(allowed) ? allowed : 0,
        realPerSecond: meter.perSecond(now),
        throttledShare: meter.throttledShare(now),
        waiting,
        connections: { open: pool.open(), limit: width() },
        pausedUntil: pausedUntil(state),
        lastDecision: parts.lastDecision(),
        owner,
        updatedAt: new Date(now),
      };
    },
    control: () => ({ rate: throttle.state() ?? {}, connections }),
    async close(graceMs) {
      throttle.close();
      await pool.close(graceMs);
    },
  };
}

/** The slower of the two loops speaks. */
function stateOf(lane: RateState | null, route: RateState | null): LaneState {
  const states = [lane, route].flatMap((state) => (state ? laneStateOf(state) : []));
  return (['stopped', 'slowed', 'probing'] as const).find((state) => states.includes(state)) ?? 'steady';
}
