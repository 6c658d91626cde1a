/** What a name server answered, and what may be concluded from it. */

export type DnsAnswer<T> =
  /** One record or more. */
  | { readonly kind: 'records'; readonly records: readonly T[] }
  /** The name exists, without records of this type. */
  | { readonly kind: 'none' }
  | { readonly kind: 'noDomain' }
  /** SERVFAIL, REFUSED, no answer, no network. */
  | { readonly kind: 'failed'; readonly detail: string };

/** `records` may be empty: then there provably are none. */
export type Told<T> =
  | { readonly isKnown: true; readonly records: readonly T[] }
  | { readonly isKnown: false; readonly why: string };

/** A "no" is believed only from name servers that gave some other answer in the same run: `isProven`. */
export function told<T>(answer: DnsAnswer<T>, isProven: boolean): Told<T> {
  if (answer.kind === 'records') return { isKnown: true, records: answer.records };
  if (answer.kind === 'failed') return { isKnown: false, why: `the name server gave no answer (${answer.detail})` };
  if (isProven) return { isKnown: true, records: [] };
  return { isKnown: false, why: 'the name server answered nothing else either, so its "no" proves nothing' };
}
