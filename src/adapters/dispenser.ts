import { setTimeout as sleep } from 'node:timers/promises';
import Bottleneck from 'bottleneck';
import type { MakeDispenser } from '../app/lanes/ports.ts';

/** One limiter takes about 410 jobs a second at most, so above this one permit stands for several letters. */
const PERMITS_PER_SECOND = 200;
/** A smaller rise than this is not worth a new limiter; whatever falls is obeyed, or caps would be exceeded by so much. */
const NOTABLE = 0.01;
/** Timers are late by a millisecond or two; without this much patience every one of them would be lost rate. */
const LATE_MS = 20;

/** As long as one rate holds: a limiter, because a new rate needs a new one. */
type Period = {
  readonly limiter: Bottleneck;
  readonly gapMs: number;
  readonly letters: number;
  readonly over: AbortController;
};

/**
 * A permit dispenser. The limiter holds turns, never work: letters wait in the database. A change of rate makes a new
 * limiter, because the old one has already given out start times; its waiting turns are asked for again.
 */
export const makeDispenser: MakeDispenser = (perSecond) => {
  let rate = perSecond;
  let isUp = false;
  let period: Period | null = null;
  /** When the next permit is due, over all limiters: a new one must not give its first at once. */
  let nextAt = Number.NEGATIVE_INFINITY;
  const wake: (() => void)[] = [];

  /** Replaces the limiter; whoever waits asks the new one. */
  function change(): void {
    const given = nextAt - (period?.gapMs ?? 0);
    period?.over.abort();
    void period?.limiter.stop({ dropWaitingJobs: true });
    period = isUp && rate > 0 ? makePeriod(rate) : null;
    // The gap of the new rate counts from the last permit, in both directions.
    nextAt = given + (period?.gapMs ?? 0);
    for (const go of wake.splice(0)) go();
  }

  async function turn({ gapMs, letters, over }: Period): Promise<number> {
    const early = nextAt - performance.now();
    if (early > Math.min(gapMs, LATE_MS)) await sleep(early, undefined, { signal: over.signal });
    nextAt = Math.max(nextAt, performance.now()) + gapMs;
    return letters;
  }

  return {
    async start() {
      if (isUp) return;
      isUp = true;
      change();
    },
    async stop() {
      if (!isUp) return;
      isUp = false;
      change();
    },
    setRate(next) {
      if (next === rate || (rate > 0 && next > rate && next / rate - 1 < NOTABLE)) return;
      rate = next;
      change();
    },
    async dispense() {
      while (isUp) {
        const current: Period | null = period;
        if (!current) {
          await new Promise<void>((go) => wake.push(go));
          continue;
        }
        try {
          return await current.limiter.schedule(() => turn(current));
        } catch (error) {
          // Dropped by a change of rate: ask the new limiter. Anything else is a bug.
          if (!current.over.signal.aborted) throw error;
        }
      }
      return 0;
    },
  };
};

function makePeriod(perSecond: number): Period {
  const letters = Math.max(1, Math.min(100, Math.round(perSecond / PERMITS_PER_SECOND)));
  const gapMs = Math.min((1_000 * letters) / perSecond, 2 ** 31 - 1);
  const limiter = new Bottleneck({ maxConcurrent: 1, minTime: perSecond === Number.POSITIVE_INFINITY ? 0 : gapMs });
  // A turn that was dropped rejects for its caller; the limiter's own event needs a listener all the same.
  limiter.on('error', () => undefined);
  return { limiter, gapMs: Number.isFinite(gapMs) ? gapMs : 0, letters, over: new AbortController() };
}
