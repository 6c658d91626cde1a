import { type Address, parseAddress, type ToAscii } from '../recipients/address.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Header } from './header.ts';

/** One record of a recipient list. */
export type Row = Address & { readonly fields: Readonly<Record<string, string>> };

/** Why it is no recipient, and the words at fault, cut to what a report can show. */
export type RowFault = { readonly code: string; readonly value: string };

/** Characters. */
const LONGEST_CELL = 10_000;
const SHOWN = 200;

export const shown = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/** Faults: csv.columns, csv.control (NUL), csv.cell_too_long, addr.*. */
export function readRow(header: Header, values: readonly string[], toAscii: ToAscii): Result<Row, RowFault> {
  const { columns, email } = header;
  if (values.length !== columns.length) return refuse('csv.columns', values.join(','));
  for (const value of values) {
    if (value.length > LONGEST_CELL) return refuse('csv.cell_too_long', value);
    if (value.includes('\0')) return refuse('csv.control', value);
  }
  const cell = values[email] as string;
  const parsed = parseAddress(cell, toAscii);
  if (!parsed.ok) return refuse(parsed.error.code, cell);
  const fields: Record<string, string> = {};
  for (let at = 0; at < columns.length; at++) {
    if (at !== email) fields[columns[at] as string] = values[at] as string;
  }
  return ok({ ...parsed.value, fields });
}

const refuse = (code: string, value: string) => fail<RowFault>({ code, value: shown(value) });
