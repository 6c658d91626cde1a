import { makeCrowd } from '../../core/attribution/crowd.ts';
import { type Lesson, lessonOf } from '../../core/lanes/lesson.ts';
import { isBeforeRcpt, type Stage } from '../../core/replies/reply.ts';
import type { Admission } from './admit.ts';
import type { SiteLimiters } from './site-limiters.ts';
import type { AnswerHeard, Judgement, Stand } from './stand.ts';

/** Whose fault an answer is: asked of the site, the lane or the route, whichever knows its neighbours. */

/** What came back for a letter, and under which admission it went. */
export type AttemptHeard = AnswerHeard & {
  readonly admission: Admission;
  /** Letters the session had carried before. */
  readonly carried: number;
};

export type Judged = Judgement & {
  readonly lesson: Lesson;
  /** Whether the lane's own loops should hear the lesson: not what one of its many sites does. */
  readonly isForLane: boolean;
};

type Parts = {
  readonly stand: Stand;
  /** What the relay says before any letter is named is about the route; null where each domain has hosts of its own. */
  readonly routeStand: Stand | null;
  readonly sites: SiteLimiters | null;
  /** Sessions established: of the lane, and of its whole route. */
  readonly sessions: () => number;
  readonly routeSessions: () => number;
  /** Whether the rate loop lets one letter try after a pause. */
  readonly isSingle: () => boolean;
};

const isSignIn = (stage: Stage) => stage === 'connect' || (isBeforeRcpt(stage) && stage !== 'mail');

export function makeJudge({ stand, routeStand, sites, sessions, routeSessions, isSingle }: Parts) {
  const crowd = makeCrowd();

  return function judge(heard: AttemptHeard): Judged {
    if (routeStand && isSignIn(heard.answer.stage)) return ofRoute(heard, routeStand);
    routeStand?.served(heard.admission.routeTicket);
    return sites ? ofSite(heard, sites) : taught(heard, weighedBy(stand, heard, sessions()), true);
  };

  function weighedBy(by: Stand, { answer, words, admission, evidence }: AttemptHeard, established: number): Judgement {
    const ticket = by === routeStand ? admission.routeTicket : admission.ticket;
    return by.weigh({
      answer: { ...answer, sessions: established, isSingle: isSingle() },
      ticket,
      words,
      reason: evidence,
    });
  }

  function taught({ answer }: AttemptHeard, judgement: Judgement, isForLane: boolean): Judged {
    const lesson = lessonOf(judgement.finding.blame, answer.outcome, answer.stage, answer.verdict);
    return { ...judgement, lesson, isForLane };
  }

  function ofRoute(heard: AttemptHeard, by: Stand): Judged {
    return taught(heard, weighedBy(by, heard, Math.max(sessions(), routeSessions())), true);
  }

  function ofSite(heard: AttemptHeard, all: SiteLimiters): Judged {
    const { answer, admission, evidence } = heard;
    if (answer.stage === 'lookup') return ofResolver(heard);
    const permit = admission.site!;
    const judged = all.judge(heard, permit);
    const { blame } = judged.finding;
    // Letters through its gate show the lane, too, whether anybody is there.
    if (answer.outcome === 'accepted' || stand.stopped()) weighedBy(stand, heard, 0);
    if (answer.outcome === 'accepted') crowd.accepted();
    const isHeard = (blame === 'pace' || judged.hasStopped) && crowd.refused(permit.site);
    if (isHeard && blame !== 'pace') stand.halt(blame === 'host' ? 'away' : 'wall', evidence);
    return { ...judged, isForLane: blame === 'pace' ? isHeard : blame !== 'sessions' };
  }

  /** One domain that does not exist is its own trouble; many different ones in a row are our resolver's. */
  function ofResolver(heard: AttemptHeard): Judged {
    const { answer, evidence } = heard;
    const judgement = weighedBy(stand, { ...heard, answer: { ...answer, isRetry: true } }, 0);
    if (crowd.refused(answer.domain)) stand.halt('unsure', evidence);
    return taught(heard, judgement, false);
  }
}
