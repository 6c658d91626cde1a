import { z } from 'zod';
import type { Page } from '../app/ports.ts';
import type { HttpAnswer } from './answer.ts';
import type { Call } from './endpoint.ts';
import { Cursor, countUpTo } from './schemas/fields.ts';

/** Pages by cursor. A cursor is opaque; it names the list that it belongs to. */

const DEFAULT_LIMIT = 50;
const MOST_ITEMS = 500;

/** `inner` is what a store calls a cursor. */
const wrap = (kind: string, inner: string) => Buffer.from(`${kind}\n${inner}`).toString('base64url');

function unwrap(kind: string, cursor: string): string | null {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  return text.startsWith(`${kind}\n`) ? text.slice(kind.length + 1) : null;
}

/** `inner` says what the store's own cursors look like. */
export const pageQuery = (kind: string, inner: RegExp) => ({
  limit: countUpTo(MOST_ITEMS, `Most items of a page; default ${DEFAULT_LIMIT}.`).default(DEFAULT_LIMIT),
  cursor: Cursor.optional()
    .transform((cursor, context) => {
      if (cursor === undefined) return null;
      const found = unwrap(kind, cursor);
      if (found !== null && inner.test(found)) return found;
      context.addIssue({ code: 'custom', message: 'Not a cursor of this list.' });
      return z.NEVER;
    })
    .meta({ description: '`nextCursor` of the page before.' }),
});

export function pageAnswer<T>(call: Call, kind: string, page: Page<T>, view: (item: T) => unknown): HttpAnswer {
  const nextCursor = page.nextCursor === null ? null : wrap(kind, page.nextCursor);
  const body = { items: page.items.map(view), nextCursor };
  if (nextCursor === null) return { status: 200, body };
  const [path = '', search = ''] = call.req.originalUrl.split('?');
  const next = new URLSearchParams(search);
  next.set('cursor', nextCursor);
  return { status: 200, body, headers: { link: `<${path}?${next}>; rel="next"` } };
}
