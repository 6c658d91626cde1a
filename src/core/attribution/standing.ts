import { makeMemory } from '../memory.ts';
import type { ReplyEvidence } from '../replies/verdict.ts';
import { type Decided, makeDoubts } from './doubts.ts';
import { makeDownWords } from './down-words.ts';
import { type Finding, finding, NOBODY, type Seen, type Ticket } from './finding.ts';
import { type GreylistState, makeGreylist, NO_GREYLIST } from './greylist.ts';
import { type Answer, isNamed, isSize, isSure, type Proposal, proposalOf } from './proposal.ts';
import { makeRepeats } from './repeats.ts';
import {
  acceptedOne,
  elapsed,
  forGood,
  lettersOf,
  refusedAgain,
  type Stop,
  type StopKind,
  stopFor,
  tryNow,
} from './stop.ts';
import { type Bar, countAcceptance, countRefusal, forgetRow, startWall, type WallSum } from './wall.ts';

/**
 * How a lane, a site or a route stands with those it sends to, and whose fault a refusal is: the words propose, what
 * happened around them disposes. README.md beside this file says in which order. DESIGN: Decision 13.
 */

export type Standing = {
  /** A letter is let in. */
  enter(): Ticket;
  weigh(seen: Seen): Finding;
  /** A letter came past the sign-in elsewhere: whoever was away, or refused us there, serves us again. */
  served(ticket: Ticket, now: number): void;
  /** What became of doubts since the last call. */
  fates(): readonly Decided[];
  /** Stops it for what was heard elsewhere. */
  halt(kind: StopKind, reason: ReplyEvidence, now: number, random: number): void;
  /** Lets time pass. */
  advance(now: number): void;
  /** One letter tries now, if it stands still. */
  tryNow(now: number): void;
  stopped(): Stop | null;
  /** Grows whenever the letters that may begin are counted anew. */
  epoch(): number;
  /** Letters that may begin in this epoch; null: as many as the rate gives. */
  allowance(): number | null;
  /** Share of the rate to be used, 0 to 1: less just after a host came back. */
  ease(now: number): number;
  isGreylisting(): boolean;
  /** How long this letter leaves the way to those that were refused, while one is to try, ms. */
  courtesyMs(recipient: string, now: number): number;
  state(): StandingState;
};

/** Plain data, kept over a restart. */
export type StandingState = {
  readonly wall: WallSum;
  readonly stop: Stop | null;
  readonly greylist: GreylistState;
};

export const startStanding = (): StandingState => ({ wall: startWall(), stop: null, greylist: NO_GREYLIST });

/** A letter that tried in vain lets another one try next time. */
const PROBED_BACK_MS = 60_000;
/** So long a letter that was never refused waits for one that was: only the same letters tell a greylister from a wall. */
const COURTESY_MS = 3_000;
/** Recipients refused lately that are remembered for that. */
const MOST_REFUSED = 5_000;
/** After a host came back: so long at so much of the rate. */
const EASE_MS = 5_000;
const EASE_SHARE = 0.5;
/** A greylister's clock is not ours, and nobody should come back as one crowd. */
const GREYLIST_MARGIN = 0.25;
/** `atDoor`: what a refusal before any letter makes of it: for a person to set right, or one host's wall among many. */
export function makeStanding(stored: StandingState, atDoor: 'setup' | 'wall' = 'setup'): Standing {
  const repeats = makeRepeats();
  const doubts = makeDoubts();
  const downWords = makeDownWords();
  const greylist = makeGreylist(stored.greylist);
  const refused = makeMemory<true>(MOST_REFUSED);
  let wall: WallSum = stored.wall;
  let stop: Stop | null = stored.stop;
  let epoch = 0;
  let serial = 0;
  let easeUntil = Number.NEGATIVE_INFINITY;
  /** Whether anybody there ever listened to more than our sign-in. */
  let hasServed = false;

  function become(next: Stop | null): void {
    const isSamePhase = next !== null && stop !== null && next.phase === stop.phase && next.at === stop.at;
    if (next !== stop && !isSamePhase) epoch += 1;
    stop = next;
  }

  function begin(kind: StopKind, { reason, now, random }: Pick<Seen, 'reason' | 'now' | 'random'>): void {
    wall = forgetRow(wall);
    become(stopFor(kind, reason, now, random));
    if (kind !== 'away') doubts.walled();
  }

  const isProbe = (ticket: Ticket) => stop !== null && stop.phase !== 'closed' && ticket.epoch === epoch;

  function cameBack(now: number): void {
    if (stop?.kind === 'away') easeUntil = now + EASE_MS;
    become(null);
  }

  /** The letter of a probe or trial has its answer. */
  function judgeProbe(proposal: Proposal, seen: Seen): void {
    const { now, reason, random } = seen;
    const tried = stop!;
    const { code } = seen.answer;
    const isFirstTry = tried.phase === 'trial' && proposal === 'recipient' && code >= 400 && code < 500;
    if (isAnswerTo(tried.kind, seen.answer, proposal) || (isFirstTry && greylist.isKnown())) {
      // Somebody serves there again; what he says is judged by itself.
      cameBack(now);
    } else if (proposal === 'accepted') {
      become(acceptedOne(tried, now));
    } else if (proposal === 'nothing') {
      become(tryNow({ ...tried, phase: 'closed' }, now));
    } else {
      become(refusedAgain(tried, reason, now, random));
      if (tried.kind === 'away') downWords.wasAway();
    }
  }

  function accepted({ answer, ticket, now }: Seen): Finding {
    wall = countAcceptance(wall);
    repeats.accepted(answer);
    greylist.accepted(answer.recipient, now);
    for (const words of doubts.accepted(ticket.serial)) repeats.wasOwn(words);
    downWords.served(ticket.serial);
    return NOBODY;
  }

  /** About the recipient or about us: only the row of them tells. */
  function inRow(seen: Seen, proposal: 'recipient' | 'sender'): Finding {
    const { answer, words, now, random } = seen;
    const { recipient, code, isRetry, stage } = answer;
    const isPutOff = proposal === 'recipient' && code >= 400 && code < 500;
    const isFirst = isPutOff && greylist.ageOf(recipient, now) === null;
    if (isPutOff) greylist.putOff(recipient, now);
    refused.set(recipient, true);
    const isExpected = isFirst && greylist.isKnown();
    repeats.count(answer);
    if (!isRetry && !isExpected) wall = countRefusal(wall, barOf(answer, proposal, repeats.areOwn(words)));
    if (wall.sum >= 1) {
      begin(isPutOff ? 'unsure' : 'wall', seen);
      return finding('us', { backMs: 0 });
    }
    if (stage === 'mail' && !isSize(answer)) return finding('us');
    if (isExpected) return finding('recipient', { againMs: greylist.dueMs() * (1 + GREYLIST_MARGIN * random) });
    return finding('recipient', { doubt: doubts.add(serial, words, now) });
  }

  function goneOrSlow(seen: Seen): Finding {
    const { stage, sessions } = seen.answer;
    const isInSession = isNamed(stage) || stage === 'mail';
    if (isInSession && !downWords.areBelieved()) return repeats.weigh(seen, 'pace');
    if (isInSession) downWords.said(serial);
    if (sessions > 0) return repeats.weigh(seen, 'host');
    begin('away', seen);
    return finding('host');
  }

  function decide(seen: Seen, proposal: Proposal): Finding {
    const { stage } = seen.answer;
    hasServed ||= isNamed(stage) || stage === 'mail';
    switch (proposal) {
      case 'accepted':
        return accepted(seen);
      case 'nothing':
        return NOBODY;
      case 'recipient':
        return inRow(seen, proposal);
      case 'sender':
        if (isNamed(stage) || stage === 'mail') return inRow(seen, proposal);
        begin(atDoor, seen);
        if (atDoor === 'setup' && !hasServed && isSure(seen.answer)) become(forGood(stop!));
        return finding('us');
      case 'away':
        return goneOrSlow(seen);
      case 'cut':
        return repeats.weigh(seen, 'host');
      case 'pace':
      case 'sessions':
        return repeats.weigh(seen, proposal);
    }
  }

  return {
    enter() {
      serial += 1;
      return { serial, epoch };
    },
    weigh(seen) {
      const proposal = proposalOf(seen.answer);
      if (!stop) return decide(seen, proposal);
      const hasTried = isProbe(seen.ticket);
      if (hasTried) judgeProbe(proposal, seen);
      if (!stop || proposal === 'accepted') return decide(seen, proposal);
      if (proposal === 'nothing') return NOBODY;
      if (stop.kind === 'away') return finding('host');
      return finding('us', { backMs: hasTried ? PROBED_BACK_MS : 0 });
    },
    served(ticket, now) {
      hasServed = true;
      if (isProbe(ticket) && (stop?.kind === 'away' || stop?.kind === 'setup')) cameBack(now);
    },
    fates: () => doubts.take(),
    halt(kind, reason, now, random) {
      if (!stop) begin(kind, { reason, now, random });
    },
    advance(now) {
      if (stop) become(elapsed(stop, now));
      doubts.advance(now);
    },
    tryNow(now) {
      if (stop) become(tryNow(stop, now));
    },
    stopped: () => stop,
    epoch: () => epoch,
    allowance: () => stop && lettersOf(stop),
    ease: (now) => (now < easeUntil ? EASE_SHARE : 1),
    isGreylisting: () => greylist.isKnown(),
    courtesyMs(recipient, now) {
      const asksForThem = stop?.phase === 'probe' && (stop.kind === 'wall' || stop.kind === 'unsure');
      return asksForThem && !refused.get(recipient) ? Math.max(0, stop!.at + COURTESY_MS - now) : 0;
    },
    state: () => ({ wall, stop, greylist: greylist.state() }),
  };
}

/** Whether an answer shows that this kind of stop is over, even if it accepts nothing. */
function isAnswerTo(kind: StopKind, { stage }: Answer, proposal: Proposal): boolean {
  if (kind === 'away') return proposal !== 'away' && proposal !== 'cut' && proposal !== 'nothing';
  return kind === 'setup' && (isNamed(stage) || stage === 'mail');
}

/** Clear words need fewer of a kind, unless they have proved to speak of recipients here. */
function barOf({ verdict }: Answer, proposal: 'recipient' | 'sender', areOwn: boolean): Bar {
  if (proposal === 'recipient') return verdict?.reaction === 'suppress_recipient' ? 'sure' : 'general';
  return areOwn || verdict?.rule.startsWith('code.') ? 'general' : 'named';
}
