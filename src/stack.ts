import type { Log } from './app/ports.ts';
import type { LifeCycle } from './core/life-cycle.ts';

/** What a program is made of, one thing on another: begun from below, stopped from above. */

/** A stop ends every part, also after one that could not, and rejects with all that went wrong. The grace is that of the whole. */
export type Stack = Pick<LifeCycle, 'stop'> & {
  /** Starts a part and lays it on top. */
  lay(name: string, part: LifeCycle): Promise<void>;
};

/** Of the grace, what is kept for the parts below. */
const BELOW_MS = 3_000;

export function makeStack(log: Log): Stack {
  const laid: { readonly name: string; readonly part: LifeCycle }[] = [];
  let stopping: Promise<void> | undefined;

  async function stopEach(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    const errors: unknown[] = [];
    for (let top = laid.pop(); top; top = laid.pop()) {
      const { name, part } = top;
      const left = until - performance.now() - (laid.length > 0 ? BELOW_MS : 0);
      await part.stop(Math.max(0, left)).catch((error: unknown) => {
        errors.push(new Error(`${name} did not stop`, { cause: error }));
      });
    }
    if (errors.length > 0) throw new AggregateError(errors, 'did not stop cleanly');
    log.info('stopped');
  }

  return {
    async lay(name, part) {
      await part.start();
      laid.push({ name, part });
    },
    stop(graceMs) {
      stopping ??= stopEach(graceMs);
      return stopping;
    },
  };
}

/** Something that is open already and only has to be closed, such as a connection. */
export const closedBy = (close: () => Promise<void>): LifeCycle => ({ start: async () => undefined, stop: close });

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function stopSignal(log: Log): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
        asked = true;
        log.info('stopping', { signal });
        resolve(signal);
      });
    }
  });
}
