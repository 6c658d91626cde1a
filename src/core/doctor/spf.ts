import { type Ip, parseIp } from '../ip.ts';
import { fail, ok, type Result } from '../result.ts';

/** Reads an SPF record (RFC 7208). What it says about an address is worked out in spf-match.ts. */

/** RFC 7208 4.6.4. */
export const MOST_LOOKUPS = 10;

/** What a match means: RFC 7208 4.6.2. */
export type SpfResult = 'pass' | 'fail' | 'softfail' | 'neutral';

type Qualified = { readonly means: SpfResult };
export type SpfTerm =
  | (Qualified & { readonly kind: 'all' })
  | (Qualified & { readonly kind: 'ip'; readonly network: Ip; readonly prefix: number })
  | (Qualified & { readonly kind: 'include' | 'exists'; readonly domain: string })
  /** `domain` null: the one whose record this is. */
  | (Qualified & { readonly kind: 'ptr'; readonly domain: string | null })
  | (Qualified & {
      readonly kind: 'a' | 'mx';
      readonly domain: string | null;
      readonly prefix4: number;
      readonly prefix6: number;
    });

export type SpfRecord = { readonly terms: readonly SpfTerm[]; readonly redirect: string | null };

/** Terms that cost a look-up: RFC 7208 4.6.4. */
export const isLookup = ({ kind }: SpfTerm): boolean => kind !== 'all' && kind !== 'ip';

/** Terms behind `all` are never looked at: RFC 7208 5.1. */
export function termsRead({ terms }: SpfRecord): readonly SpfTerm[] {
  const all = terms.findIndex(({ kind }) => kind === 'all');
  return all < 0 ? terms : terms.slice(0, all + 1);
}

export const isSpf = (text: string): boolean => /^v=spf1(?: |$)/i.test(text);

const MEANS: Readonly<Record<string, SpfResult>> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' };
const DIRECTIVE = /^([-+~?]?)([a-z][\w.-]*)(?::([^/]*))?((?:\/\d{1,3})?(?:\/\/\d{1,3})?)$/i;
const MODIFIER = /^([a-z][\w.-]*)=(.*)$/i;

/** Fails with the term that can't be read: then the whole record counts as an error (RFC 7208 4.6). */
export function parseSpf(text: string): Result<SpfRecord, string> {
  const terms: SpfTerm[] = [];
  let redirect: string | null = null;
  for (const word of text.split(/ +/).slice(1).filter(Boolean)) {
    const [, name, value] = MODIFIER.exec(word) ?? [];
    if (name !== undefined) {
      if (name.toLowerCase() === 'redirect') redirect = value ?? '';
      continue; // other modifiers are of no account here
    }
    const term = directive(word);
    if (!term) return fail(word);
    terms.push(term);
  }
  if (redirect === '') return fail('redirect=');
  return ok({ terms, redirect: terms.some(({ kind }) => kind === 'all') ? null : redirect });
}

function directive(word: string): SpfTerm | null {
  // The address of ip6 holds colons, and its range follows one slash.
  const ip = /^([-+~?]?)(ip[46]):([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(word);
  if (ip) return range(MEANS[ip[1] || '+']!, ip[2]!.toLowerCase() === 'ip4' ? 32 : 128, ip[3]!, ip[4]);
  const [, sign, name, domain, ranges] = DIRECTIVE.exec(word) ?? [];
  if (name === undefined) return null;
  const means = MEANS[sign || '+']!;
  const isBare = domain === undefined && ranges === '';
  switch (name.toLowerCase()) {
    case 'all':
      return isBare ? { kind: 'all', means } : null;
    case 'include':
    case 'exists':
      return domain && ranges === '' ? { kind: name.toLowerCase() as 'include' | 'exists', means, domain } : null;
    case 'ptr':
      return domain !== '' && ranges === '' ? { kind: 'ptr', means, domain: domain ?? null } : null;
    case 'a':
    case 'mx': {
      const [, four = '32', six = '128'] = /^(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(ranges!)!;
      const isRange = domain !== '' && Number(four) <= 32 && Number(six) <= 128;
      const kind = name.toLowerCase() as 'a' | 'mx';
      return isRange ? { kind, means, domain: domain ?? null, prefix4: Number(four), prefix6: Number(six) } : null;
    }
    default:
      return null;
  }
}

function range(means: SpfResult, bits: 32 | 128, text: string, length: string | undefined): SpfTerm | null {
  const network = parseIp(text);
  const prefix = Number(length ?? bits);
  return network?.bits === bits && prefix <= bits ? { kind: 'ip', means, network, prefix } : null;
}
