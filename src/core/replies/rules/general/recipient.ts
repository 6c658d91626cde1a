import { AFTER_RCPT, anyOf, BEFORE_MAIL, NOT_AUTH, RATE_WORDS, type Rule } from '../rule.ts';

/**
 * First part: whoever the letter is for. Mailbox, user, recipient, disk: a reply that names one of them is about it,
 * whatever it says besides of limits, of being busy and of trying again.
 */

const MAILBOX = /\b(?:mail ?-?box|in-?box|mail ?folder|mail ?dir|mail ?drop)\b/;
/** Our own account at a relay is "your account". */
const PERSON = /(?<!\byour )\b(?:user|recipient|account|customer|subscriber|addressee)\b/;
const NAMED = anyOf(MAILBOX, PERSON).source;

/** Quotas that count letters sent, not bytes stored. */
const SENDING_QUOTA =
  /daily|hourly|per (?:hour|day|minute|second)|\bsend|\bsent\b|outgoing|outbound|\brelay|\brates?\b|ratelimit|(?:message|mail)s? limit|message quota|\bsession\b/;

const MAILBOX_FULL = anyOf(
  new RegExp(
    `${MAILBOX.source}.{0,80}\\b(?:(?:over)?full|exceed\\w*|limit|quota|spaces?|storage|allowance|capacity|over its|too (?:many|much))\\b`,
  ),
  new RegExp(
    `${PERSON.source}.{0,80}\\b(?:full|quota|over ?quota|storage|disk|spaces?|too many messages (?:on|in|stored)|stored)\\b`,
  ),
  new RegExp(`\\bquota\\b.{0,30}${PERSON.source}`),
  /\bfull (?:mail ?box|in-?box)|over ?-?quota|over (?:the |its |their |his )?(?:\w+ )?quota|quota (?:\w+ ){0,3}(?:exceed\w*|full|reached|violation)|exceed\w* .{0,40}(?:quota|storage)|out of (?:quota|storage|space)|no space left/,
  /(?:storage|disk|mail ?box|space) (?:size )?(?:allocation|limit|quota)|(?:disk|disc) ?space|(?:disk|disc) quota|(?:not|does not have|n't have) (?:enough|sufficient) (?:\w+ ){0,2}space|too much mail data/,
  // Also in the order of other languages
  /\b(?:limit|quota|storage|full)\b.{0,40}\b(?:mail ?box|recipient|exhausted)\b|\bstorage\b.{0,30}\b(?:full|exceeded|exhausted|used up)\b|\bmail ?box\b ?\b(?:full)\b/,
);

/** Quotas that say what they count. */
const STORED_OR_SENT = anyOf(
  /mail ?box|\buser\b|recipient|inbox|storage|dis[ck]\b|(?<!your )account|\bover\b/,
  SENDING_QUOTA,
);

export const RECIPIENT_RULES: readonly Rule[] = [
  { name: 'general.null-mx', class: 5, text: /null mx/, means: ['invalid_recipient', 'suppress_recipient', 0] },
  // A relay's own list of people who must not be written to: no server was asked.
  {
    name: 'general.suppressed',
    class: 5,
    text: /suppression|\bsuppressed\b|previously bounced|bounced (?:address|before)|bounced .{0,30}(?:block|suppress)|unsubscribed?\b|opted[ -]?out|inactive recipient|marked (?:as )?(?:inactive|your messages? as spam)|spam reporting address|do[ -]not[ -](?:send|mail|contact)|hard[ -]?bounced?|user who marked/,
    unless: /\bsender (?:is |address )|list-unsubscribe/,
    means: ['invalid_recipient', 'suppress_recipient', 0],
  },
  {
    name: 'general.suppressed-for-now',
    text: /suppression[ -]list|previously bounced|(?:has|have) unsubscribed|opted[ -]?out|inactive recipient|do[ -]not[ -](?:send|mail|contact) list/,
    unless: /\bsender (?:is |address )|list-unsubscribe/,
    means: ['invalid_recipient', 'bounce_recipient', 0],
  },
  {
    name: 'general.greylisting',
    class: 4,
    text: /gr[ea]y ?-?list|not yet authorized|try another server|postgrey|\btriplet|first (?:contact|time|attempt|delivery)|(?:retry|retried) too soon|too soon, (?:re)?try/,
    means: ['greylisting', 'retry_recipient', 300],
  },
  {
    name: 'general.recipient-rate',
    text: anyOf(
      /\b(?:recipient|user|mailbox|(?<!your )account)\b.{0,60}\b(?:receiv\w+ .{0,40}(?:too (?:quickly|fast|many|much|high)|\brate\b|limit|within|per hour)|(?:message|receiving) rate limit)/,
      /\bthe (?:recipient|mailbox|user) has exceeded\b.{0,40}\brate\b|too (?:many|much) (?:[\w-]+ ){1,4}(?:for|to|in) (?:this|the|that) (?:recipient|user|mailbox|address)\b/,
    ),
    means: ['recipient_rate', 'retry_recipient', 3600],
  },
  {
    name: 'general.mailbox-rate',
    text: /\b(?:mail ?box|in-?box|(?:this|the) (?:user|recipient))\b.{0,80}(?:per (?:hour|day|minute)|hourly|daily|\brates?\b)/,
    unless: /\bsen[dt]|\bclient\b|\byour\b/,
    means: ['recipient_rate', 'retry_recipient', 3600],
  },
  // Before the recipient is named, and in a 421, a quota can only be ours.
  {
    name: 'general.quota-421',
    code: [421],
    text: /\bquota\b/,
    unless: STORED_OR_SENT,
    means: ['rate_limit', 'lower_rate', 0],
  },
  {
    name: 'general.quota-early',
    code: [450, 451, 454, 550, 554],
    stages: [...BEFORE_MAIL, 'mail'],
    enhanced: /^(?![45]\.2\.)/,
    text: /\bquota\b/,
    unless: STORED_OR_SENT,
    means: ['rate_limit', 'lower_rate', 0],
  },
  {
    name: 'general.mailbox-full',
    class: 4,
    text: MAILBOX_FULL,
    unless: anyOf(SENDING_QUOTA, /insufficient (?:system|disk)/),
    means: ['mailbox_full', 'retry_recipient', 14400],
  },
  {
    name: 'general.mailbox-full-permanent',
    class: 5,
    text: MAILBOX_FULL,
    unless: anyOf(SENDING_QUOTA, /(?:message|mail|mail file|content) (?:size|exceeds|length)|too (?:big|large)/),
    means: ['mailbox_full', 'retry_recipient', 86400],
  },
  {
    name: 'general.recipients-per-hour',
    text: /too many recipients .{0,40}(?:hour|day)/,
    means: ['rate_limit', 'lower_rate', 3600],
  },
  {
    name: 'general.recipients-per-client',
    text: /too many recipients (?:from|per minute|in a short|too fast)|recipients? limit exceeded for/,
    means: ['rate_limit', 'lower_rate', 60],
  },
  {
    name: 'general.too-many-recipients',
    text: /too many (?:recipients|rcpts?)\b|(?:max(?:imum)?|exceed\w*) (?:allowed )?(?:number of )?recipients|recipients? (?:count|limit) (?:exceeded|reached)|no more recipients|recipients per (?:message|transaction|mail)/,
    unless: /per (?:hour|day|minute|second)|hourly|daily|\brate\b/,
    means: ['too_many_recipients', 'split_transaction', 0],
  },
  {
    name: 'general.recipient-unavailable',
    class: 4,
    stages: NOT_AUTH,
    text: new RegExp(
      `(?:${NAMED}).{0,60}\\b(?:busy|locked|in use|unavailable|not available|disabled|suspended|inactive|frozen|moving|migrat\\w+|moved|maintenance|upgrad\\w+|offline|unverified|verif\\w+|not responding|down)\\b|unverified address|address verification|\\b(?:recipient|rcpt)\\b.{0,30}\\b(?:verif\\w+|lookup|callout|callback)`,
    ),
    unless: anyOf(/\bsender|\bclient\b|\bhost rejected|\byour\b/, SENDING_QUOTA),
    means: ['recipient_unavailable', 'retry_recipient', 900],
  },
  {
    name: 'general.recipient-unavailable-permanent',
    class: 5,
    stages: AFTER_RCPT,
    text: new RegExp(
      `(?:${NAMED}).{0,40}\\b(?:busy|in use|temporar\\w+ (?:locked|disabled|unavailable|inactive|suspended)|(?:locked|disabled|unavailable|inactive|suspended) temporar\\w+)\\b`,
    ),
    unless: anyOf(/\bsender|\bclient\b|\bhost rejected|\byour\b/, RATE_WORDS),
    means: ['recipient_unavailable', 'retry_recipient', 14400],
  },
  // Whom this one mailbox hears is its owner's choice, and says nothing about our standing.
  {
    name: 'general.recipient-refuses',
    class: 5,
    text: /(?:recipient|user|mailbox|owner|customer)\b.{0,40}\b(?:accepts? (?:mail|messages?) only|only accept\w*|refuses|preferences|rules|has blocked|not accept\w* (?:mail|messages?|any)|is not accepting)|(?:blocked|rejected|refused|blacklisted) by (?:the |this )?(?:recipient|user|addressee)|authori[sz]ed to send to (?:the|this) (?:recipient|group|list)|recipient's (?:list|block)|restrictedtorecipients|rst\.notauthorized|senderfilterconfig|members?-only|only members|members? (?:may|can) post|closed mailing list|not subscribed to this/,
    unless: RATE_WORDS,
    means: ['policy_block', 'bounce_recipient', 0],
  },
];

/** Read last: it says nothing that we know, but it names whom it is about. */
export const RECIPIENT_NAMED: Rule = {
  name: 'general.recipient-named',
  class: 4,
  stages: NOT_AUTH,
  text: new RegExp(NAMED),
  unless: /\bsender|\bclient\b|\bhost rejected|\byour\b|\bsen[dt]/,
  means: ['recipient_unavailable', 'retry_recipient', 900],
};
