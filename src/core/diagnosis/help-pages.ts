import { familyOf } from '../providers/provider.ts';

/** Where a person can read on or ask for removal: what a reply names itself, and the public pages of those we know. */

export type HelpPage = { readonly title: string; readonly url: string };

type ProviderHelp = {
  readonly name: string;
  /** What this provider asks of senders and how to read its replies. */
  readonly rules?: string;
  /** What it thinks of our mail. */
  readonly standing?: string;
  /** Where to ask for another look at an address. */
  readonly removal?: string;
};

const PROVIDERS: Readonly<Record<string, ProviderHelp>> = {
  gmail: {
    name: 'Gmail',
    rules: 'https://support.google.com/mail/answer/81126',
    standing: 'https://postmaster.google.com/',
    removal: 'https://support.google.com/mail/contact/gmail_bulk_sender_escalation',
  },
  outlook: {
    name: 'Outlook.com',
    rules: 'https://sendersupport.olc.protection.outlook.com/pm/policies.aspx',
    standing: 'https://sendersupport.olc.protection.outlook.com/snds/',
    removal: 'https://olcsupport.office.com/',
  },
  office365: {
    name: 'Microsoft 365',
    standing: 'https://sendersupport.olc.protection.outlook.com/snds/',
    removal: 'https://sender.office.com/',
  },
  yahoo: {
    name: 'Yahoo',
    rules: 'https://senders.yahooinc.com/smtp-error-codes/',
    standing: 'https://senders.yahooinc.com/',
    removal: 'https://senders.yahooinc.com/contact/',
  },
  icloud: { name: 'iCloud Mail', rules: 'https://support.apple.com/en-us/102322' },
  comcast: { name: 'Comcast', rules: 'https://postmaster.comcast.net/' },
  'gmx-webde': { name: 'GMX/WEB.DE', rules: 'https://postmaster.gmx.net/en/' },
  't-online': { name: 'T-Online', rules: 'https://postmaster.t-online.de/' },
  orange: { name: 'Orange', rules: 'https://postmaster.orange.fr/' },
  'free.fr': { name: 'Free', rules: 'http://postmaster.free.fr/' },
  laposte: { name: 'La Poste' },
  'mail.ru': { name: 'Mail.ru', rules: 'https://postmaster.mail.ru/' },
  yandex: { name: 'Yandex', rules: 'https://postmaster.yandex.com/' },
  qq: { name: 'QQ Mail', rules: 'https://service.mail.qq.com/' },
  '163': { name: 'Netease 163' },
  'yahoo.co.jp': { name: 'Yahoo Japan' },
  cox: { name: 'Cox' },
  spectrum: { name: 'Spectrum' },
  libero: { name: 'Libero' },
  seznam: { name: 'Seznam' },
  proofpoint: { name: 'Proofpoint', removal: 'https://ipcheck.proofpoint.com/' },
  mimecast: { name: 'Mimecast', rules: 'https://community.mimecast.com/' },
  barracuda: { name: 'Barracuda', removal: 'https://www.barracudacentral.org/rbl/removal-request' },
  'cisco-esa': { name: 'Cisco', standing: 'https://talosintelligence.com/reputation_center' },
  other: { name: 'the group of small providers' },
};

const known = (provider: string): ProviderHelp | undefined => PROVIDERS[familyOf(provider)];

/** In the middle of a sentence. A name for people: Gmail for gmail, and whatever it is called for one that we don't know. */
export const nameOf = (provider: string): string => known(provider)?.name ?? provider;

export function providerPages(provider: string): Readonly<Partial<Record<'rules' | 'standing' | 'removal', HelpPage>>> {
  const help = known(provider);
  if (!help) return {};
  const page = (title: string, url: string | undefined) => (url ? { title: `${help.name}: ${title}`, url } : undefined);
  const pages = {
    rules: page('rules for senders', help.rules),
    standing: page('what it thinks of your mail', help.standing),
    removal: page('ask for another look', help.removal),
  };
  return Object.fromEntries(Object.entries(pages).filter(([, found]) => found));
}

export type BlockListPage = {
  readonly name: string;
  readonly words: RegExp;
  /** Null: the list is gone, and whoever still asks it should stop. */
  readonly url: string | null;
};

/** Matched against a reply in lower case. */
const LISTS: readonly BlockListPage[] = [
  { name: 'Spamhaus', words: /spamhaus/, url: 'https://check.spamhaus.org/' },
  { name: 'Barracuda', words: /barracuda/, url: 'https://www.barracudacentral.org/rbl/removal-request' },
  { name: 'SpamCop', words: /spamcop/, url: 'https://www.spamcop.net/bl.shtml' },
  { name: 'SORBS', words: /\bsorbs\b/, url: null },
  { name: 'Cloudmark', words: /cloudmark/, url: 'https://csi.cloudmark.com/' },
  { name: 'Proofpoint', words: /ipcheck\.proofpoint|proofpoint\.com\/dnsbl/, url: 'https://ipcheck.proofpoint.com/' },
  { name: 'UCEPROTECT', words: /uceprotect/, url: 'https://www.uceprotect.net/en/rblcheck.php' },
  { name: 'Abusix', words: /abusix/, url: 'https://lookup.abusix.com/' },
  { name: 'Invaluement', words: /invaluement/, url: 'https://www.invaluement.com/lookup/' },
  { name: 'Trend Micro', words: /trend ?micro|mail-abuse\.com/, url: 'https://servicecentral.trendmicro.com/' },
  { name: 'Mailspike', words: /mailspike/, url: 'https://mailspike.io/ip_verify' },
  { name: 'PSBL', words: /\bpsbl\b/, url: 'https://psbl.org/' },
  { name: 'SURBL', words: /\bsurbl\b/, url: 'https://surbl.org/surbl-analysis' },
  { name: 'SpamRATS', words: /spamrats/, url: 'https://www.spamrats.com/removal.php' },
  {
    name: 'Cisco Talos',
    words: /senderbase|talosintelligence/,
    url: 'https://talosintelligence.com/reputation_center',
  },
];

/** Lists that a reply names. */
export const listsIn = (text: string): readonly BlockListPage[] => {
  const lower = text.toLowerCase();
  return LISTS.filter(({ words }) => words.test(lower));
};

const LINK = /\bhttps?:\/\/[^\s<>"'`\\^{}|]{4,400}/gi;
/** What a sentence puts behind a link. */
const TRAILING = /[.,;:!?)\]]+$/;

/**
 * Web pages that a reply names, each once. A server may say anything: only http and https, no user name, no host without
 * a dot and none that is a bare address, and the link as it would be opened.
 */
export function linksIn(text: string): readonly string[] {
  const found = [...text.matchAll(LINK)].flatMap(([raw]) => {
    const link = raw.replace(TRAILING, '');
    if (!URL.canParse(link)) return [];
    const { href, hostname, username, password } = new URL(link);
    const isOpen = username === '' && password === '';
    return isOpen && /\.[a-z][a-z0-9-]*$/.test(hostname) ? [href] : [];
  });
  return [...new Set(found)];
}
