import { familyOf } from '../providers/provider.ts';
import { inEnglish } from './glossary.ts';
import { isBeforeRcpt, type Reply, type Stage } from './reply.ts';
import { indexRows, type ReplyWords, type RowIndex } from './row-index.ts';
import { BARE_CODE_RULES, FIRST_RULES, NO_REPLY_CLOSED, NO_REPLY_RULES, OUT_OF_STEP } from './rules/bare-code.ts';
import { CATALOGUE } from './rules/catalogue.ts';
import type { CatalogueRow } from './rules/catalogue-row.ts';
import { AFTER_RCPT, PACE_WORDS, type Rule, type RuleGroup } from './rules/rule.ts';
import { GENERAL_RULES, PROVIDER_GROUPS } from './rules/table.ts';
import { firstLasting, plain, shapeOf } from './shape.ts';
import { CAUSES, isAboutRecipient, type Meaning, type Reaction, type Scope, type Verdict } from './verdict.ts';

/**
 * What a reply means. Reading order: what this installation was taught, the provider's own words (catalogued replies, then
 * phrases, then its enhanced codes), catalogued replies of anybody, general phrases (recipient, session, sender, pace, host),
 * registered enhanced codes, the bare code. DESIGN: Decision 1.
 */

export type ReplyContext = {
  /** A key of provider.ts, or any other name for a provider without rules of its own. */
  readonly provider: string;
  readonly stage: Stage;
  /** Whether the session had carried a letter before. */
  readonly reused: boolean;
  /** Straight to the MX; false through a relay. */
  readonly direct: boolean;
  /** Letters this session had carried before this one. */
  readonly carried: number;
};

const ROUTE_MEANINGS: ReadonlySet<Meaning> = new Set<Meaning>(['account_quota', 'auth_login']);

const OWN_GROUP: ReadonlyMap<string, RuleGroup> = new Map(
  PROVIDER_GROUPS.flatMap((group) => group.providers.map((provider) => [provider, group] as const)),
);
const SIGNED_GROUPS = PROVIDER_GROUPS.filter((group) => group.signature);
// One look decides that most replies are nobody's, which saves a search per provider.
const ANY_SIGNATURE = new RegExp(SIGNED_GROUPS.map((group) => group.signature?.source).join('|'));
/** The general table, sorted by the first digit it can hold for. */
const GENERAL = { 4: ofClass(4), 5: ofClass(5) } as const;

/** One name for the providers that share their rules: hotmail's rows hold for hosted Microsoft domains too. */
const tableOf = (provider: string): string => {
  const family = familyOf(provider);
  return OWN_GROUP.get(family)?.providers[0] ?? family;
};

/** Stable as long as the words of the sample are. */
const rowName = ({ provider }: CatalogueRow, shape: string) =>
  `row.${provider ?? 'any'}.${shape.split(' ').slice(0, 9).join('-')}`;

const CATALOGUED = indexRows(CATALOGUE, rowName, tableOf);

export type TaughtRow = CatalogueRow & { readonly id: string };

/** Rows that a person added to one installation, ready for `classify`. */
export const taughtRows = (rows: readonly TaughtRow[]): RowIndex =>
  indexRows(rows, ({ id }) => `taught.${id}`, tableOf);

export const NOTHING_TAUGHT: RowIndex = taughtRows([]);

export function classify(reply: Reply, context: ReplyContext, taught: RowIndex = NOTHING_TAUGHT): Verdict {
  const said = listen(reply, context);
  const own = OWN_GROUP.get(familyOf(context.provider));
  const signed = signersOf(said.signed);
  const rule = said.code === 0 ? silence(said, context) : refusal(said, own, signed, context.provider, taught);
  // A tag of somebody else (a relay hosted at Google, say) does not speak for a provider that we know.
  const tagged = own ? signed.includes(own) : signed.length > 0;
  const [meaning, reaction, pauseSeconds] = rule.means;
  return {
    meaning,
    reaction,
    cause: CAUSES[meaning],
    scope: scopeOf(meaning, reaction, context, tagged),
    pauseSeconds,
    explicit: rule.explicit ?? false,
    rule: rule.name,
  };
}

const signersOf = (text: string): readonly RuleGroup[] =>
  ANY_SIGNATURE.test(text) ? SIGNED_GROUPS.filter((group) => group.signature?.test(text)) : [];

function ofClass(digit: 4 | 5): readonly Rule[] {
  return GENERAL_RULES.filter((rule) => rule.class === undefined || rule.class === digit);
}

/** A reply made ready for the patterns. */
type Said = {
  readonly code: number;
  readonly class: number;
  readonly enhanced: string;
  readonly stage: Stage;
  readonly text: string;
  /** Without links and addresses, whose words are not the server's. */
  readonly words: string;
  readonly signed: string;
};

function listen(reply: Reply, context: ReplyContext): Said {
  const text = plain(reply.text);
  const enhanced = reply.enhanced ?? enhancedWithin(text, reply.code);
  return {
    code: reply.code,
    class: Math.floor(reply.code / 100),
    enhanced,
    stage: context.stage,
    text,
    words: inEnglish(withoutPrefix(withoutAddresses(text))),
    signed: `${enhanced} ${text}`,
  };
}

/** Qmail, Cisco and others put it behind a sign or at the end: "(#5.1.1)". An IP address is none. */
const WITHIN = /(?:^|[\s(#[:])([45]\.[0-7]\.\d{1,3})(?![\d.]*\d)/;

function enhancedWithin(text: string, code: number): string {
  const found = WITHIN.exec(text)?.[1];
  return found?.startsWith(String(Math.floor(code / 100))) ? found : '';
}

/** Of a link only the name of the list that it leads to is left. */
const LIST_OF_BLOCKS = /spamhaus|spamcop|sorbs|barracudacentral|abuseat|cloudmark|invaluement|ipcheck/;

function withoutAddresses(text: string): string {
  if (!text.includes('@') && !text.includes('://')) return text;
  return text
    .split(' ')
    .map((word) => (word.includes('://') ? (LIST_OF_BLOCKS.exec(word)?.[0] ?? '') : word.includes('@') ? '' : word))
    .filter((word) => word !== '')
    .join(' ');
}

/** What Postfix and RFC 5321 put before a reason, whatever the reason is about. */
const PREFIX =
  /(?:recipient address(?:es)? rejected ?: (?!access denied)|requested (?:mail )?action (?:not taken|aborted)[:;,.-]? ?(?:mailbox unavailable[:;,.-] ?)?)(?=\S)/;
const withoutPrefix = (text: string): string => text.replace(PREFIX, '');

function silence(said: Said, { stage, reused, carried }: ReplyContext): Rule {
  const rule = firstOf(NO_REPLY_RULES, said, said.text) ?? OUT_OF_STEP;
  // Yahoo and others end a session after so many letters without a word, and expect the next one at once.
  const betweenLetters = reused && carried > 0 && (stage === 'mail' || stage === 'rcpt');
  return rule.name === 'none.lost' && betweenLetters ? NO_REPLY_CLOSED : rule;
}

function refusal(
  said: Said,
  own: RuleGroup | undefined,
  signed: readonly RuleGroup[],
  provider: string,
  taught: RowIndex,
): Rule {
  if (said.class !== 4 && said.class !== 5) return OUT_OF_STEP;
  const words = replyWords(said);
  const row = (rows: RowIndex, of: string | null) => safe(rows.find(of, words), said);
  return (
    firstOf(FIRST_RULES, said, said.text) ??
    row(taught, provider) ??
    row(taught, null) ??
    row(CATALOGUED, provider) ??
    (own && firstOf(own.rules, said, said.text)) ??
    firstFound(signed, (group) => row(CATALOGUED, group.providers[0]!) ?? firstOf(group.rules, said, said.text)) ??
    row(CATALOGUED, null) ??
    firstOf(GENERAL[said.class], said, said.words) ??
    firstOf(BARE_CODE_RULES, said, said.words) ??
    OUT_OF_STEP
  );
}

function firstFound(groups: readonly RuleGroup[], find: (group: RuleGroup) => Rule | undefined): Rule | undefined {
  for (const group of groups) {
    const rule = find(group);
    if (rule) return rule;
  }
  return undefined;
}

function replyWords({ code, enhanced, text }: Said): ReplyWords {
  let shape: string | null = null;
  return {
    code,
    enhanced,
    first: firstLasting(text),
    shape: () => {
      shape ??= shapeOf(text);
      return shape;
    },
  };
}

/** A row that ends a recipient is held to what the rules are held to, and to the server having heard the recipient. */
function safe(rule: Rule | undefined, said: Said): Rule | undefined {
  if (rule?.means[1] !== 'suppress_recipient') return rule;
  return AFTER_RCPT.includes(said.stage) && maySuppress(said) ? rule : undefined;
}

/** Whatever a rule says, a refusal that is temporary or speaks of pace does not end a recipient. */
const maySuppress = (said: Said) => said.class === 5 && !PACE_WORDS.test(said.words);

const firstOf = (rules: readonly Rule[], said: Said, text: string) => rules.find((rule) => holds(rule, said, text));

function holds(rule: Rule, said: Said, text: string): boolean {
  if (rule.code && !rule.code.includes(said.code)) return false;
  if (rule.class && rule.class !== said.class) return false;
  if (rule.stages && !rule.stages.includes(said.stage)) return false;
  if (rule.enhanced && !rule.enhanced.test(said.enhanced)) return false;
  if (rule.text && !rule.text.test(text)) return false;
  if (rule.unless?.test(text)) return false;
  return rule.means[1] !== 'suppress_recipient' || rule.means[0] !== 'invalid_recipient' || maySuppress(said);
}

function scopeOf(meaning: Meaning, reaction: Reaction, context: ReplyContext, tagged: boolean): Scope {
  if (ROUTE_MEANINGS.has(meaning)) return 'route';
  if (isAboutRecipient(reaction)) return 'recipient';
  // A relay that has not heard the recipient yet speaks for itself.
  const isEarly = context.stage === 'connect' || isBeforeRcpt(context.stage);
  return !context.direct && !tagged && isEarly ? 'route' : 'provider';
}
