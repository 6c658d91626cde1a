/** IP addresses as numbers, for ranges and for names in the DNS. RFC 4291 2.2, RFC 5952. */

export type Ip = { readonly bits: 32 | 128; readonly value: bigint };

/** Null when the text is no IPv4 or IPv6 address. */
export function parseIp(text: string): Ip | null {
  if (text.includes(':')) return parseV6(text);
  const octets = parseV4(text);
  return octets && { bits: 32, value: joined(octets, 8n) };
}

function parseV4(text: string): readonly number[] | null {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return null;
  const octets = text.split('.').map(Number);
  return octets.every((octet) => octet <= 255) ? octets : null;
}

function parseV6(text: string): Ip | null {
  const parts = withV4AsGroups(text)?.split('::') ?? [];
  if (parts.length === 0 || parts.length > 2) return null;
  const [head, tail] = parts.map((part) => (part === '' ? [] : part.split(':')));
  const missing = 8 - head!.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return null;
  const groups = [...head!, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  const values = groups.map((group) => Number.parseInt(group, 16));
  return { bits: 128, value: joined(values, 16n) };
}

/** `::ffff:192.0.2.1` ends like an IPv4 address. */
function withV4AsGroups(text: string): string | null {
  const at = text.lastIndexOf(':') + 1;
  if (!text.slice(at).includes('.')) return text;
  const octets = parseV4(text.slice(at));
  if (!octets) return null;
  const [a, b, c, d] = octets as [number, number, number, number];
  return `${text.slice(0, at)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

const joined = (parts: readonly number[], width: bigint): bigint =>
  parts.reduce((sum, part) => (sum << width) | BigInt(part), 0n);

export const isSameIp = (a: Ip, b: Ip): boolean => a.bits === b.bits && a.value === b.value;

export function isWithin(address: Ip, network: Ip, prefix: number): boolean {
  if (address.bits !== network.bits) return false;
  const rest = BigInt(address.bits - prefix);
  return address.value >> rest === network.value >> rest;
}

/** The labels of a reverse look-up, without the zone: octets, or nibbles (RFC 3596 2.5). */
export function reversed({ bits, value }: Ip): string {
  const [count, width, base] = bits === 32 ? [4, 8n, 10] : [32, 4n, 16];
  const mask = (1n << width) - 1n;
  return Array.from({ length: count }, (_, place) => ((value >> (BigInt(place) * width)) & mask).toString(base)).join(
    '.',
  );
}
