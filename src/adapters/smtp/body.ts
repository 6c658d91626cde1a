import type { Duplex, Readable, Writable } from 'node:stream';

/**
 * The body of a letter as nodemailer's connection sees it: a stream of which it uses no more than these four methods. It
 * calls `pipe` when the server has answered 354 and never before, so there the gate is asked; until then not one byte can
 * have left. (A real Readable does the same, but costs half as much again per letter.)
 */
export function gatedBody(asked: (wire: Duplex) => void): Readable {
  const body = {
    on: () => body,
    removeListener: () => body,
    destroy: () => body,
    pipe<T extends Writable>(wire: T): T {
      asked(wire as unknown as Duplex);
      return wire;
    },
  };
  return body as unknown as Readable;
}

/** What nodemailer writes to; corked, so that a letter and its dot leave in one segment. */
type Socket = Pick<Writable, 'cork' | 'uncork'>;

/**
 * Writes the letter. `passed` is called when its last byte and the dot were handed to the socket: from then on the server
 * may hold the whole letter. `wire` is read as fast as the server takes it, so the end of a long letter is not early.
 */
export function release(raw: Buffer, wire: Duplex, socket: Socket, passed: () => void): void {
  socket.cork();
  wire.end(raw);
  process.nextTick(() => {
    socket.uncork();
    if (wire.readableEnded) passed();
    else wire.once('end', passed);
  });
}
