import type { Request } from 'express';
import { fail, ok, type Result } from '../core/result.ts';
import { type HttpRefusal, refusal } from './answer.ts';
import { within } from './patience.ts';

/** A JSON body, read with every limit in place before a schema sees it. */

const MOST_BYTES = 1_048_576;
const MOST_DEPTH = 32;
/** A megabyte comes within this over any line. */
const SLOWEST_MS = 60_000;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

export type RawBody = { readonly bytes: Buffer; readonly type: string };

/** Reads the whole body; the connection survives a refusal, so that the client sees why. */
export async function readBody(req: Request): Promise<Result<RawBody, HttpRefusal>> {
  const tooLarge = () => refusal('body.tooLarge', `The body may have at most ${MOST_BYTES} bytes.`);
  if (Number(req.headers['content-length'] ?? 0) > MOST_BYTES) return fail(tooLarge());
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return fail(refusal('body.wrongType', 'A compressed body is not taken.'));
  }
  const bytes = await within(SLOWEST_MS, collected(req));
  if (bytes === 'late') return fail(refusal('body.tooSlow', 'The body did not come.', {}, { connection: 'close' }));
  return bytes ? ok({ bytes, type: req.headers['content-type'] ?? '' }) : fail(tooLarge());
}

/** Null when there is too much of it. */
async function collected(req: Request): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The media type in lower case, or null when its charset is not UTF-8. */
export function mediaType(header: string): string | null {
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  return charset === undefined || ['utf-8', 'utf8', 'us-ascii'].includes(charset) ? type : null;
}

/** Of two equal keys the last one counts (RFC 8259 4 leaves it open). */
export function parseJson({ bytes, type }: RawBody, accepts: readonly string[]): Result<unknown, HttpRefusal> {
  const media = mediaType(type);
  if (media === null || !accepts.includes(media)) {
    return fail(refusal('body.wrongType', `The body must be ${accepts.join(' or ')} in UTF-8.`));
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return fail(refusal('body.notJson', 'The body is not JSON in UTF-8.'));
  }
  const fault = faultIn(value);
  return fault ? fail(fault) : ok(value);
}

const badText = () => refusal('body.badText', 'The body holds half of a surrogate pair, which is no character.');

function faultIn(root: unknown): HttpRefusal | null {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) return badText();
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MOST_DEPTH) return refusal('body.tooDeep', `The body is nested deeper than ${MOST_DEPTH} levels.`);
    for (const [key, inner] of Object.entries(value)) {
      if (key.startsWith('$') || FORBIDDEN_KEYS.has(key)) {
        return refusal(
          'body.forbiddenKey',
          'Keys that begin with $ and __proto__, constructor, prototype are not taken.',
        );
      }
      if (/\p{Surrogate}/u.test(key)) return badText();
      open.push({ value: inner, depth: depth + 1 });
    }
  }
  return null;
}
