import type { Request } from 'express';
import { z } from 'zod';
import { type HttpReply, refusal } from './answer.ts';
import type { ProblemCode } from './problem-codes.ts';

/** ETags are version numbers (RFC 9110 8.8.3). */

export const etagOf = (version: number): string => `"${version}"`;

/** Versions that an If-Match names; null: any. A weak or foreign tag matches no version. */
export function versionsOf(header: string): readonly number[] | null | 'malformed' {
  const text = header.trim();
  if (text === '*') return null;
  const tags = text.split(',').map((tag) => tag.trim());
  if (tags.some((tag) => !/^(W\/)?"[^"]*"$/.test(tag))) return 'malformed';
  return tags.flatMap((tag) => (/^"\d{1,15}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []));
}

const TAGS = z.string().meta({ description: 'The ETag that was read, or *.' });
export const IF_MATCH = z.object({ 'If-Match': TAGS });
/** For rows that honour it and do without it. */
export const maybeIfMatch = { headers: z.object({ 'If-Match': TAGS.optional() }) } as const;
export const IF_MATCH_REFUSALS: readonly ProblemCode[] = ['header.invalid', 'campaign.versionMismatch'];

/** Handles with the versions that the caller takes for current; null: any. */
export async function ifMatch(
  { headers }: Pick<Request, 'headers'>,
  handle: (versions: readonly number[] | null) => Promise<HttpReply>,
): Promise<HttpReply> {
  const header = headers['if-match'];
  const versions = header === undefined ? null : versionsOf(header);
  if (versions === 'malformed') return refusal('header.invalid', 'If-Match is a list of quoted ETags, or *.');
  return handle(versions);
}
