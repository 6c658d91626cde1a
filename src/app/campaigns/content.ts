import type { Campaign } from '../../core/campaigns/campaign.ts';
import { checkContent, type DraftContent, isWhole } from '../../core/campaigns/content.ts';
import { ok } from '../../core/result.ts';
import { type Fault, type Outcome, refuse } from '../problem.ts';
import type { ContentPatch, LetterPress, RenderFault } from './ports.ts';

/** The letter of a campaign: pieced together from what was sent, and checked as a whole. */

type Candidate = Pick<Campaign, 'id' | 'createdAt' | 'columns'> & { readonly content: DraftContent };

const inContent = (pointer: string) => (pointer.startsWith('/content') ? pointer : `/content${pointer}`);

const invalid = (found: readonly Fault[]) =>
  refuse('content.invalid', 'The letter can not be sent like this.', {
    errors: found.map(({ pointer, code, detail }) => ({ pointer: inContent(pointer), code, detail })),
  });

export const invalidLetter = (faults: readonly RenderFault[]) =>
  invalid(
    faults.map(({ pointer, code, detail, line }) => ({
      pointer,
      code,
      detail: line === null ? detail : `Line ${line}: ${detail}`,
    })),
  );

/** Answers the content, whole and compiled with the columns known so far, or every fault of it. */
export function checkLetter(press: LetterPress, { content, ...campaign }: Candidate): Outcome<Campaign['content']> {
  if (!isWhole(content)) return invalid(checkContent(content));
  const compiled = press.compile({ ...campaign, content });
  return compiled.ok ? ok(content) : invalidLetter(compiled.error);
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** RFC 7396: null takes a field away, an absent one stays, objects merge. */
function merge(base: Json, patch: Json): Json {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? merge(isObject(merged[key]) ? merged[key] : {}, value) : value;
  }
  return merged;
}

/** The result may be incomplete; `checkContent` says so. */
export function mergeContent(base: DraftContent, patch: ContentPatch): DraftContent {
  const merged = merge(base, patch) as DraftContent;
  const { listUnsubscribe, ...rest } = merged;
  const isEmpty = !listUnsubscribe || Object.keys(listUnsubscribe).length === 0;
  return isEmpty ? rest : { ...rest, listUnsubscribe };
}
