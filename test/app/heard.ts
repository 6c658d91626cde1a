import type { Admission } from '../../src/app/lanes/admit.ts';
import type { AttemptHeard } from '../../src/app/lanes/judge.ts';
import { makeStand, type Stand } from '../../src/app/lanes/stand.ts';
import type { Clock } from '../../src/app/ports.ts';
import { makeStanding, startStanding } from '../../src/core/attribution/standing.ts';
import { classify } from '../../src/core/replies/classify.ts';
import { parseReply } from '../../src/core/replies/parse.ts';
import type { Stage } from '../../src/core/replies/reply.ts';
import type { Verdict } from '../../src/core/replies/verdict.ts';

/** What comes back for letters, as a sender tells it to a lane. */

type Who = {
  readonly recipient?: string;
  readonly domain?: string;
  readonly stage?: Stage;
  readonly carried?: number;
  /** Straight to the MX. */
  readonly direct?: boolean;
  /** Instead of whose fault the words say it is. */
  readonly scope?: Verdict['scope'];
};

let next = 0;

/** `said`: a reply with its code, or our own words for a silence; null: the letter was accepted. */
export function heardOf(admission: Admission, said: string | null, who: Who = {}): AttemptHeard {
  const { stage = said === null ? 'dot' : 'rcpt', carried = 0, direct = false, domain = 'a.example' } = who;
  const reply = said === null ? null : (parseReply(said) ?? { code: 0, enhanced: null, text: said });
  const verdict = reply && classify(reply, { provider: 'other', stage, reused: false, direct, carried });
  next += 1;
  return {
    answer: {
      outcome: reply === null ? 'accepted' : reply.code === 0 ? 'unreached' : 'refused',
      ...{ stage, code: reply?.code ?? 250, domain, recipient: who.recipient ?? `r${next}`, isRetry: false },
      verdict: verdict && { ...verdict, ...(who.scope && { scope: who.scope }) },
    },
    ...{ words: said ?? '', admission, carried },
    evidence: { cause: verdict?.cause ?? null, rule: verdict?.rule ?? null, reply: said },
  };
}

/** One that holds nothing. */
export const standOf = (clock: Clock): Stand =>
  makeStand({
    ...{ standing: makeStanding(startStanding()), clock, random: () => 0.5 },
    ...{ onGate: () => undefined, onTurn: () => undefined },
  });
