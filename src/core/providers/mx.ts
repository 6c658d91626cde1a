import { providerOfMx } from './provider.ts';

/** What the MX of a domain say about who runs its mailboxes, and how long that holds. shaping.md section 6. */

type Host = { readonly exchange: string; readonly priority: number };

/** The exact MX set, whatever order and case it came in: domains with the same one are one site. */
export const siteOfMx = (hosts: readonly Host[]): string =>
  hosts
    .map(({ priority, exchange }) => `${priority} ${exchange.toLowerCase()}`)
    .sort()
    .join(',');

/** Null unless every host is theirs. */
export const providerOfHosts = (hosts: readonly Host[]): string | null =>
  providerOfMx(hosts.map(({ exchange }) => exchange));

const HOUR = 3_600_000;

/** node:dns tells no TTL of MX records, so this is a fixed time between the 1 h and 24 h that bound a TTL. */
export const MX_FRESH_MS = 6 * HOUR;
/** A domain that is gone, or takes no mail, may be back soon. */
export const MX_GONE_MS = HOUR;
/** While name servers are in trouble. */
export const MX_AGAIN_MS = 5 * 60_000;
/** A name server in trouble must not change what has been known for days. */
export const MX_STALE_MS = 7 * 24 * HOUR;
