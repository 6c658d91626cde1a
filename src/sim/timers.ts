import { performance } from 'node:perf_hooks';
import type { Timers } from '../core/life-cycle.ts';

/** The simulator's own clock: wall time, whole ms, that a clock correction doesn't bend. */
export const simTimers: Timers = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
