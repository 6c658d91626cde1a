import type { Campaign } from '../../core/campaigns/campaign.ts';
import { checkContent, type DraftContent, isWhole } from '../../core/campaigns/content.ts';
import { ok } from '../../core/result.ts';
import { type Fault, type Outcome, refuse } from '../problem.ts';
import type { LetterPress } from './ports.ts';

type Candidate = Pick<Campaign, 'id' | 'createdAt' | 'columns'> & { readonly content: DraftContent };

const inContent = (pointer: string) => (pointer.startsWith('/content') ? pointer : `/content${pointer}`);

/** Answers the content, whole and compiled with the columns known so far, or every fault of it. */
export function checkLetter(press: LetterPress, { content, ...campaign }: Candidate): Outcome<Campaign['content']> {
  const faults = (found: readonly Fault[]) =>
    refuse('content.invalid', 'The letter can not be sent like this.', {
      errors: found.map(({ pointer, code, detail }) => ({ pointer: inContent(pointer), code, detail })),
    });

  if (!isWhole(content)) return faults(checkContent(content));
  const compiled = press.compile({ ...campaign, content });
  if (compiled.ok) return ok(content);
  return faults(
    compiled.error.map(({ pointer, code, detail, line }) => ({
      pointer,
      code,
      detail: line === null ? detail : `Line ${line}: ${detail}`,
    })),
  );
}
