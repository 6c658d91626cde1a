import type { ConnectionOptions } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

/** One host to talk to, and on what terms. */
export type Host = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** `require`: no letter and no password without TLS; `offered`: use STARTTLS if there; `never`: do not try. */
  readonly startTls: 'require' | 'offered' | 'never';
  /** Whether the certificate must be valid for the host. MX hosts are not held to that (RFC 7435). */
  readonly verify: boolean;
  readonly ca: string | Buffer | null;
  readonly auth: { readonly user: string; readonly pass: string } | null;
};

// Our own ticker bounds every phase; nodemailer's timers only count idle time, so they must never be the first to fire.
const NEVER_MS = 2 ** 31 - 1;
const LARGEST_REPLY = 64 * 1024;

export function makeConnection(host: Host, ehloName: string): SMTPConnection {
  const tls: ConnectionOptions = { rejectUnauthorized: host.verify, ...(host.ca ? { ca: host.ca } : {}) };
  return new SMTPConnection({
    host: host.host,
    port: host.port,
    secure: host.secure,
    requireTLS: host.startTls === 'require',
    opportunisticTLS: host.startTls === 'offered',
    ignoreTLS: host.startTls === 'never',
    name: ehloName,
    tls,
    connectionTimeout: NEVER_MS,
    greetingTimeout: NEVER_MS,
    socketTimeout: NEVER_MS,
    // A cut must reach the server before a dot that is still waiting in our buffer.
    socketCloseTimeout: 0,
    maxResponseSize: LARGEST_REPLY,
    allowInternalNetworkInterfaces: true,
    transactionLog: true,
  });
}

/** Runs once the socket is really gone: a place in the pool must not be taken before the server can know it is free. */
export function onceShut({ _socket: socket }: SMTPConnection, then: () => void): void {
  if (!socket || socket.closed) setImmediate(then);
  else socket.once('close', then);
}
