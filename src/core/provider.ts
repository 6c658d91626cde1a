/** Mailbox providers: who runs the mailboxes of a domain, and how gently to begin with each. shaping.md sections 1 and 6. */

export const OTHER_PROVIDER = 'other';

type ProviderRow = {
  readonly key: string;
  /** Exact recipient domains. */
  readonly domains?: readonly string[];
  /** Names that a provider has registered under many country suffixes. */
  readonly brands?: readonly string[];
  /** Ends of MX host names, beginning with a dot. */
  readonly mx?: readonly string[];
  /** Starting connections and messages per connection. */
  readonly limits?: readonly [connections: number, messagesPerConnection: number];
};

const UNKNOWN_LIMITS = [2, 20] as const;

const ROWS: readonly ProviderRow[] = [
  {
    key: 'gmail',
    domains: ['gmail.com', 'googlemail.com'],
    mx: ['.google.com', '.googlemail.com', '.smtp.goog', '.psmtp.com'],
    limits: [5, 50],
  },
  {
    key: 'outlook',
    domains: ['msn.com', 'windowslive.com', 'passport.com'],
    brands: ['outlook', 'hotmail', 'live'],
    mx: ['.olc.protection.outlook.com', '.hotmail.com'],
    limits: [5, 50],
  },
  { key: 'office365', mx: ['.mail.protection.outlook.com', '.mx.microsoft'], limits: [5, 50] },
  { key: 'yahoo.co.jp', domains: ['yahoo.co.jp'], mx: ['.yahoo.co.jp'], limits: [2, 20] },
  {
    key: 'yahoo',
    domains: [
      'ymail.com',
      'rocketmail.com',
      'aim.com',
      'netscape.net',
      'att.net',
      'sbcglobal.net',
      'bellsouth.net',
      'verizon.net',
      'rogers.com',
      'sky.com',
    ],
    brands: ['yahoo', 'aol'],
    mx: ['.yahoodns.net'],
    limits: [5, 20],
  },
  {
    key: 'icloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    mx: ['.icloud.com', '.apple.com', '.me.com'],
    limits: [10, 5],
  },
  { key: 'comcast', domains: ['comcast.net'], mx: ['.comcast.net'], limits: [25, 1000] },
  { key: 'cox', domains: ['cox.net'], mx: ['.cox.net'], limits: [5, 100] },
  { key: 'spectrum', domains: ['charter.net', 'rr.com'], mx: ['.charter.net', '.rr.com'] },
  { key: 'shaw', domains: ['shaw.ca'] },
  { key: 'bigpond', domains: ['bigpond.com', 'bigpond.net.au'] },
  {
    key: 'gmx-webde',
    domains: ['web.de', 'gmx.net', 'gmx.org', 'gmx.info', 'gmx.biz'],
    brands: ['gmx'],
    mx: ['.gmx.net', '.gmx.com', '.web.de', '.kundenserver.de', '.1and1.com', '.1and1.co.uk', '.1and1.fr', '.1and1.es'],
    limits: [4, 20],
  },
  {
    key: 'mail.com',
    domains: [
      'mail.com',
      'email.com',
      'usa.com',
      'post.com',
      'europe.com',
      'consultant.com',
      'iname.com',
      'writeme.com',
    ],
    mx: ['.mail.com'],
  },
  { key: 't-online', domains: ['t-online.de', 'magenta.de'], mx: ['.t-online.de'] },
  { key: 'arcor', domains: ['arcor.de'] },
  { key: 'orange', domains: ['orange.fr', 'wanadoo.fr'], mx: ['.orange.fr', '.wanadoo.fr'], limits: [2, 100] },
  { key: 'laposte', domains: ['laposte.net'], mx: ['.laposte.net'] },
  { key: 'free.fr', domains: ['free.fr'], mx: ['.free.fr'] },
  { key: 'libero', domains: ['libero.it'], mx: ['.libero.it'] },
  { key: 'tiscali', domains: ['tiscali.it'] },
  { key: 'telenet', domains: ['telenet.be'] },
  { key: 'kpn', domains: ['kpnmail.nl'], mx: ['.kpnmail.nl'], limits: [10, 10] },
  { key: 'o2.co.uk', domains: ['o2.co.uk'] },
  { key: 'onet', domains: ['onet.pl', 'op.pl', 'vp.pl'], mx: ['.onet.pl'] },
  { key: 'wp.pl', domains: ['wp.pl'], mx: ['.wp.pl'] },
  { key: 'seznam', domains: ['seznam.cz'], mx: ['.seznam.cz'] },
  { key: 'mail.ru', domains: ['mail.ru', 'bk.ru', 'inbox.ru', 'list.ru'], mx: ['.mail.ru'], limits: [2, 20] },
  { key: 'yandex', domains: ['ya.ru'], brands: ['yandex'], mx: ['.yandex.net', '.yandex.ru'] },
  { key: 'qq', domains: ['qq.com', 'foxmail.com'], mx: ['.qq.com'], limits: [4, 8] },
  { key: '163', domains: ['163.com', '126.com', 'yeah.net'], mx: ['.netease.com', '.163.com'], limits: [4, 7] },
  { key: 'sina', brands: ['sina'], mx: ['.sina.com.cn'] },
  { key: 'proofpoint', mx: ['.pphosted.com'] },
  { key: 'mimecast', mx: ['.mimecast.com', '.mimecast.co.za', '.mimecast-offshore.com'], limits: [10, 100] },
  { key: 'barracuda', mx: ['.barracudanetworks.com'], limits: [10, 15] },
  { key: 'cisco-esa', mx: ['.iphmx.com'] },
  { key: 'messagelabs', mx: ['.messagelabs.com'] },
  { key: 'forcepoint', mx: ['.mailcontrol.com'] },
  { key: 'sophos', mx: ['.hydra.sophos.com'] },
  { key: 'godaddy', mx: ['.secureserver.net'] },
  { key: 'rackspace', mx: ['.emailsrvr.com'] },
  { key: 'zoho', domains: ['zoho.com'], mx: ['.zoho.com'] },
  { key: 'fastmail', domains: ['fastmail.com'], mx: ['.messagingengine.com'] },
  { key: 'proton', domains: ['proton.me', 'protonmail.com'], mx: ['.protonmail.ch'] },
  { key: 'ovh', mx: ['.ovh.net'] },
];

const BY_DOMAIN = keysBy((row) => row.domains);
const BY_BRAND = keysBy((row) => row.brands);
const BY_MX = keysBy((row) => row.mx);
const BY_KEY: ReadonlyMap<string, ProviderRow> = new Map(ROWS.map((row) => [row.key, row]));

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

export type StartingLimits = { readonly connections: number; readonly messagesPerConnection: number };

/** Where to begin with a provider: most sessions at once, and letters per session. */
export function limitsOf(provider: string): StartingLimits {
  const [connections, messagesPerConnection] = BY_KEY.get(familyOf(provider))?.limits ?? UNKNOWN_LIMITS;
  return { connections, messagesPerConnection };
}

function keysBy(names: (row: ProviderRow) => readonly string[] | undefined): ReadonlyMap<string, string> {
  return new Map(ROWS.flatMap((row) => (names(row) ?? []).map((name) => [name, row.key] as const)));
}
