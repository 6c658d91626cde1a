import type { Decision } from '../lanes/lane.ts';
import { clock, decisionWords, percent } from './words.ts';

/** Whether what Offpeak did helped: the share refused before and after each move. */

/** One second of a lane, as kept in its history. */
export type Second = {
  readonly at: Date;
  readonly accepted: number;
  readonly throttled: number;
  readonly other: number;
};

export type Stretch = { readonly answers: number; readonly refused: number };
export type EffectResult = 'helped' | 'helpedLittle' | 'didNotHelp' | 'tooEarly';

export type Effect = {
  readonly kind: 'rate' | 'connections';
  readonly from: number;
  readonly until: number;
  /** What was done. */
  readonly did: string;
  readonly before: Stretch;
  readonly after: Stretch;
  readonly result: EffectResult;
  readonly text: string;
};

/** Decisions of one kind that follow one another so closely are one move. */
const MOVE_GAP_MS = 60_000;
const STRETCH_MS = 120_000;
/** Letters under way when a decision is taken are still answered as before. */
const SETTLE_MS = 3_000;
/** Fewer answers than this tell nothing. */
const LEAST_ANSWERS = 20;

const RATE_ACTIONS: ReadonlySet<string> = new Set(['brake', 'look', 'shallow', 'found', 'deep', 'open']);

type Move = { readonly kind: Effect['kind']; readonly decisions: readonly [Decision, ...Decision[]] };

/** `decisions` and `seconds` from the oldest on. */
export function effectsOf(decisions: readonly Decision[], seconds: readonly Second[], now: number): readonly Effect[] {
  const moves = movesIn(decisions);
  return moves.map((move, index) => {
    const next = moves.slice(index + 1).find(({ kind }) => kind === move.kind);
    return effectOf(move, next ? next.decisions[0].at.getTime() : now, seconds, now);
  });
}

function movesIn(decisions: readonly Decision[]): readonly Move[] {
  const moves: { kind: Move['kind']; decisions: [Decision, ...Decision[]] }[] = [];
  let sessions: number | null = null;
  for (const decision of decisions) {
    const isFewer = decision.action === 'connections' && (sessions === null || decision.connections < sessions);
    if (decision.action === 'connections') sessions = decision.connections;
    const kind = RATE_ACTIONS.has(decision.action) ? 'rate' : isFewer && decision.rule !== null ? 'connections' : null;
    if (!kind) continue;
    const last = moves.findLast((move) => move.kind === kind);
    if (last && decision.at.getTime() - restsUntil(last.decisions.at(-1)!) < MOVE_GAP_MS) last.decisions.push(decision);
    else moves.push({ kind, decisions: [decision] });
  }
  return moves;
}

/** A stop lasts until its pause is over. */
const restsUntil = ({ at, pausedUntil }: Decision) => Math.max(at.getTime(), pausedUntil?.getTime() ?? 0);

function effectOf({ kind, decisions }: Move, end: number, seconds: readonly Second[], now: number): Effect {
  const first = decisions[0];
  const last = decisions.at(-1)!;
  const from = first.at.getTime();
  const until = restsUntil(last);
  const before = stretch(seconds, kind, from - STRETCH_MS, from);
  const after = stretch(seconds, kind, until + SETTLE_MS, Math.min(end, until + STRETCH_MS));
  const result = until > now ? 'tooEarly' : judge(before, after);
  const did = didWhat(kind, first, last, now);
  return {
    kind,
    from,
    until,
    did,
    before,
    after,
    result,
    text: sentence({ kind, from, before, after, result }, last.action === 'open', now),
  };
}

/** A refused session is no answer about the rate, so it counts among the others. */
function stretch(seconds: readonly Second[], kind: Effect['kind'], from: number, until: number): Stretch {
  let answers = 0;
  let refused = 0;
  for (const { at, accepted, throttled, other } of seconds) {
    if (at.getTime() < from || at.getTime() >= until) continue;
    answers += accepted + throttled + other;
    refused += kind === 'rate' ? throttled : throttled + other;
  }
  return { answers, refused };
}

const shareOf = ({ answers, refused }: Stretch) => (answers === 0 ? 0 : refused / answers);

function judge(before: Stretch, after: Stretch): EffectResult {
  if (after.answers < LEAST_ANSWERS || before.answers === 0) return 'tooEarly';
  const [was, is] = [shareOf(before), shareOf(after)];
  if (is <= was / 2) return 'helped';
  return is <= was * 0.8 ? 'helpedLittle' : 'didNotHelp';
}

function didWhat(kind: Effect['kind'], first: Decision, last: Decision, now: number): string {
  if (kind === 'connections' || first === last) return decisionWords(last, now) ?? last.action;
  if (last.action === 'open') return decisionWords(last, now)!;
  return decisionWords({ ...last, action: 'brake', rateBefore: first.rateBefore }, now)!;
}

const RESULT_WORDS: Readonly<Record<EffectResult, string>> = {
  helped: 'helped',
  helpedLittle: 'helped a little',
  didNotHelp: 'did not help',
  tooEarly: 'is too recent to judge',
};

function sentence(
  effect: Pick<Effect, 'kind' | 'from' | 'before' | 'after' | 'result'>,
  isStop: boolean,
  now: number,
): string {
  const { kind, from, before, after, result } = effect;
  const what = kind === 'connections' ? 'Holding fewer sessions' : isStop ? 'Stopping' : 'Sending more slowly';
  const head = `${what}, from ${clock(from, now)} on, ${RESULT_WORDS[result]}`;
  if (result === 'tooEarly') return `${head}.`;
  return `${head}: ${percent(shareOf(before))} of the answers were refusals before, ${percent(shareOf(after))} after.`;
}
