import { onAbort, type Timers } from '../core/life-cycle.ts';

/** Waits so long, ms, or until one of the signals fires, whichever is first. Never rejects. */
export function sleep(clock: Timers, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    let forget: readonly (() => void)[] = [];
    const cancel = clock.after(ms, end);
    forget = signals.map((signal) => onAbort(signal, end));
    function end(): void {
      cancel();
      for (const each of forget) each();
      resolve();
    }
  });
}
