import type { Blame } from '../attribution/finding.ts';
import { isBeforeRcpt, type Stage } from '../replies/reply.ts';
import type { Verdict } from '../replies/verdict.ts';

/** What an answer tells the two loops of a lane, once it is known whose fault it is: success, pushing back, or nothing. */

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

/** `stage`: where the answer came. */
export function lessonOf(blame: Blame, outcome: string, stage: Stage, verdict: Verdict | null): Lesson {
  if (outcome === 'accepted') return ANSWERED;
  if (outcome === 'withdrawn' || outcome === 'unknown' || verdict === null) return NOTHING;
  switch (blame) {
    case 'pace':
      return verdict.reaction === 'pause_provider' && verdict.explicit && !isAboutRate(verdict)
        ? suspended(verdict)
        : pushedBack(verdict);
    case 'sessions':
      return forSessions(stage, verdict);
    // Whoever is told "later" or "no such user" by a server shows all the same that it takes our pace.
    case 'recipient':
      return outcome === 'refused' && stage !== 'lookup' ? ANSWERED : NOTHING;
    default:
      return NOTHING;
  }
}

function forSessions(stage: Stage, { reaction, meaning }: Verdict): Lesson {
  // Refused before any letter, while others of ours work: one session too many, whatever it was told.
  if (reaction === 'fewer_connections' || (isBeforeRcpt(stage) && stage !== 'mail'))
    return { ...NOTHING, sessions: 'fewerConnections' };
  // A session that ended for being idle or old says nothing about how many letters it may carry.
  const isWorn = reaction === 'fewer_messages_per_connection' || meaning === 'too_many_messages_per_connection';
  return isWorn ? { ...NOTHING, sessions: 'fewerMessages' } : NOTHING;
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
