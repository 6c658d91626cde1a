import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { type LifeCycle, makeLifeCycle, type Timers } from '../core/life-cycle.ts';
import type { SimEvent } from './event.ts';

/** Events as JSON lines in a file, written in blocks: at least once a second, and when stopped. */

/** Errors while writing reject the stop; what happens while it is stopped is not written. */
export type EventLog = LifeCycle & { write(event: SimEvent): void };

const BLOCK = 65_536;
const FLUSH_MS = 1000;

/** A start rejects when the file can't be opened. */
export function makeEventLog(path: string, timers: Timers): EventLog {
  let file: WriteStream | null = null;
  let failure: Error | null = null;
  let block = '';
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    if (block) file?.write(block);
    block = '';
  }

  const cycle = makeLifeCycle(timers, {
    async begin() {
      const next = createWriteStream(path, { flags: 'a' });
      await once(next, 'open');
      failure = null;
      next.on('error', (error) => {
        failure = error;
      });
      file = next;
      timer = setInterval(flush, FLUSH_MS).unref();
    },
    async end() {
      clearInterval(timer);
      flush();
      const last = file!;
      file = null;
      if (!failure) await new Promise<void>((done) => last.end(() => done()));
      if (failure) throw failure;
    },
  });

  return {
    ...cycle,
    write(event) {
      if (!file) return;
      block += `${JSON.stringify(event)}\n`;
      if (block.length > BLOCK) flush();
    },
  };
}
