import { familyOf } from '../providers/provider.ts';
import { PROVIDERS } from '../providers/table.ts';
import { inEnglish } from './glossary.ts';
import { BARE_CODE_RULES } from './rules/bare-code.ts';
import type { CatalogueRow } from './rules/catalogue-row.ts';
import { ENHANCED_RULES } from './rules/enhanced.ts';
import { PACE_WORDS } from './rules/rule.ts';
import { anonymous, plain } from './shape.ts';
import type { Meaning, Reaction } from './verdict.ts';

/** Replies whose words nobody knew, and what a person may teach about them. */

const BY_CODE_ALONE: ReadonlySet<string> = new Set([...BARE_CODE_RULES, ...ENHANCED_RULES].map(({ name }) => name));

/** Only the code, or the registered enhanced code, said how to sort it. */
export const isCodeAlone = (rule: string): boolean => BY_CODE_ALONE.has(rule);

const KNOWN_PROVIDERS: ReadonlySet<string> = new Set(PROVIDERS.map(({ key }) => key));

/** Whose words a reply of this provider's are: its own, or anybody's (null) when nobody knows the provider. */
function speakerOf(provider: string): string | null {
  const family = familyOf(provider);
  return KNOWN_PROVIDERS.has(family) ? family : null;
}

export type TeachableReply = {
  readonly provider: string;
  readonly code: number;
  readonly enhanced: string | null;
  readonly text: string;
};

/** The row that would know this reply, about nobody. */
export const rowOf = (reply: TeachableReply, means: CatalogueRow['means']): CatalogueRow => ({
  provider: speakerOf(reply.provider),
  reply: [reply.code, reply.enhanced, anonymous(reply.text)].filter((part) => part !== null).join(' '),
  means,
});

/** What only our own side can mean by a silence. */
export type TeachableMeaning = Exclude<Meaning, 'unknown_outcome' | 'unreachable' | 'connection_lost'>;
export type TeachableReaction = Exclude<Reaction, 'hold_do_not_resend'>;

export type TeachFault = 'reply.temporary' | 'reply.aboutPace';

/** Why this must not be taught: 4xx asks for another try (RFC 5321 4.2.1), and pace says nothing about a mailbox. */
export function teachFault(
  { code, text }: Pick<TeachableReply, 'code' | 'text'>,
  reaction: Reaction,
): TeachFault | null {
  if (reaction !== 'suppress_recipient' && reaction !== 'bounce_recipient') return null;
  if (code < 500) return 'reply.temporary';
  return reaction === 'suppress_recipient' && PACE_WORDS.test(inEnglish(plain(text))) ? 'reply.aboutPace' : null;
}
