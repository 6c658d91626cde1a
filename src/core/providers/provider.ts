import { PROVIDERS, type ProviderRow } from './table.ts';

/** Mailbox providers: who runs the mailboxes of a domain. shaping.md section 6. */

export const OTHER_PROVIDER = 'other';

const BY_DOMAIN = keysBy((row) => row.domains);
const BY_BRAND = keysBy((row) => row.brands);
const BY_MX = keysBy((row) => row.mx);

/** A brand and a public suffix: yahoo.com, yahoo.fr, yahoo.co.uk, yahoo.com.br; never yahoo.evil.com. */
const BRANDED = /^([a-z]+)\.(?:com|(?:(?:com?|ne|or)\.)?[a-z]{2})$/;
const MIMECAST_REGION = /^([a-z]{2,4})-smtp-inbound-\d+\./;

/** The provider of a recipient domain (lower case, A-labels) as far as the name alone tells, else 'other'. */
export function providerOfDomain(domain: string): string {
  const exact = BY_DOMAIN.get(domain);
  if (exact) return exact;
  const brand = BRANDED.exec(domain)?.[1];
  return (brand && BY_BRAND.get(brand)) || OTHER_PROVIDER;
}

/** The provider whose hosts all of these MX are, or null: one foreign MX means that somebody else is in charge too. */
export function providerOfMx(mxHosts: readonly string[]): string | null {
  const [first, ...rest] = mxHosts.map(providerOfHost);
  return first !== undefined && rest.every((key) => key === first) ? first : null;
}

function providerOfHost(mxHost: string): string | null {
  const host = mxHost.toLowerCase().replace(/\.$/, '');
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const key = BY_MX.get(host.slice(dot));
    if (key) return inRegion(key, host);
  }
  return null;
}

/** Mimecast limits each region by itself. */
function inRegion(key: string, host: string): string {
  const region = key === 'mimecast' ? MIMECAST_REGION.exec(host)?.[1] : undefined;
  return region ? `${key}-${region}` : key;
}

/** The row of a provider whose regions count apart: mimecast-eu speaks and limits like mimecast. */
export const familyOf = (provider: string): string => (provider.startsWith('mimecast-') ? 'mimecast' : provider);

function keysBy(names: (row: ProviderRow) => readonly string[] | undefined): ReadonlyMap<string, string> {
  return new Map(PROVIDERS.flatMap((row) => (names(row) ?? []).map((name) => [name, row.key] as const)));
}
