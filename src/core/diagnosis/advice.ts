import { isCodeAlone } from '../replies/unknown.ts';
import type { Cause, Meaning } from '../replies/verdict.ts';
import type { Ranked } from './cause.ts';
import { type HelpPage, linksIn, listsIn, providerPages } from './help-pages.ts';

/** What a person should do about a cause: short sentences, and the page where it can be done. */

export type Advice = {
  readonly text: string;
  readonly page: (HelpPage & { readonly namedBy: 'reply' | 'offpeak' }) | null;
};

const MOST_LINKS = 3;

const say = (text: string): Advice => ({ text, page: null });
const withPage = (text: string, page: HelpPage): Advice => ({ text, page: { ...page, namedBy: 'offpeak' } });
/** A sentence that only points to a page is nothing without one. */
const atPage = (text: string, page: HelpPage | undefined) => (page ? withPage(text, page) : null);

/** Per meaning, because one cause has several cures. */
const BY_MEANING: Readonly<Partial<Record<Meaning, readonly string[]>>> = {
  auth_login: ['Check the user name and the password of the route, and that the account is active.'],
  config_auth: [
    'Publish SPF and DKIM for the domain in From, and a DMARC record (p=none is enough to begin with).',
    'Check that the domain in From is the one that SPF or DKIM signs for.',
  ],
  config_dns: [
    'Give the sending address a PTR record whose name leads back to the address.',
    'Check that the domain in From exists and has an MX or A record.',
  ],
  config_tls: ['Let the route use TLS (smtps, or STARTTLS) with a certificate that is valid.'],
  dns_trouble: ['Check from another network that your domain and its SPF and DKIM records resolve.'],
  protocol: ['Check the letter and the route: the server calls what it received malformed.'],
  routing: ['Check the routing: the host that answered does not take mail for these domains.'],
  duplicate_message_id: ['Make sure that no other program sends the same letters with the same Message-ID.'],
  account_quota: ['Ask the relay for a larger quota, or give the route a lower rate that lasts for the whole day.'],
  list_quality: ['Take addresses that never worked out of the list before you send again.'],
  policy_block: ['Ask the postmaster why mail from your address is not wanted.'],
  reputation: [
    'Send only to people who opened or asked lately, until the refusals stop.',
    'Find the list or form that brought complaints, and stop mailing it.',
  ],
  rate_limit_domain: ['Let other programs that send for the same domain slow down: the limit is the domain’s.'],
  invalid_recipient: [
    'Take the bounced addresses out of your own list: Offpeak suppresses them here only.',
    'Ask how so many dead addresses came into the list, for senders of such lists get blocked.',
  ],
  greylisting: ['Wait: these servers ask every new sender to come again, and Offpeak does.'],
  mailbox_full: ['Wait: Offpeak tries full mailboxes again later.'],
  recipient_unavailable: ['Wait: these mailboxes are busy or shut for the moment, and Offpeak tries again later.'],
  recipient_rate: ['Wait: these mailboxes get more mail than they may, and Offpeak tries again later.'],
};

export type About = {
  /** Whoever refuses; its pages are known by `provider`. */
  readonly name: string;
  readonly provider: string | null;
  readonly isOver: boolean;
  /** Causes that are possible besides. */
  readonly others: readonly Cause[];
};

export function adviceFor(top: Ranked, about: About): readonly Advice[] {
  const { refused } = top;
  const meanings = [...new Set(refused.map(({ meaning }) => meaning))].slice(0, 2);
  const particular = meanings.flatMap((meaning) => BY_MEANING[meaning] ?? []).map((text) => say(text));
  const unknown = refused.some(({ rule }) => isCodeAlone(rule)) ? [TEACH] : [];
  const all = [...ownWords(top, about, [...fromReplies(refused), ...particular]), ...unknown];
  return unique(all.filter((one) => one !== null));
}

const TEACH = say('Teach Offpeak what the unknown replies mean, under /api/v1/replies/unknown.');
const LOOK_UP = withPage('If it goes on for hours, look your sending address up at the block lists.', {
  title: 'Spamhaus',
  url: 'https://check.spamhaus.org/',
});

function ownWords(
  { cause, refused }: Ranked,
  { name, provider, isOver, others }: About,
  found: readonly Advice[],
): readonly (Advice | null)[] {
  const pages = provider === null ? {} : providerPages(provider);
  const removal = atPage(`Ask ${name} to look at your address again.`, pages.removal);
  const rules = atPage(`Read what ${name} asks of senders.`, pages.rules);
  const standing = atPage(`See what ${name} thinks of your mail.`, pages.standing);
  const callsPerson = refused.some(({ reaction }) => reaction === 'stop_and_alert');
  const resume = callsPerson ? say('If the campaign is blocked, resume it when that is done.') : null;
  const lookUp = others.includes('blocklist') ? LOOK_UP : null;
  switch (cause) {
    case 'throttling':
      return isOver
        ? [say('Do nothing: the rate is within the limit again.'), ...found]
        : [say(`Let it run: Offpeak looks for the rate that ${name} takes.`), ...found, lookUp, standing, rules];
    case 'connections':
      return [
        say(
          isOver
            ? 'Do nothing: the sessions are within the limit again.'
            : 'Let it run: Offpeak holds as many sessions as are allowed.',
        ),
        say('If other programs send from the same address, give the route fewer connections.'),
        ...found,
      ];
    case 'overload':
      return [
        say(
          isOver
            ? 'Do nothing: mail is taken again.'
            : `Wait: ${name} has trouble of its own, and Offpeak tries again by itself.`,
        ),
        say('If it comes back for hours, look whether your own network or relay is the reason.'),
        ...found,
        lookUp,
      ];
    case 'configuration':
      return [...found, rules, resume];
    case 'blocklist':
      return [...found, removal, standing, resume];
    case 'content':
      return [
        say('Look at the letter: its links, its attachments, and words that filters know.'),
        say('Send a changed letter to a few addresses first.'),
        ...found,
        rules,
      ];
    case 'recipient':
      return found.length > 0 ? found : [say('Look at the recipients that were refused, and at where they came from.')];
  }
}

/** Each sentence once, and each page once. */
function unique(advice: readonly Advice[]): readonly Advice[] {
  const seen = new Set<string>();
  return advice.filter(({ text, page }) => {
    const keys = page ? [text, page.url.replace(/#.*$/, '')] : [text];
    if (keys.some((key) => seen.has(key))) return false;
    for (const key of keys) seen.add(key);
    return true;
  });
}

/** The lists and the pages that the replies name, the lists first. */
function fromReplies(refused: Ranked['refused']): readonly Advice[] {
  const examples = refused.flatMap((one) => one.examples);
  const links = [...new Set(examples.flatMap((text) => linksIn(text)))].slice(0, MOST_LINKS);
  const lists = [...new Set(examples.flatMap((text) => listsIn(text)))].map(({ name, url }) => {
    const own = links.find((link) => url !== null && isOneSite(link, url));
    const text = `Look your address up at ${name}, mend the cause, and ask for removal.`;
    if (own) return { text, page: fromReply(own) };
    return url
      ? withPage(text, { title: name, url })
      : say(`Tell the postmaster that ${name} is closed: a server that still asks it refuses at random.`);
  });
  const open = links.map((link) => ({
    text: `Open the page that the reply names, at ${new URL(link).hostname}.`,
    page: fromReply(link),
  }));
  return [...lists, ...open];
}

/** Whoever writes a reply may call a page of his own what he likes. */
function isOneSite(link: string, home: string): boolean {
  const site = new URL(home).hostname.split('.').slice(-2).join('.');
  return new URL(link).hostname === site || new URL(link).hostname.endsWith(`.${site}`);
}

const fromReply = (url: string) => ({ title: new URL(url).hostname, url, namedBy: 'reply' as const });
