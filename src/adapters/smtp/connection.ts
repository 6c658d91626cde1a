import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { isInward, isNoMailHost } from '../../core/lanes/address.ts';

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
  /** `public`: whoever set up this host is a stranger, so it must not lead into our own network. */
  readonly reach: 'public' | 'anywhere';
};

// Our own ticker bounds every phase; nodemailer's timers only count idle time, so they must never be the first to fire.
const NEVER_MS = 2 ** 31 - 1;
const LARGEST_REPLY = 64 * 1024;

/** Whether this address may be spoken to; asked of what the name resolves to, at the instant of connecting. */
export const mayReach = ({ reach }: Pick<Host, 'reach'>, address: string): boolean =>
  !isNoMailHost(address) && (reach === 'anywhere' || !isInward(address));

/** The classifier takes it for what it is: an answer of the DNS that leads nowhere. */
export const leadsInward = (host: string, address: string): Error =>
  new Error(`dns: ${host} leads to ${address}, where no mail server of others can be`);

type Resolved = { readonly host: string; readonly _addresses?: readonly string[] };
type Resolving = { _resolveAndConnect(opts: { host: string }, callback: (resolved: Resolved) => void): void };

/** nodemailer looks the name up itself and offers no say in it, so its own step is put on a leash. */
class LeashedConnection extends SMTPConnection {
  private readonly target: Host;

  constructor(target: Host, options: SMTPConnection.Options) {
    super(options);
    this.target = target;
  }

  _resolveAndConnect(opts: { host: string }, callback: (resolved: Resolved) => void): void {
    const { _resolveAndConnect: resolve } = SMTPConnection.prototype as unknown as Resolving;
    resolve.call(this, opts, (resolved) => {
      const addresses = resolved._addresses?.length ? resolved._addresses : [resolved.host];
      const reachable = addresses.filter((address) => mayReach(this.target, address));
      const [host] = reachable;
      if (host === undefined) {
        setImmediate(() => this.emit('error', leadsInward(this.target.host, addresses[0]!)));
        return;
      }
      opts.host = host;
      callback({ ...resolved, host, _addresses: reachable });
    });
  }
}

/** What a machine without a full name says it is: the address that the other side sees, if nothing lies between (RFC 5321 4.1.3). */
export function addressLiteral({ localAddress = '127.0.0.1' }: Pick<Socket, 'localAddress'>): string {
  const v4 = localAddress.replace(/^::ffff:(?=[\d.]+$)/i, '');
  return v4.includes(':') ? `[IPv6:${v4}]` : `[${v4}]`;
}

export function makeConnection(host: Host, ehloName: string | null): SMTPConnection {
  const tls: ConnectionOptions = { rejectUnauthorized: host.verify, ...(host.ca ? { ca: host.ca } : {}) };
  return new LeashedConnection(host, {
    host: host.host,
    port: host.port,
    secure: host.secure,
    requireTLS: host.startTls === 'require',
    opportunisticTLS: host.startTls === 'offered',
    ignoreTLS: host.startTls === 'never',
    // A placeholder that the address takes the place of once there is one.
    name: ehloName ?? '[127.0.0.1]',
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
