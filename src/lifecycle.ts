import type { Log } from './app/ports.ts';

/** Whatever opens something says how it is closed; closing goes in the reverse order of opening. */

type Close = () => Promise<void>;

export type Closers = { add(name: string, close: Close): void; closeAll(): Promise<void> };

export function makeClosers(log: Log): Closers {
  const opened: { readonly name: string; readonly close: Close }[] = [];
  let closing: Promise<void> | undefined;

  async function closeEach(): Promise<void> {
    const errors: unknown[] = [];
    for (const { name, close } of opened.splice(0).reverse()) {
      await close().catch((error: unknown) => errors.push(new Error(`${name} did not close`, { cause: error })));
    }
    if (errors.length > 0) throw new AggregateError(errors, 'did not close cleanly');
    log.info('closed');
  }

  return {
    add: (name, close) => void opened.push({ name, close }),
    closeAll: () => {
      closing ??= closeEach();
      return closing;
    },
  };
}

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
