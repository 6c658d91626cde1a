import type { Timers } from '../core/life-cycle.ts';

/** Waits so long, ms, or until one of the signals fires, whichever is first. Never rejects. */
export function sleep(clock: Timers, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, end);
    for (const signal of signals) signal.addEventListener('abort', end);
    if (signals.some(({ aborted }) => aborted)) end();
    function end(): void {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
