import { describe, expect, test } from 'vitest';
import { readHeader } from '../../../src/core/import/header.ts';

const columnsOf = (cells: string[]) => {
  const header = readHeader(cells);
  return header.ok ? header.value.columns : header.error;
};
const codeOf = (cells: string[]) => {
  const header = readHeader(cells);
  return header.ok ? 'ok' : header.error.code;
};

describe('a header', () => {
  test.each(['email', 'Email', 'E-MAIL', ' email ', '\ufeffe_mail', 'E-mail address', 'Mail', 'EmailAddress'])(
    'finds the addresses under %j',
    (name) => {
      expect(readHeader(['name', name])).toEqual({ ok: true, value: { columns: ['name', 'email'], email: 1 } });
    },
  );

  test('prefers the surest name, and the other stays a merge field', () => {
    expect(readHeader(['mail', 'email'])).toEqual({ ok: true, value: { columns: ['mail', 'email'], email: 1 } });
  });

  test.each([
    ['first name', 'first_name'],
    ['First-Name', 'First_Name'],
    ['first\nname', 'first_name'],
    [' city ', 'city'],
    ['Prénom', 'Prénom'],
    ['Pre\u0301nom', 'Prénom'],
    ['_x9', '_x9'],
  ])('calls the column %j %s', (cell, name) => {
    expect(columnsOf(['email', cell])).toEqual(['email', name]);
  });

  test.each([
    ['nothing at all', [], 'csv.empty'],
    ['C19: no address column', ['name', 'city'], 'csv.no_email_column'],
    ['C21: the address column twice', ['email', 'name', 'Email'], 'csv.duplicate_header'],
    ['two spellings of the address column', ['e-mail', 'email'], 'csv.duplicate_header'],
    ['two columns that differ in case', ['email', 'name', 'Name'], 'csv.duplicate_header'],
    ['two columns that normalise alike', ['email', 'first name', 'first-name'], 'csv.duplicate_header'],
    ['C22: an empty name', ['email', ' ', 'name'], 'csv.header'],
    ['C42: a trailing comma', ['email', 'name', ''], 'csv.header'],
    ['C23', ['email', '__proto__'], 'csv.header_reserved'],
    ['C23', ['email', 'constructor'], 'csv.header_reserved'],
    ['C23', ['email', 'prototype'], 'csv.header_reserved'],
    ['C23', ['email', 'toString'], 'csv.header_reserved'],
    ['a word of Liquid', ['email', 'blank'], 'csv.header_reserved'],
    ['C24', ['email', '$where'], 'csv.header_chars'],
    ['C24', ['email', 'a.b'], 'csv.header_chars'],
    ['C24', ['email', 'a\0b'], 'csv.header_chars'],
    ['a digit in front', ['email', '1st'], 'csv.header_chars'],
    ['a very long name', ['email', 'x'.repeat(101)], 'csv.header_chars'],
    ['C25', ['email', ...Array.from({ length: 300_000 }, (_, i) => `c${i}`)], 'csv.too_many_columns'],
  ])('is refused with %s', (_why, cells, code) => {
    expect(codeOf(cells)).toBe(code);
  });

  test('takes a hundred columns', () => {
    expect(codeOf(['email', ...Array.from({ length: 99 }, (_, i) => `c${i}`)])).toBe('ok');
  });

  test('that has no address column is told which columns were seen', () => {
    expect(columnsOf(['name', 'city'])).toMatchObject({ detail: expect.stringContaining('"name", "city"') });
  });
});
