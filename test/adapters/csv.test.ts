import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../src/adapters/csv.ts';
import { type CsvEvent, CsvFault } from '../../src/app/import/ports.ts';

const LIMIT = 256 * 1024;

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function eventsOf(content: string | Uint8Array, pieceSize = 1 << 20): Promise<CsvEvent[]> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const events: CsvEvent[] = [];
  for await (const event of readCsv(pieces(bytes, pieceSize))) events.push(event);
  return events;
}

/** One line each: `1 header a|b`, `2 record c|d`, `3 bad csv.quote x`, `4 blank`. */
async function told(content: string | Uint8Array): Promise<string[]> {
  const words = (event: CsvEvent) =>
    event.kind === 'header'
      ? event.columns.join('|')
      : event.kind === 'record'
        ? event.values.join('|')
        : event.kind === 'bad'
          ? `${event.code} ${event.value}`
          : '';
  return (await eventsOf(content)).map((event) => `${event.line} ${event.kind} ${words(event)}`.trim());
}

async function faultOf(content: string | Uint8Array) {
  const fault = await eventsOf(content).then(
    () => null,
    (error: unknown) => error,
  );
  if (!(fault instanceof CsvFault)) throw new Error(`no fault but ${fault}`);
  return fault.fault;
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('reading a CSV', () => {
  const plain = ['1 header email|name', '2 record ann@b.ee|Ann', '3 record bo@b.ee|Bo'];

  test.each([
    ['C1: with a byte order mark', '\ufeffemail,name\nann@b.ee,Ann\nbo@b.ee,Bo\n'],
    ['C2: UTF-16LE', Buffer.from('\ufeffemail,name\nann@b.ee,Ann\nbo@b.ee,Bo\n', 'utf16le')],
    ['C3: UTF-16BE', utf16be('\ufeffemail,name\nann@b.ee,Ann\nbo@b.ee,Bo\n')],
    ['C7: semicolons', 'email;name\nann@b.ee;Ann\nbo@b.ee;Bo'],
    ['C7: tabs', 'email\tname\nann@b.ee\tAnn\nbo@b.ee\tBo'],
    ['C7: bars', 'email|name\nann@b.ee|Ann\nbo@b.ee|Bo'],
    ['C9: CR only', 'email,name\rann@b.ee,Ann\rbo@b.ee,Bo\r'],
    ['C10: mixed line ends', 'email,name\r\nann@b.ee,Ann\rbo@b.ee,Bo\n'],
    ['C11: no line end at the end', 'email,name\nann@b.ee,Ann\nbo@b.ee,Bo'],
    ['quoted cells', '"email","name"\n"ann@b.ee","Ann"\n"bo@b.ee","Bo"'],
  ])('%s', async (_name, content) => {
    expect(await told(content)).toEqual(plain);
  });

  test('C8: a sep line is honoured and counted, whatever the header suggests', async () => {
    expect(await told('sep=;\r\nemail;a,b,c\r\nann@b.ee;x')).toEqual(['2 header email|a,b,c', '3 record ann@b.ee|x']);
    expect(await told('"sep=~"\nemail~name')).toEqual(['2 header email|name']);
  });

  test('C12: a record is found on the line where it begins', async () => {
    expect(await told('email,name\n"ann@b.ee","A\r\nn\nn"\nbo@b.ee,Bo')).toEqual([
      '1 header email|name',
      '2 record ann@b.ee|A\r\nn\nn',
      '5 record bo@b.ee|Bo',
    ]);
  });

  test('C17: empty lines and lines of commas are blank, before the header too', async () => {
    expect(await told('\n\nemail,name\n\n , \r\n"",""\nann@b.ee,Ann\n')).toEqual([
      '1 blank',
      '2 blank',
      '3 header email|name',
      '4 blank',
      '5 blank',
      '6 blank',
      '7 record ann@b.ee|Ann',
    ]);
  });

  test('C16: records of any width are passed on', async () => {
    expect(await told('email,name\na\na,b,c')).toEqual(['1 header email|name', '2 record a', '3 record a|b|c']);
  });

  test('C29: form feed, vertical tab and U+2028 do not end a line', async () => {
    expect(await told('email\na\u2028b\fc\vd')).toEqual(['1 header email', '2 record a\u2028b\fc\vd']);
  });

  test('C18: an empty file and a lone byte order mark hold nothing', async () => {
    expect(await told('')).toEqual([]);
    expect(await told('\ufeff')).toEqual([]);
  });

  test('C35: ten thousand quotes are five thousand', async () => {
    const [, record] = await eventsOf(`email\n"${'"'.repeat(10_000)}"`);
    expect(record).toMatchObject({ values: ['"'.repeat(5_000)] });
  });
});

describe('a stray quote costs its line alone', () => {
  test.each([
    ['C15: within a cell', 'An"n,x'],
    ['behind a quoted cell', '"An"n,x'],
    ['behind a space', 'x, "An"'],
    ['a space behind the closing quote', '"An" ,x'],
    ['one that would open a cell on the next lines', 'An"n,"x'],
  ])('%s', async (_name, row) => {
    expect(await told(`a,b\n1,1\n${row}\n2,2\n"3","3"\n`)).toEqual([
      '1 header a|b',
      '2 record 1|1',
      `3 bad csv.quote ${row}`,
      '4 record 2|2',
      '5 record 3|3',
    ]);
  });

  test('from the line on which its record begins', async () => {
    expect(await told('a,b\n"1\n1",x"y\n2,2')).toEqual(['1 header a|b', '2 bad csv.quote "1\n1",x"y', '4 record 2|2']);
  });
});

describe('a CSV is refused', () => {
  const filler = 'ann@b.ee,Ann\n'.repeat(30_000);

  test.each([
    ['C13: unclosed quote in row 1', 'email,name\nx,"Ann\nbo@b.ee,Bo\n', 'csv.quote_not_closed', 2],
    ['C13: with 2,000 quoted rows behind', `a,b\nx,"A\n${'"y","z"\n'.repeat(2_000)}`, 'csv.quote_not_closed', 2],
    ['C13: with 30,000 plain rows behind', `a,b\nx,"A\n${filler}`, 'csv.quote_not_closed', 2],
    ['C14: unclosed quote in the last row', `a,b\n${filler}x,"A`, 'csv.quote_not_closed', 30_002],
    ['C26: a cell of 2 MB', `a,b\n1,1\nx,${'y'.repeat(2 << 20)}\n2,2`, 'csv.record_too_long', 3],
    ['C26: quoted', `a,b\n1,1\nx,"${'y'.repeat(2 << 20)}"\n2,2`, 'csv.record_too_long', 3],
    ['C27: a header without end', 'x'.repeat(2 << 20), 'csv.record_too_long', 1],
    ['C25: 300,000 columns', 'c,'.repeat(300_000), 'csv.too_many_columns', 1],
    ['C5: Windows-1252', Buffer.from('email,name\na,b\nx,Ren\xe9\n', 'latin1'), 'csv.encoding', 3],
    ['C6: far behind', Buffer.from(`a,b\r\n${filler}x,\xff`, 'latin1'), 'csv.encoding', 30_002],
    ['C4: UTF-16 without mark', Buffer.from('email,name\na,b\n', 'utf16le'), 'csv.encoding', 1],
    ['half a UTF-16 character', Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x62]), 'csv.encoding', null],
    ['C36: gzip', gzipSync('email\na@b.ee'), 'csv.not_text', 1],
    ['C38: xlsx', Buffer.from('PK\x03\x04abc'), 'csv.not_text', 1],
    ['C38: PDF', '%PDF-1.7\n', 'csv.not_text', 1],
    ['binary', Buffer.from(Array.from({ length: 900 }, (_, at) => at % 7 && at % 256)), 'csv.not_text', 1],
    ['a stray quote in the header', 'em"ail,name\na,b', 'csv.header', 1],
  ])('%s', async (_name, content, code, line) => {
    expect(await faultOf(content)).toMatchObject({ code, line });
  });

  test('but NUL in one cell spoils nothing else', async () => {
    expect(await told('email,name\na\0b,c\nd,e')).toEqual(['1 header email|name', '2 record a\0b|c', '3 record d|e']);
  });

  test('for a record one byte over the limit, not at it', async () => {
    expect(await eventsOf(`a\n${'x'.repeat(LIMIT)}\n`)).toHaveLength(2);
    expect(await faultOf(`a\n${'x'.repeat(LIMIT + 1)}\n`)).toMatchObject({ code: 'csv.record_too_long', line: 2 });
  });
});

describe('whatever the file', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', 'é', '😀', ',', ';', '"', '\n', '\r', '\r\n', ' ', '\t'),
    maxLength: 6,
  });
  const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

  test('records that were written come back on their lines, however the bytes arrive', async () => {
    const record = fc.record({ cells: fc.array(cell, { minLength: 2, maxLength: 3 }), end: lineEnd });
    const encoding = fc.constantFrom<BufferEncoding>('utf8', 'utf16le');
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 20 }),
        encoding,
        fc.integer({ min: 1, max: 9 }),
        async (rows, as, size) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const text = rows.map(({ cells, end }) => cells.map(quoted).join(',') + end).join('');
          const bytes = Buffer.from(`\ufeffh1,h2\n${text}`, as);
          let line = 2;
          const expected = rows.map(({ cells, end }) => {
            const event = cells.every((value) => value.trim() === '')
              ? { kind: 'blank', line }
              : { kind: 'record', values: cells, line };
            line += (cells.map(quoted).join(',') + end).match(/\r\n|\r|\n/g)?.length ?? 0;
            return event;
          });
          expect((await eventsOf(bytes, size)).slice(1)).toEqual(expected);
        },
      ),
    );
  });

  test('every line of it is told of, or the whole is refused', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ',', '"', '\n', '\r', ' '), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, async (body) => {
        const content = `h1,h2\n${body}`;
        const events = await eventsOf(content).catch((error: unknown) => {
          if (error instanceof CsvFault) return null;
          throw error;
        });
        if (!events) return;
        const lines = events.map((event) => event.line);
        expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
        const physical = content.split(/\r\n|\r|\n/);
        if (physical.at(-1) === '') physical.pop();
        // A line that begins no record is the inside of a quoted cell, so a quote stands on some line before it.
        for (const [at] of physical.entries()) {
          if (!lines.includes(at + 1)) expect(physical.slice(0, at).join('')).toContain('"');
        }
        if (!body.includes('"')) expect(lines).toHaveLength(physical.length);
      }),
      { numRuns: 1_000 },
    );
  });

  test('no more is read ahead than a few blocks', async () => {
    let read = 0;
    const block = Buffer.from('ann@b.ee,Ann\n'.repeat(5_000));
    async function* endless() {
      yield Buffer.from('email,name\n');
      for (;;) {
        read += block.length;
        yield block;
      }
    }
    let seen = 0;
    for await (const _ of readCsv(endless())) if (++seen === 50_000) break;
    expect(read).toBeLessThan(50_000 * 13 + 3 * block.length);
  });
});
