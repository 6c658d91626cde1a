import { fail, ok, type Result } from '../result.ts';

/** The header of a recipient list: which column holds the address, and what the others are called in a template. */

export type Header = {
  /** Merge-field names in the order of the cells; the address column is always `email`. */
  readonly columns: readonly string[];
  /** Index of the address column. */
  readonly email: number;
};

export type HeaderFault = { readonly code: string; readonly detail: string };

const MOST_COLUMNS = 100;
const LONGEST_NAME = 100;
const SHOWN = 10;

/** Names of the address column, the surest first, without case, spaces, dashes and underscores. */
const EMAIL_NAMES = ['email', 'emailaddress', 'mail', 'mailaddress'];

/** Words that LiquidJS reads as values or operators, so that no column can be reached by them. */
const LIQUID_WORDS = ['true', 'false', 'nil', 'null', 'empty', 'blank', 'and', 'or', 'not', 'contains'];

/** Faults: csv.empty, .too_many_columns, .no_email_column, .duplicate_header, .header, .header_chars, .header_reserved. */
export function readHeader(cells: readonly string[]): Result<Header, HeaderFault> {
  if (cells.length === 0) return refuse('csv.empty', 'The file holds no header.');
  if (cells.length > MOST_COLUMNS) {
    return refuse('csv.too_many_columns', `The header has ${cells.length} columns; ${MOST_COLUMNS} are allowed.`);
  }
  const columns = cells.map(nameOf);
  for (const [index, name] of columns.entries()) {
    const fault = faultOf(name, index);
    if (fault) return fail(fault);
  }
  const email = emailColumn(columns);
  if (!email.ok) return email;
  columns[email.value] = 'email';
  const twice = firstTwice(columns.map((name) => name.toLowerCase()));
  if (twice) return refuse('csv.duplicate_header', `More than one column is called ${quoted(twice)}.`);
  return ok({ columns, email: email.value });
}

const refuse = (code: string, detail: string) => fail<HeaderFault>({ code, detail });
const quoted = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
const folded = (name: string) => name.toLowerCase().replaceAll('_', '');

function nameOf(cell: string): string {
  return cell
    .normalize('NFC')
    .trim()
    .replace(/[\s\-\u2010-\u2015]+/g, '_');
}

function faultOf(name: string, index: number): HeaderFault | null {
  const column = `Column ${index + 1}`;
  if (name === '') return { code: 'csv.header', detail: `${column} has no name.` };
  if (name === 'prototype' || Object.hasOwn(Object.prototype, name) || LIQUID_WORDS.includes(name)) {
    return { code: 'csv.header_reserved', detail: `${column} can not be called ${quoted(name)}.` };
  }
  if (/^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(name) && name.length <= LONGEST_NAME) return null;
  const rule = `at most ${LONGEST_NAME} letters, digits and underscores, not beginning with a digit`;
  return { code: 'csv.header_chars', detail: `${column} is called ${quoted(name)}; allowed are ${rule}.` };
}

function emailColumn(columns: readonly string[]): Result<number, HeaderFault> {
  const names = columns.map(folded);
  for (const wanted of EMAIL_NAMES) {
    const first = names.indexOf(wanted);
    if (first < 0) continue;
    if (first === names.lastIndexOf(wanted)) return ok(first);
    return refuse('csv.duplicate_header', `More than one column is called ${quoted(wanted)}.`);
  }
  const seen = columns.slice(0, SHOWN).map(quoted).join(', ');
  const more = columns.length > SHOWN ? ` and ${columns.length - SHOWN} more` : '';
  return refuse('csv.no_email_column', `No column is called "email". Columns seen: ${seen}${more}.`);
}

function firstTwice(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
