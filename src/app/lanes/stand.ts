import type { Fate } from '../../core/attribution/doubts.ts';
import type { Finding, Seen } from '../../core/attribution/finding.ts';
import type { Answer } from '../../core/attribution/proposal.ts';
import type { Standing, StandingState } from '../../core/attribution/standing.ts';
import type { Stop, StopKind } from '../../core/attribution/stop.ts';
import type { ReplyEvidence } from '../../core/replies/verdict.ts';
import type { Clock, Random } from '../ports.ts';
import type { LimiterGate } from './limiter.ts';

/** A standing put to work: what it stops is held at the gate, and what it doubts is promised. */

/** What came back for a letter. */
export type AnswerHeard = {
  readonly answer: Omit<Answer, 'sessions' | 'isSingle'>;
  /** What was said, without what changes from one letter to the next. */
  readonly words: string;
  readonly evidence: ReplyEvidence;
};

export type Judgement = {
  readonly finding: Finding;
  /** What becomes of the doubt about it; null where there is none. */
  readonly fate: Promise<Fate> | null;
};

export type Stand = Pick<Standing, 'enter' | 'stopped' | 'isGreylisting'> & {
  weigh(seen: Omit<Seen, 'now' | 'random'>): Judgement;
  served(ticket: Seen['ticket']): void;
  /** Stops it for what was heard elsewhere. */
  halt(kind: StopKind, reason: ReplyEvidence): void;
  /** Lets time pass. */
  advance(): void;
  tryNow(): void;
  courtesyMs(recipient: string): number;
  gate(): LimiterGate;
  state(): StandingState;
  /** Nobody will be heard any more: what is doubted stays unproven. */
  dismiss(): void;
};

export function makeStand(parts: {
  readonly standing: Standing;
  readonly clock: Clock;
  readonly random: Random;
  /** The gate may be another. */
  readonly onGate: () => void;
  /** It stopped, a letter is to try, or (null) it goes on. */
  readonly onTurn: (stop: Stop | null, before: Stop | null) => void;
}): Stand {
  const { standing, clock, random, onGate, onTurn } = parts;
  const doubts = new Map<number, (fate: Fate) => void>();
  let told = standing.epoch();
  let before = standing.stopped();

  function follow(): void {
    onGate();
    for (const { id, fate } of standing.fates()) {
      doubts.get(id)?.(fate);
      doubts.delete(id);
    }
    const now = standing.stopped();
    if (standing.epoch() !== told) onTurn(now, before);
    told = standing.epoch();
    before = now;
  }

  return {
    enter: standing.enter,
    stopped: standing.stopped,
    isGreylisting: standing.isGreylisting,
    weigh(seen) {
      const finding = standing.weigh({ ...seen, now: clock.now(), random: random() });
      const { doubt } = finding;
      const fate = doubt === null ? null : new Promise<Fate>((resolve) => void doubts.set(doubt, resolve));
      follow();
      return { finding, fate };
    },
    served(ticket) {
      standing.served(ticket, clock.now());
      follow();
    },
    halt(kind, reason) {
      standing.halt(kind, reason, clock.now(), random());
      follow();
    },
    advance() {
      standing.advance(clock.now());
      follow();
    },
    tryNow() {
      standing.tryNow(clock.now());
      follow();
    },
    courtesyMs: (recipient) => standing.courtesyMs(recipient, clock.now()),
    gate: () => ({ epoch: standing.epoch(), letters: standing.allowance(), share: standing.ease(clock.now()) }),
    state: standing.state,
    dismiss() {
      for (const resolve of doubts.values()) resolve('unproven');
      doubts.clear();
    },
  };
}
