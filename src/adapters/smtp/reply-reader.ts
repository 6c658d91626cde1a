import type { Socket } from 'node:net';

/** Whole SMTP replies from a socket, as their lines. */

export type ReplyReader = {
  /** Rejects when the socket ends or fails first, or when the reply is longer than any should be. */
  next(): Promise<readonly string[]>;
  /** Leaves the socket to somebody else. */
  release(): void;
};

const LONGEST = 64 * 1_024;

export function makeReplyReader(socket: Socket): ReplyReader {
  let text = '';
  let failure: Error | null = null;
  let wake = () => {};

  const onData = (chunk: Buffer) => {
    text += chunk.toString('latin1');
    wake();
  };
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };
  const onClose = () => fail(new Error('closed without an answer'));
  socket.on('data', onData);
  socket.on('error', fail);
  socket.on('close', onClose);

  /** Up to the line whose code is not followed by a hyphen (RFC 5321 4.2.1). */
  function takeReply(): readonly string[] | null {
    const lines = text.split('\n');
    const last = lines.slice(0, -1).findIndex((line) => !/^\d{3}-/.test(line));
    if (last < 0) return null;
    text = lines.slice(last + 1).join('\n');
    return lines.slice(0, last + 1).map((line) => line.replace(/\r$/, ''));
  }

  return {
    async next() {
      for (;;) {
        const reply = takeReply();
        if (reply) return reply;
        if (failure) throw failure;
        if (text.length > LONGEST) throw new Error('an endless reply');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    release() {
      socket.off('data', onData);
      socket.off('close', onClose);
    },
  };
}
