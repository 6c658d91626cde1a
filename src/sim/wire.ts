import type { Socket } from 'node:net';
import type { Closing } from './refusal.ts';

/** The byte side of a session: lines in, answers out, delays between, and every way to end. */

export type WireHandlers = {
  readonly idleMs: number;
  /** One command without its line end. */
  line(line: string): void;
  /** Offered the input first: how many bytes it used as a letter's, or null when no letter is under way. */
  body(chunk: Buffer): number | null;
  tooLong(): void;
  idle(): void;
  /** Once, when the session is over; the socket may linger. */
  closed(by: 'client' | 'server'): void;
};

export type Wire = {
  /** Sends an answer after a delay in ms; input waits until then. */
  answer(text: string, delayMs: number): void;
  /** Ends the session once all answers are out. */
  end(closing: Exclude<Closing, 'stay'>): void;
};

const LF = 0x0a;
const CR = 0x0d;
/** RFC 5321 4.5.3.1.4 asks for 512, extensions add to it. */
const LONGEST_LINE = 2048;
/** Commands a client may pipeline while an answer is delayed. */
const MOST_WAITING = 65_536;
const LINGER_MS = 2000;
const NOTHING = Buffer.alloc(0);

export function makeWire(socket: Socket, handlers: WireHandlers): Wire {
  let input: Buffer = NOTHING;
  let output = '';
  let delay: NodeJS.Timeout | null = null;
  let ending: Exclude<Closing, 'stay'> | null = null;
  let inputEnded = false;
  let over = false;

  function flush(): void {
    if (output && socket.writable) socket.write(output, 'latin1');
    output = '';
  }

  function finish(by: 'client' | 'server'): void {
    if (over) return;
    over = true;
    if (delay) clearTimeout(delay);
    input = NOTHING;
    handlers.closed(by);
  }

  function endNow(closing: Exclude<Closing, 'stay'>): void {
    finish('server');
    if (closing === 'reset') return void socket.resetAndDestroy();
    flush();
    hangUp();
  }

  function hangUp(): void {
    socket.end();
    // A client that neither reads nor closes must not keep the socket.
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(linger));
  }

  function nextLine(): boolean {
    const end = input.indexOf(LF);
    if (end > LONGEST_LINE || (end === -1 && input.length > LONGEST_LINE)) {
      handlers.tooLong();
      return true;
    }
    if (end === -1) return false;
    const line = input.toString('latin1', 0, input[end - 1] === CR ? end - 1 : end);
    input = input.subarray(end + 1);
    handlers.line(line);
    return true;
  }

  function nextStep(): boolean {
    if (input.length === 0) return false;
    const used = handlers.body(input);
    if (used === null) return nextLine();
    input = input.subarray(used);
    return true;
  }

  function proceed(): void {
    while (!over && !delay && !ending) if (!nextStep()) break;
    if (over || delay) return;
    if (ending) {
      endNow(ending);
      return;
    }
    flush();
    if (!inputEnded) return;
    finish('client');
    hangUp();
  }

  function answer(text: string, delayMs: number): void {
    if (over) return;
    if (delayMs === 0) {
      output += text;
      return;
    }
    flush();
    delay = setTimeout(() => {
      delay = null;
      output += text;
      proceed();
    }, delayMs);
  }

  socket.setNoDelay(true);
  socket.setTimeout(handlers.idleMs);
  socket.on('data', (chunk: Buffer) => {
    if (over) return;
    input = input.length === 0 ? chunk : Buffer.concat([input, chunk]);
    if (!delay) return proceed();
    if (input.length > MOST_WAITING) endNow('reset');
  });
  socket.on('end', () => {
    inputEnded = true;
    if (!delay) proceed();
  });
  socket.on('timeout', () => {
    if (over || delay) return;
    handlers.idle();
    proceed();
  });
  // 'close' follows every error, and a broken connection is what the client chose.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => finish('client'));
  // Refused at once, with nothing read yet, still has to be said.
  queueMicrotask(proceed);

  return {
    answer,
    end(closing) {
      ending = closing;
    },
  };
}
