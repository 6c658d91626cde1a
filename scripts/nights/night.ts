import type { Ticket } from '../../src/core/attribution/finding.ts';
import type { Answer } from '../../src/core/attribution/proposal.ts';
import { makeStanding, type Standing, startStanding } from '../../src/core/attribution/standing.ts';
import { lessonOf } from '../../src/core/lanes/lesson.ts';
import {
  advance,
  allowance,
  defaultRatePolicy,
  forgive,
  observe,
  rateNow,
  startRate,
  suspend,
} from '../../src/core/rate/rate.ts';
import { DEFAULT_RETRY } from '../../src/core/recipients/retry.ts';
import { type Settled, settle } from '../../src/core/recipients/settle.ts';
import { classify } from '../../src/core/replies/classify.ts';
import { parseReply } from '../../src/core/replies/parse.ts';
import type { Stage } from '../../src/core/replies/reply.ts';
import { plain, shapeOf } from '../../src/core/replies/shape.ts';
import type { Verdict } from '../../src/core/replies/verdict.ts';
import { makeHeap } from '../shaping/heap.ts';
import { seeded } from '../shaping/random.ts';

/** A whole lane on a virtual clock: recipients, their ledger, the standing and the rate, against a server that answers in words. */

export type Letter = {
  readonly id: string;
  readonly domain: string;
  state: 'waiting' | 'flying' | 'sent' | 'bounced' | 'expired' | 'uncertain';
  failures: number;
  /** Offered before and not accepted: claimed before fresh ones. */
  isDeferred: boolean;
  dueAt: number;
  endedAt: number;
};

/** What a server says to a letter; `said` null: accepted. */
export type Said = { readonly said: string | null; readonly stage?: Stage; readonly seconds?: number };

/** `at`: ms since the night began; `offers`: how often this one was offered, 0 at first. */
export type NightServer = (letter: Pick<Letter, 'id' | 'domain'>, at: number, offers: number) => Said;

export type Night = {
  readonly name: string;
  readonly letters: number;
  readonly domains?: number;
  readonly width: number;
  /** The night is over then, seconds. */
  readonly until: number;
  /** Made anew for each run. */
  readonly server: (random: () => number) => NightServer;
};

export type Offer = { readonly at: number; readonly id: string; readonly said: string | null };
export type Morning = {
  readonly letters: readonly Letter[];
  readonly offers: readonly Offer[];
  readonly standing: Standing;
};

const TICK_MS = 250;
const SECONDS = 0.05;

type Flying = {
  readonly at: number;
  readonly letter: Letter;
  readonly said: Said;
  readonly ticket: Ticket;
  readonly epoch: number;
};

export function runNight(night: Night, seed: number): Morning {
  const random = seeded(seed);
  const server = night.server(random);
  const standing = makeStanding(startStanding());
  const offers: Offer[] = [];
  const offered = new Map<string, number>();
  const doubts = new Map<number, (fate: 'settle' | 'wall' | 'unproven') => void>();
  const letters: Letter[] = Array.from({ length: night.letters }, (_, place) => ({
    ...{ id: `r${place}`, domain: `d${place % (night.domains ?? 1)}.example`, state: 'waiting', failures: 0 },
    ...{ isDeferred: false, dueAt: 0, endedAt: 0 },
  }));
  const fresh = [...letters];
  const retries = makeHeap<{ readonly at: number; readonly letter: Letter }>();
  const flying = makeHeap<Flying>();
  let rate = startRate(defaultRatePolicy, 0, null);
  let [credit, creditAt, turn] = [1, 0, 0];
  const begun = { rate: 0, rateEpoch: 0, gate: 0, gateEpoch: 0 };

  const perSecond = (now: number) => (standing.allowance() === 0 ? 0 : rateNow(rate) * standing.ease(now));

  function mayBegin(now: number): boolean {
    if (begun.rateEpoch !== rate.epoch) Object.assign(begun, { rate: 0, rateEpoch: rate.epoch });
    if (begun.gateEpoch !== standing.epoch()) Object.assign(begun, { gate: 0, gateEpoch: standing.epoch() });
    const [byRate, byGate] = [allowance(rate), standing.allowance()];
    const isOpen = (byRate === null || begun.rate < byRate) && (byGate === null || begun.gate < byGate);
    credit = Math.min(1, credit + (perSecond(now) * (now - creditAt)) / 1_000);
    creditAt = now;
    return isOpen && credit >= 1 && flying.size() < night.width;
  }

  /** As the ledger claims: those put off before fresh ones, every other time at most while there are fresh ones. */
  function next(now: number): Letter | null {
    const isRetryDue = retries.size() > 0 && retries.next() <= now;
    turn += 1;
    if (isRetryDue && (fresh.length === 0 || turn % 2 === 0)) return retries.pop().letter;
    const probes = standing.stopped()?.phase === 'probe' && isRetryDue;
    return probes ? retries.pop().letter : (fresh.shift() ?? (isRetryDue ? retries.pop().letter : null));
  }

  function begin(letter: Letter, now: number): void {
    credit -= 1;
    begun.rate += 1;
    begun.gate += 1;
    letter.state = 'flying';
    const times = offered.get(letter.id) ?? 0;
    offered.set(letter.id, times + 1);
    const said = server(letter, now, times);
    offers.push({ at: now, id: letter.id, said: said.said });
    const seconds = (said.seconds ?? SECONDS) * (0.6 + 0.8 * random());
    flying.push({ at: now + seconds * 1_000, letter, said, ticket: standing.enter(), epoch: rate.epoch });
  }

  function land({ at: now, letter, said, ticket, epoch }: Flying): void {
    const stage = said.stage ?? (said.said === null ? 'dot' : 'rcpt');
    const reply = said.said === null ? null : (parseReply(said.said) ?? { code: 0, enhanced: null, text: said.said });
    const verdict = reply && classify(reply, { provider: 'other', stage, reused: true, direct: true, carried: 1 });
    const outcome = reply === null ? 'accepted' : reply.code === 0 ? 'unreached' : 'refused';
    const answer: Answer = {
      ...{ outcome, stage, verdict, code: reply?.code ?? 250, recipient: letter.id, domain: letter.domain },
      ...{
        isRetry: letter.failures > 0,
        isSingle: rate.mode === 'single',
        sessions: isServed(said) ? night.width - 1 : 0,
      },
    };
    const words = reply ? `${reply.code} ${shapeOf(plain(reply.text))}` : '';
    const reason = { cause: verdict?.cause ?? null, rule: verdict?.rule ?? null, reply: said.said };
    const finding = standing.weigh({ answer, ticket, words, reason, now, random: random() });
    rate = forgive(rate, finding.pardons, now, defaultRatePolicy);
    const lesson = lessonOf(finding.blame, outcome, stage, verdict);
    const signal = {
      kind: lesson.pace,
      sentEpoch: epoch,
      explicit: lesson.explicit,
      pauseSeconds: lesson.pauseSeconds,
    };
    rate =
      lesson.suspendSeconds > 0
        ? suspend(rate, lesson.suspendSeconds, now, defaultRatePolicy, random())
        : observe(rate, signal, now, defaultRatePolicy, random());
    const end = (fate: 'settle' | 'wall' | 'unproven' | null, at: number) => {
      const circumstance = { outcome, stage, code: answer.code, failures: letter.failures, finding, fate } as const;
      become(
        letter,
        settle({ ...circumstance, onUncertain: 'hold' }, verdict as Verdict, at, random(), DEFAULT_RETRY),
        at,
      );
    };
    if (finding.doubt === null) end(null, now);
    else doubts.set(finding.doubt, (fate) => end(fate, clock));
    decide();
  }

  function become(letter: Letter, { to, failed }: Settled, now: number): void {
    if (failed) letter.failures += 1;
    if ('dueAt' in to) {
      Object.assign(letter, { state: 'waiting', dueAt: to.dueAt, isDeferred: true });
      retries.push({ at: to.dueAt, letter });
    } else Object.assign(letter, { state: to.state, endedAt: now });
  }

  function decide(): void {
    for (const { id, fate } of standing.fates()) {
      doubts.get(id)?.(fate);
      doubts.delete(id);
    }
  }

  const isOver = () => letters.every(({ state }) => state !== 'waiting' && state !== 'flying');
  const isDue = (now: number) => fresh.length > 0 || retries.next() <= now;
  const readyAt = (now: number) => {
    const isSlow = !mayBegin(now) && credit < 1;
    const wait = isSlow ? ((1 - credit) * 1_000) / perSecond(now) : Number.POSITIVE_INFINITY;
    return isDue(now) && flying.size() < night.width ? now + Math.max(1, wait) : Number.POSITIVE_INFINITY;
  };
  let clock = 0;
  for (let nextTick = 0; clock < night.until * 1_000 && !(nextTick % 5_000 === 0 && isOver()); ) {
    clock = Math.min(nextTick, flying.next(), readyAt(clock));
    if (flying.next() <= clock) land(flying.pop());
    if (nextTick <= clock) {
      nextTick += TICK_MS;
      standing.advance(clock);
      rate = advance(rate, clock, defaultRatePolicy);
      decide();
    }
    for (let letter: Letter | null; mayBegin(clock); ) {
      letter = next(clock);
      if (!letter) break;
      begin(letter, clock);
    }
  }
  return { letters, offers, standing };
}

/** A host that is gone leaves no session behind. */
const isServed = ({ stage }: Said) => stage !== 'connect';
