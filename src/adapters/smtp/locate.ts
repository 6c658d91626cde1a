import type { Mailer } from '../../app/lanes/ports.ts';
import type { MxHost, ResolveMx } from '../../app/providers/ports.ts';
import { isLoopback, type RouteTarget } from '../../core/lanes/routing.ts';
import { siteOfMx } from '../../core/providers/mx.ts';
import type { Host } from './connection.ts';
import type { AttemptOutcome } from './outcome.ts';

/** Where letters for a domain go: the one relay, or the MX set of the domain (RFC 5321 5.1). */

export type Located =
  /** `hosts` in the order to try them; `onDead`: none of them served. */
  | { readonly key: string; readonly hosts: () => readonly Host[]; readonly onDead?: () => void }
  | { readonly ending: AttemptOutcome };

export type Locate = (domain: string) => Located | Promise<Located>;

export type TlsWish = NonNullable<Parameters<Mailer['pool']>[2]>;

export type TlsPolicy = {
  /** Authority to trust instead of the system's, PEM. */
  readonly ca?: string | Buffer | undefined;
  /** False accepts any certificate of a relay. */
  readonly verify?: boolean | undefined;
  /** True lets a password travel without TLS to another machine. */
  readonly plainAuth?: boolean | undefined;
};

// Five tries of half a minute are all that one letter may wait for; the rest of a longer list is not reached.
const MOST_HOSTS = 5;

type Relay = Extract<RouteTarget, { kind: 'relay' }>;

export function relayLocation(relay: Relay, tls: TlsPolicy): Locate {
  const mustEncrypt = relay.auth !== null && !relay.secure && !tls.plainAuth && !isLoopback(relay.host);
  const host: Host = {
    host: relay.host,
    port: relay.port,
    secure: relay.secure,
    startTls: mustEncrypt ? 'require' : 'offered',
    // Where TLS is only taken if offered, a bad certificate is still better than none.
    verify: (relay.secure || mustEncrypt) && tls.verify !== false,
    ca: tls.ca ?? null,
    auth: relay.auth,
    // Relays stand where they stand, on this machine too.
    reach: 'anywhere',
  };
  const located: Located = { key: `${relay.host}:${relay.port}`, hosts: () => [host] };
  return () => located;
}

export type MxSetup = {
  readonly resolveMx: ResolveMx;
  readonly port: number;
  readonly random: () => number;
  readonly wish: TlsWish;
  readonly tls: TlsPolicy;
  /** Whether an MX may lead into a private network. */
  readonly inward: boolean;
};

export function mxLocation({ resolveMx, port, random, wish, tls, inward }: MxSetup): Locate {
  const reach = inward ? ('anywhere' as const) : ('public' as const);
  const terms = { port, reach, ...TERMS[wish], ca: (wish === 'required' && tls.ca) || null };
  /** Domains of which no host served: perhaps their mail has moved. */
  const dead = new Set<string>();
  return async (domain) => {
    const answer = await resolveMx(domain, dead.delete(domain));
    switch (answer.kind) {
      case 'hosts':
        return {
          key: siteOfMx(answer.hosts),
          hosts: () => inOrder(answer.hosts, random).map((mx) => mxHost(mx, terms)),
          onDead: () => void dead.add(domain),
        };
      case 'nullMx':
        return { ending: { outcome: 'refused', stage: 'lookup', reply: NULL_MX, detail: 'null MX' } };
      case 'noDomain':
        return { ending: { outcome: 'unreached', stage: 'lookup', reply: NO_DOMAIN, detail: 'NXDOMAIN' } };
      case 'failed':
        return { ending: { outcome: 'unreached', stage: 'lookup', reply: null, detail: `dns: ${answer.detail}` } };
    }
  };
}

// RFC 7505 4.2: what a client should report for such a domain.
const NULL_MX = { code: 556, enhanced: '5.1.10', text: 'Recipient address has null MX' };
const NO_DOMAIN = { code: 0, enhanced: '5.1.2', text: 'domain does not exist' };

/** By preference; equals in random order, so that senders share the load (RFC 5321 5.1). */
function inOrder(hosts: readonly MxHost[], random: () => number): MxHost[] {
  return hosts
    .map((host) => ({ host, lot: random() }))
    .sort((a, b) => a.host.priority - b.host.priority || a.lot - b.lot)
    .slice(0, MOST_HOSTS)
    .map(({ host }) => host);
}

/** A certificate that nobody asked for need not be valid (RFC 7435); a required one must be valid for the MX name (RFC 8461 4.2). */
const TERMS: Readonly<Record<TlsWish, Pick<Host, 'startTls' | 'verify'>>> = {
  opportunistic: { startTls: 'offered', verify: false },
  required: { startTls: 'require', verify: true },
};

const mxHost = ({ exchange }: MxHost, terms: Pick<Host, 'port' | 'startTls' | 'verify' | 'ca' | 'reach'>): Host => ({
  ...terms,
  host: exchange,
  secure: false,
  auth: null,
});

/**
 * Who is tried after a host that did not serve us: plain text where only TLS failed (RFC 7435), then the next one, also
 * after one that refused us at the door (RFC 5321 5.1). `isServed`: other sessions of ours work there; then it is one
 * session too many, and the backup is no way around that.
 */
export function afterFailure(
  tried: Host,
  rest: readonly Host[],
  ending: AttemptOutcome,
  isServed: boolean,
): readonly Host[] {
  const isAtDoor = ending.stage === 'greeting' || ending.stage === 'ehlo';
  if (ending.outcome !== 'unreached' && (!isAtDoor || isServed)) return [];
  const tlsFailed = ending.stage === 'starttls' && tried.startTls === 'offered';
  return tlsFailed ? [{ ...tried, startTls: 'never' }, ...rest] : rest;
}

/** A host that must encrypt and could not has not spoken for its site, whatever it said, unless it ended the session for pace. */
export function heldToTls({ startTls }: Host, ending: AttemptOutcome): AttemptOutcome {
  if (startTls !== 'require' || ending.stage !== 'starttls' || ending.reply?.code === 421) return ending;
  const { reply, detail } = ending;
  const why = reply
    ? `STARTTLS was answered ${[reply.code, reply.enhanced, reply.text].filter(Boolean).join(' ')}`
    : detail;
  return { outcome: 'unreached', stage: 'starttls', reply: null, detail: `TLS is required: ${why}` };
}
