import { fail, ok, type Result } from '../result.ts';

/**
 * One bare address: an ASCII dot-atom (RFC 5322 3.2.3), `@`, a DNS name of two labels or more (RFC 1035 2.3.1).
 * Whatever else RFC 5322 allows (quotes, comments, groups, literals) is refused: mail libraries disagree about it.
 */
export type Address = {
  /** As mailed: local part kept, domain in lower case as A-labels. */
  readonly address: string;
  readonly domain: string;
  /** The address in lower case: what makes two rows one recipient. */
  readonly key: string;
};

/** The A-labels of a domain in lower case (UTS 46), or null when it has none. */
export type ToAscii = (domain: string) => string | null;

const LONGEST = 254; // RFC 5321 4.5.3.1.3 less the angle brackets
const LONGEST_LOCAL = 64;
const LONGEST_LABEL = 63;

/** Every failure names why by an `addr.*` code. Linear; `toAscii` is asked only about non-ASCII and `xn--` domains. */
export function parseAddress(cell: string, toAscii: ToAscii): Result<Address, { readonly code: string }> {
  const text = trimmed(cell);
  if (text.length > LONGEST) return fail({ code: 'addr.too_long' });
  const at = plainAt(text);
  if (at > 0) {
    const local = text.slice(0, at);
    const domain = text.slice(at + 1).toLowerCase();
    return hasALabel(domain) ? fromIdn(local, domain, toAscii) : ok(made(local, domain));
  }
  const split = text.indexOf('@');
  const domain = text.slice(split + 1);
  const code = faultOf(text);
  if (code === null) return fromIdn(text.slice(0, split), domain, toAscii);
  const isBadALabel = code === 'addr.no_dot' && hasALabel(domain.toLowerCase()) && toAscii(domain) === null;
  return fail({ code: isBadALabel ? 'addr.idn' : code });
}

function made(local: string, domain: string): Address {
  const address = `${local}@${domain}`;
  return { address, domain, key: address.toLowerCase() };
}

const hasALabel = (domain: string) => domain.startsWith('xn--') || domain.includes('.xn--');

function fromIdn(local: string, domain: string, toAscii: ToAscii): Result<Address, { readonly code: string }> {
  // Full-width and other look-alike forms would silently become somebody else's plain name.
  if (domain.normalize('NFKC') !== domain.normalize('NFC')) return fail({ code: 'addr.unicode' });
  const ascii = toAscii(domain);
  if (ascii === null) return fail({ code: 'addr.idn' });
  const text = `${local}@${ascii}`;
  if (text.length > LONGEST) return fail({ code: 'addr.too_long' });
  if (plainAt(text) === local.length) return ok(made(local, ascii));
  return fail({ code: faultOf(text) ?? 'addr.idn' });
}

const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
const OUTER = /[\s\u200b-\u200d\u2060\ufeff]/;

/** By hand, because a pattern for the end of a text takes quadratic time over long white space. */
function trimmed(cell: string): string {
  let from = 0;
  let to = cell.length;
  while (from < to && isOuter(cell, from)) from += 1;
  while (to > from && isOuter(cell, to - 1)) to -= 1;
  return cell.slice(from, to);
}

const isOuter = (cell: string, at: number) => !isVisibleAscii(cell.charCodeAt(at)) && OUTER.test(cell[at] as string);

const isVisibleAscii = (char: number) => char > 0x20 && char < 0x7f;

const LETTER = 1;
const DIGIT = 2;
const HYPHEN = 4;
const ATEXT = 8;

/** What an ASCII character may be; 0: nothing. `%` and `!` once routed mail through third parties, so they are nothing. */
const KIND = new Uint8Array(128);
for (const char of "#$&'*+/=?^_`{|}~") KIND[char.charCodeAt(0)] = ATEXT;
for (let char = 0x30; char <= 0x39; char++) KIND[char] = DIGIT;
for (let char = 0x41; char <= 0x5a; char++) KIND[char] = KIND[char + 0x20] = LETTER;
KIND[0x2d] = HYPHEN;

const DOT = 0x2e;
const AT = 0x40;

/** Where the `@` of a well-formed ASCII address is; -1 when it is not one. Nearly every row ends here. */
function plainAt(text: string): number {
  let at = 0;
  for (let start = 0; ; at++) {
    const char = text.charCodeAt(at);
    if (char === DOT || char === AT) {
      if (at === start) return -1;
      start = at + 1;
      if (char === AT) break;
    } else if (!(char < 128) || KIND[char] === 0) return -1;
  }
  return at <= LONGEST_LOCAL && isHostName(text, at + 1) ? at : -1;
}

function isHostName(text: string, from: number): boolean {
  let labels = 0;
  let start = from;
  let kinds = 0; // of the label under way
  let last = 0;
  for (let at = from; at <= text.length; at++) {
    const char = at === text.length ? DOT : text.charCodeAt(at);
    if (char === DOT) {
      if (at === start || at - start > LONGEST_LABEL || last === HYPHEN || KIND[text.charCodeAt(start)] === HYPHEN)
        return false;
      labels += 1;
      start = at + 1;
      if (at < text.length) kinds = 0;
    } else {
      last = char < 128 ? (KIND[char] as number) : 0;
      if (last === 0 || last === ATEXT) return false;
      kinds |= last;
    }
  }
  // A last label of digits alone is an IP address, never a name (RFC 3696 2).
  return labels > 1 && kinds !== DIGIT;
}

/** Anywhere in the text, these outweigh what comes first. */
const ANYWHERE: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'addr.empty'],
  [/[\p{Cc}\u2028\u2029]/u, 'addr.control'],
  [INVISIBLE, 'addr.invisible'],
  [/[<>]/, 'addr.display_form'],
  [/^(?:[a-z][a-z0-9+.-]*:\/\/|mailto:)/i, 'addr.scheme'],
];

/** The first of these characters names the fault; then the form of the halves is looked at. */
const IN_LOCAL: Readonly<Record<string, string>> = {
  '"': 'addr.quoted_local',
  '(': 'addr.comment',
  ')': 'addr.comment',
  ',': 'addr.list',
  ';': 'addr.list',
  ':': 'addr.group',
  '%': 'addr.routing',
  '!': 'addr.routing',
};
const IN_DOMAIN: Readonly<Record<string, string>> = {
  '@': 'addr.at_count',
  '(': 'addr.comment',
  ')': 'addr.comment',
  ',': 'addr.list',
  ';': 'addr.list',
  '[': 'addr.literal',
  ']': 'addr.literal',
};
const LOOK_ALIKES = /[\uff20\ufe6b\uff0e\u3002\uff61\ufe52]/;

/** Why the text is no plain address; null when only its domain is not ASCII. */
function faultOf(text: string): string | null {
  for (const [pattern, code] of ANYWHERE) if (pattern.test(text)) return code;
  const at = text.indexOf('@');
  const local = at < 0 ? text : text.slice(0, at);
  const domain = at < 0 ? '' : text.slice(at + 1);
  const spoiled = firstOf(IN_LOCAL, local) ?? firstOfDomain(domain);
  if (spoiled) return spoiled;
  if (LOOK_ALIKES.test(text)) return 'addr.unicode';
  if (/\s/.test(text)) return 'addr.space';
  if (at < 0) return 'addr.at_count';
  if (local === '' || domain === '') return 'addr.empty_part';
  return localFault(local) ?? domainFault(domain);
}

function firstOf(table: Readonly<Record<string, string>>, text: string): string | null {
  for (const char of text) if (Object.hasOwn(table, char)) return table[char] as string;
  return null;
}

/** `a@b.c?cc=d@e` is a bad domain rather than two addresses: what follows its first bad character is not looked at. */
function firstOfDomain(domain: string): string | null {
  const end = domain.search(/[^\p{L}\p{M}\p{N}\s.\-@(),;[\]_:]/u);
  return firstOf(IN_DOMAIN, end < 0 ? domain : domain.slice(0, end));
}

function localFault(local: string): string | null {
  if (/\P{ASCII}/u.test(local)) return 'addr.utf8_local';
  if (/^\.|\.\.|\.$/.test(local)) return 'addr.dots';
  if (local.length > LONGEST_LOCAL) return 'addr.local_too_long';
  return /^[\w.#$&'*+/=?^`{|}~-]+$/.test(local) ? null : 'addr.local_syntax';
}

function domainFault(domain: string): string | null {
  if (domain.endsWith('.')) return 'addr.trailing_dot';
  if (/\P{ASCII}/u.test(domain)) return null;
  return /^[a-z\d]([a-z\d-]*[a-z\d])?$/i.test(domain) && domain.length <= LONGEST_LABEL
    ? 'addr.no_dot'
    : 'addr.domain_syntax';
}
