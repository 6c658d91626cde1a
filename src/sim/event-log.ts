import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { SimEvent } from './event.ts';

/** Events as JSON lines in a file, written in blocks: at least once a second, and when closed. */

export type EventLog = { write(event: SimEvent): void; close(): Promise<void> };

const BLOCK = 65_536;
const FLUSH_MS = 1000;

/** Rejects when the file can't be opened; an error while writing rejects `close`. */
export async function openEventLog(path: string): Promise<EventLog> {
  const file = createWriteStream(path, { flags: 'a' });
  await once(file, 'open');
  let failure: Error | null = null;
  file.on('error', (error) => {
    failure = error;
  });
  let block = '';

  function flush(): void {
    if (block) file.write(block);
    block = '';
  }

  const timer = setInterval(flush, FLUSH_MS).unref();

  return {
    write(event) {
      block += `${JSON.stringify(event)}\n`;
      if (block.length > BLOCK) flush();
    },
    async close() {
      clearInterval(timer);
      flush();
      if (!failure) await new Promise<void>((done) => file.end(() => done()));
      if (failure) throw failure;
    },
  };
}
