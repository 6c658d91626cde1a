import PostalMime, { type Email } from 'postal-mime';
import { makeLetterPress } from '../../../src/adapters/letters/press.ts';
import type { CompiledLetter, LetterPress } from '../../../src/app/campaigns/ports.ts';
import type { Campaign, Content } from '../../../src/core/campaigns/campaign.ts';

export const press: LetterPress = makeLetterPress({ messageIdDomain: (from) => from.slice(from.indexOf('@') + 1) });

export const CONTENT: Content = {
  subject: 'Hello',
  from: { address: 'news@alpha.example', name: 'Alpha News' },
  html: '<p>Hello</p>\n',
};

type Compilable = Pick<Campaign, 'id' | 'content' | 'createdAt' | 'columns'>;

export const campaign = (content: Partial<Content> = {}, columns: readonly string[] = []): Compilable => ({
  id: 'c1',
  content: { ...CONTENT, ...content },
  createdAt: new Date('2026-03-01T22:15:00Z'),
  columns,
});

export function compiled(content: Partial<Content> = {}, columns: readonly string[] = []): CompiledLetter {
  const letter = press.compile(campaign(content, columns));
  if (!letter.ok) throw new Error(JSON.stringify(letter.error));
  return letter.value;
}

export const faults = (content: Partial<Content>, columns: readonly string[] = []) => {
  const letter = press.compile(campaign(content, columns));
  return letter.ok ? [] : letter.error;
};

export const ann = (fields: Readonly<Record<string, string>> = {}) => ({
  id: 'r1',
  address: 'ann@beta.example',
  domain: 'beta.example',
  fields,
});

/** The message for one recipient, as it would go to SMTP. */
export function raw(content: Partial<Content> = {}, fields: Readonly<Record<string, string>> = {}): Buffer {
  const letter = compiled(content).render(ann(fields));
  if (!letter.ok) throw new Error(JSON.stringify(letter.error));
  return letter.value.raw;
}

export const rowFault = (content: Partial<Content>, fields: Readonly<Record<string, string>>) => {
  const letter = compiled(content).render(ann(fields));
  return letter.ok ? null : letter.error;
};

export const parsed = (message: Buffer): Promise<Email> => PostalMime.parse(message);
export const header = (email: Email, key: string): string | undefined =>
  email.headers.find((field) => field.key === key)?.value;
