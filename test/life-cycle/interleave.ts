import { expect } from 'vitest';
import type { LifeCycle, Timers } from '../../src/core/life-cycle.ts';

/**
 * Hammers whatever runs with starts, stops, work and trouble in any order, and holds it to its contract: no work after a
 * stop, a stop within its grace, work again after a start, nothing left behind.
 */

/** What runs, and what the world sees of it. */
export type Subject = {
  readonly part: LifeCycle;
  /** Asks it to work; may fail, and may wait as long as it likes. */
  readonly work: () => unknown;
  /** How much work it has done, as others see it. */
  readonly done: () => number;
  /** What it holds of the world: sockets, listeners. */
  readonly left?: () => number;
  /** Leases it holds; one that a database in trouble did not take back runs out by itself. */
  readonly leases?: () => number;
  /** What it works with fails, is silent, or is well again. */
  readonly trouble?: (kind: 'failing' | 'silent' | 'none') => void;
};

/** A clock that the test moves on, and how many timers are set on it. */
export type Time = Timers & { advance(ms: number): Promise<void>; pending(): number };

/** How much later than its grace a stop may come: nothing on a fake clock, a busy machine's delay on a real one. */
type Terms = {
  readonly steps: number;
  readonly longestGraceMs: number;
  readonly lateMs: number;
  readonly workMs: number;
  /** How many times `workMs` work after a start is waited for: a busy machine takes its time, a fake clock takes none. */
  readonly patience: number;
};

/** Mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const FAKE: Terms = { steps: 40, longestGraceMs: 10_000, lateMs: 0, workMs: 10_000, patience: 10 };
export const REAL: Terms = { steps: 12, longestGraceMs: 60, lateMs: 1_500, workMs: 300, patience: 100 };

export async function interleave(subject: Subject, time: Time, seed: number, terms: Terms): Promise<void> {
  const random = randomOf(seed);
  const below = (most: number) => Math.floor(random() * most);
  const { part, work, done, left = () => 0, leases = () => 0, trouble = () => undefined } = subject;
  const calls: Promise<void>[] = [];
  const late: string[] = [];

  function stop(graceMs: number): Promise<void> {
    const from = time.now();
    const told = () => {
      const tookMs = time.now() - from;
      if (tookMs > graceMs + terms.lateMs) late.push(`a stop with a grace of ${graceMs} ms took ${tookMs} ms`);
    };
    // What it could not give back, because its world is in trouble, it tells who asked for the stop.
    const stopped = part.stop(graceMs).then(told, told);
    calls.push(stopped);
    return stopped;
  }

  /** Work that was not done, for whatever reason, is no fault of the life cycle; the reason is told where it should have been done. */
  let failure: unknown;
  const ask = () =>
    void Promise.resolve()
      .then(work)
      .catch((error: unknown) => {
        failure = error;
      });

  for (let step = 0; step < terms.steps; step++) {
    const dice = random();
    if (dice < 0.2) calls.push(part.start());
    else if (dice < 0.38) void stop(below(3) === 0 ? below(3) : below(terms.longestGraceMs));
    else if (dice < 0.7) ask();
    else if (dice < 0.76) trouble((['failing', 'silent', 'none'] as const)[below(3)]!);
    else await time.advance([0, 1, 7, 60, 400, 2_500][below(6)]! * (terms.workMs / FAKE.workMs));
  }

  const last = stop(terms.longestGraceMs);
  await time.advance(terms.longestGraceMs);
  await last;
  await Promise.all(calls);
  expect(late).toEqual([]);
  expect(time.pending(), 'timers left by a stop').toBe(0);
  expect(left(), 'left behind by a stop').toBe(0);

  const doneByThen = done();
  for (let again = 0; again < 5; again++) ask();
  await time.advance(terms.workMs);
  trouble('none');
  await time.advance(terms.workMs);
  expect(done(), 'work after a stop').toBe(doneByThen);
  expect(left(), 'left behind').toBe(0);
  expect(time.pending(), 'timers left').toBe(0);

  await part.start();
  ask();
  for (let waited = 0; waited < terms.patience && done() === doneByThen; waited++) await time.advance(terms.workMs);
  expect(done(), `work after a start (the last that failed: ${failure})`).toBeGreaterThan(doneByThen);

  const ended = stop(terms.longestGraceMs);
  await time.advance(terms.longestGraceMs);
  await ended;
  await time.advance(terms.workMs);
  expect(left(), 'left behind at the end').toBe(0);
  expect(leases(), 'leases at the end').toBe(0);
  expect(time.pending(), 'timers left at the end').toBe(0);
  expect(late).toEqual([]);
}
