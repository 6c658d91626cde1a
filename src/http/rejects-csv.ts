import type { ImportStore, Reject } from '../app/import/ports.ts';

/** Rows written at once. */
const CHUNK = 500;

/** Quoted always, and never a formula: a cell that begins with = + - @ or a tab gets an apostrophe (OWASP, CSV injection). */
const safeCell = (value: string): string =>
  `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

const row = ({ line, kind, code, value, record }: Reject) =>
  `${line},${kind},${code},${safeCell(value)},${safeCell(record)}\r\n`;

export const REJECTS_HEADER = 'line,kind,code,value,record';

/** All rejects of an import as CSV (RFC 4180), as they come from the database. */
export async function* rejectsCsv(imports: Pick<ImportStore, 'allRejects'>, importId: string): AsyncGenerator<string> {
  let chunk = `${REJECTS_HEADER}\r\n`;
  let rows = 0;
  for await (const reject of imports.allRejects(importId)) {
    chunk += row(reject);
    rows += 1;
    if (rows % CHUNK !== 0) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}
