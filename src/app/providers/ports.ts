import type { ProfilePatch } from '../../core/providers/table.ts';

/** What is known of mailbox providers: what DNS says of a domain, and what this installation changed of the shipped profiles. */

export type MxHost = { readonly exchange: string; readonly priority: number };

export type MxAnswer =
  /** By preference, best first. A domain without MX is its own host (RFC 5321 5.1). */
  | { readonly kind: 'hosts'; readonly hosts: readonly MxHost[] }
  /** The domain takes no mail at all (RFC 7505). */
  | { readonly kind: 'nullMx' }
  | { readonly kind: 'noDomain' }
  /** SERVFAIL, a timeout and the like: nothing is known. `detail` is the DNS error code. */
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * Never rejects: trouble is an answer too. The same object as long as nothing new was heard. `isDoubted`: none of the hosts
 * known served, so the answer may be old.
 */
export type ResolveMx = (domain: string, isDoubted?: boolean) => Promise<MxAnswer>;

/** What DNS said of a domain, and when. */
export type KnownMx = {
  readonly domain: string;
  readonly answer: Exclude<MxAnswer, { readonly kind: 'failed' }>;
  readonly resolvedAt: Date;
};

export type MxStore = {
  /** Those of the domains that are known, in any order. */
  read(domains: readonly string[]): Promise<readonly KnownMx[]>;
  write(known: readonly KnownMx[]): Promise<void>;
};

/** Provider profiles as this installation changed them; what is absent stays as shipped. */
export type ProviderStore = {
  all(): Promise<ReadonlyMap<string, ProfilePatch>>;
  get(provider: string): Promise<ProfilePatch>;
  /** Replaces the patch that was read as `before`; false when it is another by now. An empty one brings the shipped profile back. */
  put(provider: string, patch: ProfilePatch, before: ProfilePatch): Promise<boolean>;
};
