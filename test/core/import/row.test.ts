import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Header } from '../../../src/core/import/header.ts';
import { readRow } from '../../../src/core/import/row.ts';

const header: Header = { columns: ['name', 'email', 'city'], email: 1 };
const read = (...values: string[]) => readRow(header, values, () => null);

describe('a record', () => {
  test('becomes a recipient with the other columns as fields', () => {
    expect(read('Ann', 'Ann@Example.com', 'Tartu')).toEqual({
      ok: true,
      value: {
        address: 'Ann@example.com',
        domain: 'example.com',
        key: 'ann@example.com',
        fields: { name: 'Ann', city: 'Tartu' },
      },
    });
  });

  test.each(['=HYPERLINK("http://e")', '+1', '@SUM', '\tx', '<script>', '{{x}}', ' a\u2028b ', 'a\u000cb'])(
    'C33, C40, C29: keeps the cell %j as it is',
    (cell) => {
      expect(read(cell, 'ann@example.com', '')).toMatchObject({ value: { fields: { name: cell, city: '' } } });
    },
  );

  test.each([
    ['C16: too few cells', ['Ann', 'ann@example.com'], 'csv.columns', 'Ann,ann@example.com'],
    ['C16: too many', ['Ann', 'ann@example.com', 'x', ''], 'csv.columns', 'Ann,ann@example.com,x,'],
    ['C28: NUL', ['A\0nn', 'ann@example.com', ''], 'csv.control', 'A\0nn'],
    ['a bad address', ['Ann', 'ann@localhost', ''], 'addr.no_dot', 'ann@localhost'],
    ['no address', ['Ann', '', ''], 'addr.empty', ''],
    ['a cell that is too long', ['x'.repeat(10_001), 'a@b.ee', ''], 'csv.cell_too_long', `${'x'.repeat(200)}…`],
  ])('is rejected for %s', (_why, values, code, value) => {
    expect(read(...values)).toEqual({ ok: false, error: { code, value } });
  });

  test('takes a cell of ten thousand characters', () => {
    expect(read('x'.repeat(10_000), 'a@b.ee', '').ok).toBe(true);
  });

  test('never makes it throw, nor the report long', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), (values) => {
        const row = read(...values);
        if (!row.ok) expect(row.error.value.length).toBeLessThanOrEqual(201);
      }),
    );
  });
});
