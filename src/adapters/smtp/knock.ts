import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Probe } from '../../app/doctor/ports.ts';
import type { Greeting, TlsSeen } from '../../core/doctor/route.ts';
import { parseReply } from '../../core/replies/parse.ts';
import type { Reply, Stage } from '../../core/replies/reply.ts';
import { addressLiteral } from './connection.ts';
import { makeReplyReader, type ReplyReader } from './reply-reader.ts';

/** Knocks at a server and listens: greeting, EHLO, STARTTLS, EHLO again, QUIT. No letter, no password. */

type Target = Parameters<Probe['greet']>[0];

export type KnockOptions = {
  /** Null: the address literal of the connection. */
  readonly ehloName: string | null;
  /** Authority to trust instead of the system's, PEM. */
  readonly ca?: string | Buffer | undefined;
  /** Longest time for all of it, ms. */
  readonly withinMs: number;
};

export async function knock(target: Target, options: KnockOptions): Promise<Greeting> {
  const open = new Set<Socket>();
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    for (const socket of open) socket.destroy(new Error('no answer in time'));
  }, options.withinMs);
  try {
    return await converse(target, options, open);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { kind: 'unreached', detail: isLate ? 'no answer in time' : (code ?? message) };
  } finally {
    clearTimeout(late);
    for (const socket of open) socket.destroy();
  }
}

async function converse(target: Target, { ehloName, ca }: KnockOptions, open: Set<Socket>): Promise<Greeting> {
  const tlsOptions = tlsFor(target.host, ca);
  const first: Socket = target.secure
    ? connectTls({ ...tlsOptions, port: target.port })
    : connectPlain({ host: target.host, port: target.port });
  open.add(first);
  let reader = makeReplyReader(first);
  const greeting = await readReply(reader, 'greeting');
  if (greeting.kind === 'refused') return greeting;
  const hello = await sayHello(reader, first, ehloName);
  if (hello.kind === 'refused') return hello;
  const banner = `${greeting.reply.code} ${greeting.reply.text}`;
  if (target.secure) return { kind: 'greeted', banner, features: hello.features, tls: seen(first as TLSSocket) };
  if (!hello.features.includes('STARTTLS')) {
    first.end('QUIT\r\n');
    return { kind: 'greeted', banner, features: hello.features, tls: { kind: 'notOffered' } };
  }
  try {
    first.write('STARTTLS\r\n');
    const go = await readReply(reader, 'starttls');
    if (go.kind === 'refused') {
      const detail = `STARTTLS was answered ${go.reply.code} ${go.reply.text}`;
      return { kind: 'greeted', banner, features: hello.features, tls: { kind: 'failed', detail } };
    }
    reader.release();
    const encrypted = connectTls({ ...tlsOptions, socket: first });
    open.add(encrypted);
    reader = makeReplyReader(encrypted);
    const again = await sayHello(reader, encrypted, ehloName);
    const features = again.kind === 'refused' ? hello.features : again.features;
    encrypted.end('QUIT\r\n');
    return { kind: 'greeted', banner, features, tls: seen(encrypted) };
  } catch (error) {
    const { message } = error as Error;
    return { kind: 'greeted', banner, features: hello.features, tls: { kind: 'failed', detail: message } };
  }
}

const tlsFor = (host: string, ca: KnockOptions['ca']): ConnectionOptions => ({
  host,
  ...(isIP(host) ? {} : { servername: host }),
  ...(ca ? { ca } : {}),
  // A certificate that is not valid is something to tell, not to fail on.
  rejectUnauthorized: false,
});

function seen(socket: TLSSocket): TlsSeen {
  const fault = socket.authorized ? null : String(socket.authorizationError ?? 'not verified');
  return { kind: 'up', version: socket.getProtocol() ?? 'TLS', fault };
}

type ReplyRead =
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reply: Reply }
  | { kind: 'said'; reply: Reply };

async function readReply(reader: ReplyReader, stage: Stage): Promise<ReplyRead> {
  const reply = parseReply((await reader.next()).join('\r\n'));
  if (!reply) throw new Error('it does not speak SMTP');
  return reply.code >= 400 ? { kind: 'refused', stage, reply } : { kind: 'said', reply };
}

async function sayHello(reader: ReplyReader, socket: Socket, name: string | null) {
  socket.write(`EHLO ${name ?? addressLiteral(socket)}\r\n`);
  const lines = await reader.next();
  const reply = parseReply(lines.join('\r\n'));
  if (!reply) throw new Error('it does not speak SMTP');
  if (reply.code >= 400) return { kind: 'refused', stage: 'ehlo', reply } as const;
  const features = lines.slice(1).map((line) => line.slice(4).trim().toUpperCase());
  return { kind: 'said', features } as const;
}
