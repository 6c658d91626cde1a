import type { Clock } from '../app/ports.ts';
import type { Timers } from '../core/life-cycle.ts';

/** The machine's own clock. */
export const systemClock: Clock & Timers = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
