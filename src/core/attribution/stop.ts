import type { ReplyEvidence } from '../replies/verdict.ts';

/** A lane or site that stands still until one letter has shown that it may go on. */

/**
 * `wall`: all are refused. `unsure`: all are put off, which a greylister does at first too, so the same letters are tried
 * again. `away`: nobody serves there. `setup`: refused before any letter was named, until a person changes something.
 */
export type StopKind = 'wall' | 'unsure' | 'away' | 'setup';

/** Plain data. */
export type Stop = {
  readonly kind: StopKind;
  readonly since: number;
  /** Letters that tried in vain. */
  readonly tries: number;
  /** `closed` until `until`, then `probe`: one letter; once it is accepted `trial`: a few more. */
  readonly phase: 'closed' | 'probe' | 'trial';
  /** When the next letter tries, ms since the epoch; null: not before a person asks for it. */
  readonly until: number | null;
  /** When the phase began. */
  readonly at: number;
  /** Of a trial: letters that must still be accepted. */
  readonly left: number;
  readonly reason: ReplyEvidence;
};

const seconds = (...list: readonly number[]) => list.map((each) => each * 1_000);

/** Pauses before each try; the last one is repeated. After `unsure` comes the wall, after `setup` nothing. */
const LADDERS: Readonly<Record<StopKind, readonly number[]>> = {
  wall: seconds(60, 300, 900, 3_600),
  unsure: seconds(30, 30, 60, 180, 300, 330),
  away: seconds(1, 2, 5, 10, 30, 60),
  setup: seconds(20, 40),
};
/** Longer by up to this share, so that many lanes do not come back as one. */
const JITTER = 0.1;
const TRIAL_LETTERS = 5;
const LETTERS: Readonly<Record<Stop['phase'], number>> = { closed: 0, probe: 1, trial: TRIAL_LETTERS };
/** The one letter is sent again when its answer is this late. */
const PROBE_MS = 120_000;

const pauseOf = (kind: StopKind, tries: number, random: number) => {
  const ladder = LADDERS[kind];
  return ladder[Math.min(tries, ladder.length - 1)]! * (1 + JITTER * random);
};

export const stopFor = (kind: StopKind, reason: ReplyEvidence, now: number, random: number): Stop => ({
  kind,
  reason,
  since: now,
  tries: 0,
  phase: 'closed',
  until: now + pauseOf(kind, 0, random),
  at: now,
  left: 0,
});

/** Until a person asks for it. */
export const forGood = (stop: Stop): Stop => ({ ...stop, until: null });

/** The letter that tried was refused too. */
export function refusedAgain(stop: Stop, reason: ReplyEvidence, now: number, random: number): Stop {
  const tries = stop.tries + 1;
  const isOver = tries >= LADDERS[stop.kind].length;
  // Put off again and again is a wall, and its short steps lie behind.
  const kind = stop.kind === 'unsure' && isOver ? 'wall' : stop.kind;
  const step = kind === stop.kind ? tries : 2;
  const until = stop.kind === 'setup' && (isOver || stop.until === null) ? null : now + pauseOf(kind, step, random);
  return { ...stop, kind, reason, tries: kind === stop.kind ? tries : step, phase: 'closed', until, at: now, left: 0 };
}

/** The letter that tried was accepted: null where nothing more has to be shown. */
export function acceptedOne(stop: Stop, now: number): Stop | null {
  if (stop.kind !== 'wall') return null;
  if (stop.phase === 'probe') return { ...stop, phase: 'trial', at: now, left: TRIAL_LETTERS };
  return stop.left > 1 ? { ...stop, left: stop.left - 1 } : null;
}

/** Lets time pass. */
export function elapsed(stop: Stop, now: number): Stop {
  if (stop.phase === 'closed' && stop.until !== null && now >= stop.until) return { ...stop, phase: 'probe', at: now };
  // An answer that never comes must not hold everybody for ever.
  return stop.phase !== 'closed' && now - stop.at >= PROBE_MS ? { ...stop, phase: 'probe', at: now } : stop;
}

/** A person wants one letter to try now. */
export const tryNow = (stop: Stop, now: number): Stop =>
  stop.phase === 'closed' ? { ...stop, phase: 'probe', at: now } : stop;

/** Letters that may begin in its present phase. */
export const lettersOf = ({ phase }: Stop): number => LETTERS[phase];
