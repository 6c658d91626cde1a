import type { ImportStore, Reject } from '../app/import/ports.ts';

const PAGE = 500;

/** Quoted always, and never a formula: a cell that begins with = + - @ or a tab gets an apostrophe (OWASP, CSV injection). */
const safeCell = (value: string): string =>
  `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

const row = ({ line, kind, code, value }: Reject) => `${line},${kind},${code},${safeCell(value)}\r\n`;

/** All rejects of an import as CSV (RFC 4180), a page at a time. */
export async function* rejectsCsv(imports: ImportStore, importId: string): AsyncGenerator<string> {
  yield 'line,kind,code,value\r\n';
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<ImportStore['rejects']>> = await imports.rejects(importId, { limit: PAGE, cursor });
    yield page.items.map(row).join('');
    cursor = page.nextCursor;
  } while (cursor !== null);
}
