import {
  type ConnectionPolicy,
  type ConnectionState,
  onClean,
  onEstablished,
  onRefused,
  onTooManyMessages,
  withCap,
} from '../../core/lanes/connections.ts';
import type { ReplyEvidence } from '../../core/replies/verdict.ts';
import type { Clock } from '../ports.ts';
import { BY_TIME } from './limiter.ts';
import type { SessionPool } from './ports.ts';

/** The second loop of a lane put to work: how many sessions, and how many letters each. */

export type LaneSessions = {
  /** Sessions that may be up at once, and with that letters in hand. */
  width(): number;
  /** The lane's share of what its route may open. */
  setShare(sessions: number): void;
  share(): number;
  /** What the profile and the operator allow. */
  setCap(sessions: number, policy: ConnectionPolicy): void;
  /** A session was refused as one too many; false when none was up, so that fewer is impossible. */
  refused(evidence: ReplyEvidence): boolean;
  /** A session ended, or was refused a letter, after so many. */
  ended(carried: number, evidence: ReplyEvidence): void;
  advance(): void;
  state(): ConnectionState;
};

type Parts = {
  readonly pool: SessionPool;
  readonly initial: ConnectionState;
  readonly policy: ConnectionPolicy;
  /** Where no server has complained yet. */
  readonly messagesPerConnection: number;
  /** Most sessions to one site; null: as many as the lane has. */
  readonly perSite: number | null;
  readonly clock: Clock;
  readonly onWidth: (letters: number) => void;
  readonly onDecision: (limit: number, evidence: ReplyEvidence) => void;
};

export function makeLaneSessions({ pool, clock, perSite, messagesPerConnection, ...parts }: Parts): LaneSessions {
  let policy = parts.policy;
  let state = parts.initial;
  let share = 0;
  // A share of nought is for a moment only, while another worker gives back what it has too much.
  const width = () => Math.min(state.limit, share);
  apply();

  function apply(): void {
    parts.onWidth(width());
    pool.setLimits({
      connections: width(),
      messagesPerConnection: state.messages ?? messagesPerConnection,
      ...(perSite !== null && { perSite }),
    });
  }

  function become(next: ConnectionState, evidence: ReplyEvidence): void {
    const isDecision = next.limit !== state.limit || next.messages !== state.messages;
    state = next;
    if (!isDecision) return;
    apply();
    parts.onDecision(next.limit, evidence);
  }

  return {
    width,
    setShare(sessions) {
      if (sessions === share) return;
      share = sessions;
      apply();
    },
    share: () => share,
    setCap(sessions, next) {
      policy = next;
      if (sessions === state.cap) return;
      state = withCap(state, sessions);
      apply();
    },
    refused(evidence) {
      const established = pool.open();
      become(onRefused(state, established, clock.now(), policy), evidence);
      return established > 0;
    },
    ended(carried, evidence) {
      if (carried > 0) become(onTooManyMessages(state, carried), evidence);
    },
    advance() {
      const now = clock.now();
      become(onClean(onEstablished(state, pool.open(), now, policy), now, policy), BY_TIME);
    },
    state: () => state,
  };
}
