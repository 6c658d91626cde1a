import { type Ip, isWithin, parseIp } from '../ip.ts';

/** Addresses that mail must not be sent to. RFC 6890 and the registries it made; RFC 3927, RFC 4291. */

type Network = { readonly network: Ip; readonly prefix: number };

const networks = (...texts: readonly string[]): readonly Network[] =>
  texts.map((text) => {
    const [address, prefix] = text.split('/');
    return { network: parseIp(address!)!, prefix: Number(prefix) };
  });

/** No mail server ever: link-local (where clouds keep their secrets), unspecified, multicast, reserved. */
const NEVER = networks('0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/128', 'fe80::/10', 'ff00::/8', 'fec0::/10');
/** Within a machine or a network: a relay may well be there, the mail server of a stranger may not. */
const INWARD = networks(
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15'],
  ...['::1/128', 'fc00::/7'],
);
const MAPPED = networks('::ffff:0:0/96', '64:ff9b::/96');

/** An IPv4 address in the clothes of an IPv6 one is judged as what it is. */
function unwrapped(ip: Ip): Ip {
  const isMapped = MAPPED.some(({ network, prefix }) => isWithin(ip, network, prefix));
  return isMapped ? { bits: 32, value: ip.value & 0xffff_ffffn } : ip;
}

const isIn = (ip: Ip, list: readonly Network[]) =>
  list.some(({ network, prefix }) => isWithin(unwrapped(ip), network, prefix));

/** Whether nobody's mail server can be at this address. */
export function isNoMailHost(address: string): boolean {
  const ip = parseIp(address);
  return ip === null || isIn(ip, NEVER);
}

/** Whether the address leads into this machine or a private network. */
export function isInward(address: string): boolean {
  const ip = parseIp(address);
  return ip === null || isIn(ip, INWARD);
}

/** What a resolver would take for an IPv4 address: a last label of digits, or of hex digits behind 0x (WHATWG URL, 3.5). */
const LOOKS_NUMERIC = /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/;

/** Why a host may not be a relay; null when it may. Lower case, without brackets. */
export function misplacedHost(host: string): string | null {
  if (parseIp(host)) {
    return isNoMailHost(host) ? 'No mail server can be at this address (link-local, unspecified or multicast).' : null;
  }
  if (host.includes(':')) return 'The host is not an IPv6 address.';
  return LOOKS_NUMERIC.test(host) ? 'Write an IPv4 address as four decimal numbers, such as 192.0.2.1.' : null;
}
