import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** An SMTP server that answers what a script says, stage by stage; what it saw is there for the test to read. */

export type Stage = 'greeting' | 'ehlo' | 'auth' | 'starttls' | 'mail' | 'rcpt' | 'data' | 'dot' | 'rset' | 'quit';

export type Answer = {
  /** Without a line end one is added; null says nothing. */
  readonly say: string | null;
  /** What follows: FIN, RST, or one byte of `drip` every 50 ms for ever. */
  readonly next?: 'close' | 'reset' | 'drip';
  /** Sent as it is, without a line end. */
  readonly raw?: boolean;
  /** Said so much later. */
  readonly waitMs?: number;
};

export type Moment = { readonly session: number; readonly letter: number; readonly line: string };
type Says = string | Answer | ((moment: Moment) => string | Answer | undefined);

export type Script = { readonly [stage in Stage]?: Says } & {
  /** Ends the session after so many bytes of body, or says something in mid-body. */
  readonly body?: { readonly after: number; readonly answer: Answer };
  readonly extensions?: readonly string[];
};

const DEFAULT: Readonly<Record<Stage, string>> = {
  greeting: '220 scripted.test ESMTP',
  ehlo: '250 scripted.test',
  auth: '235 2.7.0 welcome',
  starttls: '454 4.7.0 no TLS here',
  mail: '250 2.1.0 ok',
  rcpt: '250 2.1.5 ok',
  data: '354 go on',
  dot: '250 2.0.0 queued',
  rset: '250 2.0.0 flushed',
  quit: '221 2.0.0 bye',
};

const STAGE_OF: Readonly<Record<string, Stage>> = {
  EHLO: 'ehlo',
  HELO: 'ehlo',
  AUTH: 'auth',
  STAR: 'starttls',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  RSET: 'rset',
  QUIT: 'quit',
};

export type Scripted = {
  readonly port: number;
  /** Whole letters, dot-stuffed as they came. */
  readonly letters: string[];
  /** The commands of each session, in order. */
  readonly commands: string[][];
  /** Body bytes that came, of letters that never ended too. */
  bodyBytes(): number;
  open(): number;
  /** Most sessions at once that this side had not ended. */
  most(): number;
  /** Resolves when no session is left. */
  empty(): Promise<void>;
  /** From now on a session in a body reads no more. */
  stopReading(): void;
  /** Ends every session from this side. */
  drop(farewell?: string): void;
  close(): Promise<void>;
};

/** `at`: where it listens; any port of this machine when left out. */
export async function startScripted(
  script: Script = {},
  pipelining = false,
  at: { readonly host: string; readonly port: number } = { host: '127.0.0.1', port: 0 },
): Promise<Scripted> {
  const sockets = new Set<Socket>();
  const letters: string[] = [];
  const commands: string[][] = [];
  const drips = new Set<NodeJS.Timeout>();
  let most = 0;
  let bodyBytes = 0;
  let reading = true;
  const onEmpty: (() => void)[] = [];

  const server = createServer((socket) => {
    sockets.add(socket);
    most = Math.max(most, [...sockets].filter((other) => !other.writableEnded).length);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const tell of onEmpty.splice(0)) tell();
    });
    converse(socket, commands.push([]));
  });

  function converse(socket: Socket, session: number): void {
    let pending = '';
    let body: string | null = null;
    let letter = 0;
    let mute = false;

    const answer = (stage: Stage, line: string): Answer => {
      const scripted = script[stage];
      const said = typeof scripted === 'function' ? scripted({ session, letter, line }) : scripted;
      const full = said ?? (stage === 'ehlo' ? greet() : DEFAULT[stage]);
      return typeof full === 'string' ? { say: full } : full;
    };
    const greet = () => {
      const lines = ['scripted.test', ...(script.extensions ?? []), ...(pipelining ? ['PIPELINING'] : [])];
      return lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n');
    };
    const perform = ({ waitMs, ...now }: Answer) => {
      if (waitMs) setTimeout(() => socket.writable && say(now), waitMs);
      else say(now);
    };
    const say = ({ say: line, next, raw }: Answer) => {
      if (line !== null) socket.write(raw ? line : `${line}\r\n`);
      if (line === null || next) mute = true;
      if (next === 'close') socket.end();
      if (next === 'reset') socket.resetAndDestroy();
      if (next === 'drip') drips.add(setInterval(() => socket.writable && socket.write('x'), 50));
    };
    const onLine = (line: string) => {
      const stage = STAGE_OF[line.slice(0, 4).toUpperCase()];
      commands[session - 1]!.push(line);
      if (!stage) return perform({ say: '500 5.5.2 what?' });
      if (stage === 'mail') letter += 1;
      const given = answer(stage, line);
      perform(given);
      if (stage === 'data' && given.say?.startsWith('3')) body = '';
      if (stage === 'quit' && !mute) socket.end();
    };
    const onBody = (text: string) => {
      body += text;
      bodyBytes += text.length;
      if (!reading) socket.pause();
      if (script.body && body!.length >= script.body.after) {
        body = '';
        return perform(script.body.answer);
      }
      const end = `\r\n${body}`.indexOf('\r\n.\r\n');
      if (end < 0) return;
      letters.push(body!.slice(0, end));
      pending = body!.slice(end + 3);
      body = null;
      perform(answer('dot', '.'));
    };
    socket.on('data', (chunk) => {
      if (mute) return;
      const text = chunk.toString('latin1');
      if (body !== null) onBody(text);
      else pending += text;
      for (let end = pending.indexOf('\r\n'); end >= 0 && body === null && !mute; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        onLine(line);
        if (body !== null && pending) {
          const rest = pending;
          pending = '';
          onBody(rest);
        }
      }
    });
    perform(answer('greeting', ''));
  }

  server.listen(at.port, at.host);
  await once(server, 'listening');
  const empty = () =>
    sockets.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => void onEmpty.push(resolve));

  return {
    port: (server.address() as AddressInfo).port,
    letters,
    commands,
    bodyBytes: () => bodyBytes,
    open: () => sockets.size,
    most: () => most,
    empty,
    stopReading() {
      reading = false;
    },
    drop(farewell) {
      for (const socket of sockets) socket.end(farewell === undefined ? '' : `${farewell}\r\n`);
    },
    async close() {
      for (const drip of drips) clearInterval(drip);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
