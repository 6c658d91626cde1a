import { isBeforeRcpt, type Stage } from '../replies/reply.ts';
import { isAboutRecipient, type Verdict } from '../replies/verdict.ts';

/** What an answer tells the two loops of a lane: success, pushing back, or nothing (three outcomes, not two). */

export type PaceSignal = 'accepted' | 'refusedForPace' | 'ignored';

export type Lesson = {
  readonly pace: PaceSignal;
  /** Seconds the lane must be left alone whatever its rate; 0: the rate loop decides. */
  readonly suspendSeconds: number;
  /** What the rate loop may use as the length of a pause. */
  readonly pauseSeconds: number;
  readonly explicit: boolean;
  readonly sessions: 'fewerConnections' | 'fewerMessages' | null;
};

const NOTHING: Lesson = { pace: 'ignored', suspendSeconds: 0, pauseSeconds: 0, explicit: false, sessions: null };
const ANSWERED: Lesson = { ...NOTHING, pace: 'accepted' };

/** `code`: of the reply, 0 without one; `stage`: where it came. */
export function lessonOf(outcome: string, stage: Stage, code: number, verdict: Verdict | null): Lesson {
  if (outcome === 'accepted') return ANSWERED;
  if (outcome === 'withdrawn' || outcome === 'unknown' || verdict === null) return NOTHING;
  // Nobody was named yet, so it is about us, and the next letter would hear the same: go slower until it stops.
  if (isBeforeRcpt(stage) && isAboutRecipient(verdict.reaction)) return pushedBack(verdict);
  switch (verdict.reaction) {
    // "No such user" is an answer: the provider did not push back.
    case 'suppress_recipient':
      return ANSWERED;
    case 'lower_rate':
      return pushedBack(verdict);
    case 'pause_provider':
      return isAboutRate(verdict) || !verdict.explicit ? pushedBack(verdict) : suspended(verdict);
    case 'fewer_connections':
      return { ...NOTHING, sessions: 'fewerConnections' };
    case 'fewer_messages_per_connection':
      return { ...NOTHING, sessions: 'fewerMessages' };
    // A session that ended for being idle or old says nothing about how many letters it may carry.
    case 'reconnect':
      return verdict.meaning === 'too_many_messages_per_connection'
        ? { ...NOTHING, sessions: 'fewerMessages' }
        : NOTHING;
    // 4xx: the next letter would hear the same, so the lane waits while a person looks.
    case 'stop_and_alert':
      return code >= 500 || verdict.cause === 'content' ? NOTHING : suspended(verdict);
    default:
      return NOTHING;
  }
}

const isAboutRate = ({ meaning }: Verdict) => meaning.startsWith('rate_limit') || meaning === 'account_quota';

// Only a reply that names its own limit is believed about the length of a pause; a general "not now" is measured.
const pushedBack = (verdict: Verdict): Lesson => ({
  ...NOTHING,
  pace: 'refusedForPace',
  explicit: verdict.explicit,
  pauseSeconds: verdict.explicit ? verdict.pauseSeconds : 0,
});

const suspended = (verdict: Verdict): Lesson => ({
  ...pushedBack(verdict),
  suspendSeconds: Math.max(60, verdict.pauseSeconds),
});
