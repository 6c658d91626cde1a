import { type Ip, isWithin } from '../ip.ts';
import { isLookup, MOST_LOOKUPS, type SpfRecord, type SpfResult, type SpfTerm } from './spf.ts';

/** What an SPF record with all that it includes says about one address: check_host of RFC 7208 4. */

export type SpfNode = {
  readonly domain: string;
  readonly read:
    | { readonly kind: 'record'; readonly record: SpfRecord }
    | { readonly kind: 'missing' | 'several' }
    | { readonly kind: 'malformed'; readonly term: string }
    /** Nobody answered, or there were too many look-ups to go on. */
    | { readonly kind: 'unread'; readonly why: string };
  /** Of `include` and, under null, of `redirect`. */
  readonly children: ReadonlyMap<SpfTerm | null, SpfNode>;
  /** Addresses of `a` and `mx`; what is absent is not known. */
  readonly hosts: ReadonlyMap<SpfTerm, readonly Ip[]>;
};

export type SpfVerdict = SpfResult | 'error' | 'unknown';

/** Look-ups so far, by all that has been included too. */
type Spent = { lookups: number };

/** Term by term as a receiver does it, who stops at the first that matches, and for good at the eleventh look-up. */
export const checkHost = (root: SpfNode, address: Ip): SpfVerdict => verdictOf(root, address, { lookups: 0 });

/** Counts one more; whether a receiver still does it. */
const spend = (spent: Spent): boolean => ++spent.lookups <= MOST_LOOKUPS;

function verdictOf({ read, children, hosts }: SpfNode, address: Ip, spent: Spent): SpfVerdict {
  if (read.kind === 'unread') return 'unknown';
  if (read.kind !== 'record') return 'error';
  // A term that we can't judge changes nothing if what follows says the same as it would.
  const unjudged = new Set<SpfVerdict>();
  for (const term of read.record.terms) {
    const match = isLookup(term) && !spend(spent) ? 'error' : matches(term, address, { children, hosts }, spent);
    if (match === 'error') return settled('error', unjudged);
    if (match === 'unknown') unjudged.add(term.means);
    else if (match) return settled(term.means, unjudged);
  }
  const next = children.get(null);
  if (next && !spend(spent)) return settled('error', unjudged);
  return settled(next ? verdictOf(next, address, spent) : 'neutral', unjudged);
}

const settled = (verdict: SpfVerdict, unjudged: ReadonlySet<SpfVerdict>): SpfVerdict =>
  [...unjudged].every((other) => other === verdict) ? verdict : 'unknown';

function matches(
  term: SpfTerm,
  address: Ip,
  { children, hosts }: Pick<SpfNode, 'children' | 'hosts'>,
  spent: Spent,
): boolean | 'unknown' | 'error' {
  switch (term.kind) {
    case 'all':
      return true;
    case 'ip':
      return isWithin(address, term.network, term.prefix);
    case 'a':
    case 'mx': {
      const prefix = address.bits === 32 ? term.prefix4 : term.prefix6;
      return hosts.get(term)?.some((host) => isWithin(address, host, prefix)) ?? 'unknown';
    }
    case 'include': {
      const child = children.get(term);
      const verdict = child ? verdictOf(child, address, spent) : 'unknown';
      return verdict === 'unknown' || verdict === 'error' ? verdict : verdict === 'pass';
    }
    case 'exists':
    case 'ptr':
      return 'unknown';
  }
}
