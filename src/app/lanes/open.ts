import { type StandingState, startStanding } from '../../core/attribution/standing.ts';
import {
  type ConnectionState,
  defaultConnectionPolicy,
  resumeConnections,
  startConnections,
  withCap,
} from '../../core/lanes/connections.ts';
import { type LaneId, type LaneOrders, laneId } from '../../core/lanes/lane.ts';
import { connectionPolicyOf, ratePolicyOf, sessionCapOf } from '../../core/lanes/policy.ts';
import type { Route } from '../../core/lanes/routing.ts';
import type { Timers } from '../../core/life-cycle.ts';
import { profileOf } from '../../core/providers/profile.ts';
import { OTHER_PROVIDER } from '../../core/providers/provider.ts';
import type { ProfilePatch, ProviderProfile } from '../../core/providers/table.ts';
import type { RatePolicy } from '../../core/rate/rate.ts';
import type { Random } from '../ports.ts';
import { type Lane, type LaneLimits, makeLane } from './lane.ts';
import { type Limiters, resumed, storedRate } from './limiter.ts';
import type { LaneStore, Mailer, StoredControl } from './ports.ts';
import type { LaneRoute } from './route.ts';
import { makeSiteLimiters } from './site-limiters.ts';

/** Makes a lane, to be started, of what is known about it: its route, its provider's profile, its orders, and what it learned before. */

export type LaneMaker = {
  open(provider: string, parent: LaneRoute, taken: Taken, patch: ProfilePatch): Lane;
  limitsOf(route: Route, provider: string, orders: LaneOrders, patch: ProfilePatch): LaneLimits;
};

type Taken = NonNullable<Awaited<ReturnType<LaneStore['acquire']>>>;

type Deps = {
  readonly mailer: Mailer;
  readonly limiters: Limiters;
  readonly policy: RatePolicy;
  readonly siteOf: (domain: string) => string;
  readonly clock: Timers;
  readonly random: Random;
};

/** A relay takes many letters a session. */
const RELAY_MESSAGES = 1_000;
/** Sessions of a lane of unknown providers, over all their sites. */
const OTHER_SESSIONS = 50;

export function makeLaneMaker({ mailer, limiters, policy, siteOf, clock, random }: Deps): LaneMaker {
  const isMany = (route: Route, provider: string) => route.target.kind === 'direct' && provider === OTHER_PROVIDER;

  function limitsOf(route: Route, provider: string, orders: LaneOrders, patch: ProfilePatch): LaneLimits {
    const profile = profileFor(route, provider, patch);
    const known = isMany(route, provider) ? { connections: OTHER_SESSIONS } : profile;
    const sessions = sessionCapOf(known, orders);
    return {
      orders,
      policy: ratePolicyOf(policy, profile, orders),
      sessions: Math.min(sessions, route.connections),
      connectionPolicy: connectionPolicyOf(defaultConnectionPolicy, profile),
      tls: profile.tls,
    };
  }

  function open(provider: string, parent: LaneRoute, { fence, control, orders }: Taken, patch: ProfilePatch): Lane {
    const { route, limiter: routeLimiter, lanes } = parent;
    const id: LaneId = laneId(route.name, provider);
    const profile = profileFor(route, provider, patch);
    const limits = limitsOf(route, provider, orders, patch);
    const learned = control?.connections as ConnectionState | undefined;
    const isLearned = learned !== undefined && learned.limit < learned.cap;
    const connections = isLearned
      ? withCap(resumeConnections(learned), limits.sessions)
      : startConnections(limits.sessions, limits.sessions);
    const limiter = limiters.make({
      id,
      initial: resumed(storedRate(control), clock.now(), limits.policy),
      policy: limits.policy,
      connections: () => lanes.get(id)?.width() ?? connections.limit,
    });
    const { messagesPerConnection } = profile;
    const perSite = isMany(route, provider) ? profile.connections : null;
    const sites = perSite === null ? null : makeSiteLimiters({ policy, perSite, clock, random });
    return makeLane({
      id,
      route: route.name,
      provider,
      direct: route.target.kind === 'direct',
      fence,
      limiter,
      routeLimiter,
      standing: resumedStanding(control),
      routeStand: parent.stand,
      routeSessions: parent.openSessions,
      isAloneOnRoute: parent.hasOneLane,
      sites,
      siteOf,
      pool: mailer.pool(route.target, { connections: connections.limit, messagesPerConnection }, limits.tls),
      connections,
      limits,
      messagesPerConnection,
      perSite,
      clock,
      random,
      lastDecision: () => limiters.lastDecision(id),
      onConnections: (limit, evidence) => limiters.recordConnections(id, limit, limiter.rate(), evidence),
      onStop: (stop, before) => limiters.recordStop(id, stop, before, connections.limit, limiter.rate()),
    });
  }

  return { open, limitsOf };
}

/** What stopped it before still does, but for what a person may have set right meanwhile: that is tried anew. */
function resumedStanding(control: StoredControl | null): StandingState {
  const stored = (control?.standing as StandingState | undefined) ?? startStanding();
  return stored.stop?.kind === 'setup' ? { ...stored, stop: null } : stored;
}

/** A relay's limits are the operator's to know, so only what this installation wrote counts; a provider's are in the table. */
function profileFor({ target, connections }: Route, provider: string, patch: ProfilePatch): ProviderProfile {
  if (target.kind === 'direct') return profileOf(provider, patch);
  return { ...profileOf(''), connections, messagesPerConnection: RELAY_MESSAGES, ...patch };
}
