import {
  onClean,
  onEstablished,
  onRefused,
  onTooManyMessages,
  startConnections,
} from '../../src/core/lanes/connections.ts';
import type { Scenario } from './provider.ts';

/** The sessions of a lane: the provider allows so many and so many messages on each; our loop (connections.ts) finds out. */

export type Session = { carried: number };
/** What comes of sending one message. */
export type Passage = { readonly kind: 'through' | 'refused' | 'lost'; readonly openMs: number; readonly on: Session };

export type Sessions = {
  free(): boolean;
  /** Takes an idle session or opens another; call only while one is free. */
  take(): Passage;
  /** The answer to what `take` gave is there. */
  done(passage: Passage, ms: number): void;
  tick(ms: number): void;
  refused(): number;
};

const BEGIN = 20;

export function makeSessions({ sessions }: Scenario): Sessions | null {
  if (!sessions) return null;
  const { most, messages = Number.POSITIVE_INFINITY, openSeconds } = sessions;
  const idle: Session[] = [];
  let state = startConnections(BEGIN, BEGIN);
  let up = 0;
  let busy = 0;
  let refused = 0;

  function end(): void {
    up -= 1;
  }

  return {
    refused: () => refused,
    free: () => busy < state.limit,
    take() {
      busy += 1;
      const known = idle.pop();
      if (known) return { kind: known.carried >= messages ? 'lost' : 'through', openMs: 0, on: known };
      const openMs = openSeconds * 1000;
      if (up >= most) return { kind: 'refused', openMs, on: { carried: 0 } };
      up += 1;
      return { kind: 'through', openMs, on: { carried: 0 } };
    },
    done({ kind, on }, ms) {
      busy -= 1;
      if (kind === 'refused') {
        refused += 1;
        state = onRefused(state, up, ms);
        return;
      }
      if (kind === 'lost') {
        end();
        state = onTooManyMessages(state, on.carried);
        return;
      }
      on.carried += 1;
      const full = on.carried >= (state.messages ?? Number.POSITIVE_INFINITY);
      if (full || up > state.limit) end();
      else idle.push(on);
    },
    tick(ms) {
      state = onClean(onEstablished(state, up, ms), ms);
    },
  };
}
