import type { Readable, Writable } from 'node:stream';

/**
 * The body of a letter as nodemailer's connection sees it: a stream of which it uses no more than these four. It calls
 * `pipe` when the server has answered 354 and never before, so this is where the gate is asked; until the gate says true
 * not one byte can have left. A real Readable does the same at half as much again of CPU per letter.
 */
export type Gate = {
  /** Whether the body may go. */
  ask(): Promise<boolean>;
  /** The gate said false, or threw this. */
  shut(why: unknown): void;
  /** The last byte and the dot were handed to the socket: from now on the server may hold the whole letter. */
  passed(): void;
};

export function gatedBody(raw: Buffer, gate: Gate): Readable {
  const body = {
    on: () => body,
    removeListener: () => body,
    destroy: () => body,
    pipe<T extends Writable>(wire: T): T {
      // The other end of this transform is read by the socket as fast as the server takes it.
      wire.once('end', gate.passed);
      gate.ask().then((open) => (open ? void wire.end(raw) : gate.shut(null)), gate.shut);
      return wire;
    },
  };
  return body as unknown as Readable;
}
