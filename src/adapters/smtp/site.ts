import type { MxHost, ResolveMx } from '../../app/sending-ports.ts';
import type { RouteTarget } from '../../core/routing.ts';
import type { Host } from './connection.ts';
import type { Ending } from './outcome.ts';

/** Where letters for a domain go: the one relay, or the MX set of the domain (RFC 5321 5.1). */

export type Located =
  /** `hosts` in the order to try them. */
  { readonly key: string; readonly hosts: () => readonly Host[] } | { readonly ending: Ending };

export type Locate = (domain: string) => Located | Promise<Located>;

export type TlsPolicy = {
  /** Authority to trust instead of the system's, PEM. */
  readonly ca?: string | Buffer | undefined;
  /** False accepts any certificate of a relay. */
  readonly verify?: boolean | undefined;
  /** True lets a password travel without TLS to another machine. */
  readonly plainAuth?: boolean | undefined;
};

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;
// Five tries of half a minute are all that one letter may wait for; the rest of a longer list is not reached.
const MOST_HOSTS = 5;

type Relay = Extract<RouteTarget, { kind: 'relay' }>;

export function relayLocation(relay: Relay, tls: TlsPolicy): Locate {
  const mustEncrypt = relay.auth !== null && !relay.secure && !tls.plainAuth && !LOOPBACK.test(relay.host);
  const host: Host = {
    host: relay.host,
    port: relay.port,
    secure: relay.secure,
    startTls: mustEncrypt ? 'require' : 'offered',
    // Where TLS is only taken if offered, a bad certificate is still better than none.
    verify: (relay.secure || mustEncrypt) && tls.verify !== false,
    ca: tls.ca ?? null,
    auth: relay.auth,
  };
  const located: Located = { key: `${relay.host}:${relay.port}`, hosts: () => [host] };
  return () => located;
}

export function mxLocation(resolveMx: ResolveMx, port: number, random: () => number): Locate {
  return async (domain) => {
    const answer = await resolveMx(domain);
    switch (answer.kind) {
      case 'hosts':
        return { key: siteKey(answer.hosts), hosts: () => inOrder(answer.hosts, random).map((mx) => mxHost(mx, port)) };
      case 'nullMx':
        return { ending: { outcome: 'refused', stage: 'connect', reply: NULL_MX, detail: 'null MX' } };
      case 'noDomain':
        return { ending: { outcome: 'unreached', stage: 'connect', reply: NO_DOMAIN, detail: 'NXDOMAIN' } };
      case 'failed':
        return { ending: { outcome: 'unreached', stage: 'connect', reply: null, detail: `dns: ${answer.detail}` } };
    }
  };
}

// RFC 7505 4.2: what a client should report for such a domain.
const NULL_MX = { code: 556, enhanced: '5.1.10', text: 'Recipient address has null MX' };
const NO_DOMAIN = { code: 0, enhanced: '5.1.2', text: 'domain does not exist' };

const siteKey = (hosts: readonly MxHost[]): string =>
  hosts
    .map(({ priority, exchange }) => `${priority} ${exchange.toLowerCase()}`)
    .sort()
    .join(',');

/** By preference; equals in random order, so that senders share the load (RFC 5321 5.1). */
function inOrder(hosts: readonly MxHost[], random: () => number): MxHost[] {
  return hosts
    .map((host) => ({ host, lot: random() }))
    .sort((a, b) => a.host.priority - b.host.priority || a.lot - b.lot)
    .slice(0, MOST_HOSTS)
    .map(({ host }) => host);
}

const mxHost = ({ exchange }: MxHost, port: number): Host => ({
  host: exchange,
  port,
  secure: false,
  startTls: 'offered',
  verify: false,
  ca: null,
  auth: null,
});

/** Who is tried after a host that could not be reached: plain text where only TLS failed (RFC 7435), then the next one. */
export function afterFailure(tried: Host, rest: readonly Host[], ending: Ending): readonly Host[] {
  if (ending.outcome !== 'unreached') return []; // it spoke, and it speaks for its whole site
  const tlsFailed = ending.stage === 'starttls' && tried.startTls === 'offered';
  return tlsFailed ? [{ ...tried, startTls: 'never' }, ...rest] : rest;
}
