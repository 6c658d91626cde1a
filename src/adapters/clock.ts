import type { Clock } from '../app/ports.ts';
import type { Timers } from '../core/life-cycle.ts';

/** The machine's own clock: it paces and it measures. What time of day it is, the database says. */
export const systemClock: Clock & Timers = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Beside it, one that nobody sets: it only ever counts on. */
export const machineClock = { ...systemClock, steady: () => performance.now() };
