import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { type CsvEvent, CsvFault, type ReadCsv } from '../app/import/ports.ts';
import { countLineEnds, type Frames, frame, LONGEST_RECORD, type Span } from '../core/import/frame.ts';
import { OPENING_BYTES, openingOf, sepLine, sniff } from '../core/import/text.ts';

/**
 * Reads a CSV of any length with flat memory, and only as fast as its reader asks. `core/import/frame.ts` finds the records
 * and their lines and takes the broken ones out; csv-parse, which can't say where it stumbled or go on behind it, turns
 * the sound ones into cells, a block at a time.
 */

/** Bytes. Blocks this size make csv-parse's start-up cost vanish and small enough pieces of memory. */
const BLOCK = 64 * 1024;
const MOST_COLUMNS_SNIFFED = 1_000;
const SHOWN = 10_000;
const EMPTY = Buffer.alloc(0);

export const readCsv: ReadCsv = async function* readCsv(body) {
  let line = 1;
  let offset = 0;
  let delimiter: number | null = null;
  let hasHeader = false;
  let rest: Buffer = EMPTY;

  for await (const { bytes, isLast } of blocks(body)) {
    let block = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    if (delimiter === null) {
      const sep = line === 1 ? sepLine(block) : null;
      if (sep) {
        block = block.subarray(sep.length);
        offset += sep.length;
        line += 1;
      }
      const sniffed = sep ?? sniff(block, isLast);
      if (sniffed && 'count' in sniffed && sniffed.count > MOST_COLUMNS_SNIFFED) {
        throw new CsvFault({ code: 'csv.too_many_columns', detail: 'The header has more than 1,000 columns.', line });
      }
      delimiter = sniffed?.delimiter ?? null;
    }
    if (delimiter === null) {
      rest = block;
      continue;
    }
    const frames = frame(block, delimiter, line, isLast);
    checkEncoding(block.subarray(0, frames.end), line, offset);
    for (const event of eventsOf(block, frames, delimiter)) {
      if (hasHeader || event.kind === 'blank') yield event;
      else {
        yield asHeader(event);
        hasHeader = true;
      }
    }
    if (frames.fault) throw faultOf(frames.fault);
    rest = block.subarray(frames.end);
    offset += frames.end;
    line = frames.nextLine;
  }
};

/** The bytes as UTF-8 without byte order mark, in blocks; the last one is marked and may be empty. */
async function* blocks(body: AsyncIterable<Uint8Array>): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let recode: ((chunk: Uint8Array | null) => Uint8Array) | null = null;
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (chunk.length === 0) continue;
    const bytes: Uint8Array = recode ? recode(chunk) : chunk;
    held.push(bytes);
    size += bytes.length;
    if (recode === null && size >= OPENING_BYTES) {
      const opening = recoder(Buffer.concat(held));
      recode = opening.recode;
      held = [opening.first];
      size = opening.first.length;
    }
    if (recode === null || size < BLOCK) continue;
    yield { bytes: Buffer.concat(held), isLast: false };
    held = [];
    size = 0;
  }
  if (recode === null) {
    const opening = recoder(Buffer.concat(held));
    recode = opening.recode;
    held = [opening.first];
  }
  yield { bytes: Buffer.concat([...held, recode(null)]), isLast: true };
}

function recoder(start: Uint8Array) {
  const opening = openingOf(start);
  if ('fault' in opening) throw new CsvFault({ code: opening.fault, detail: opening.detail, line: 1 });
  const first = start.subarray(opening.bom);
  if (opening.encoding === 'utf-8') return { first, recode: (chunk: Uint8Array | null) => chunk ?? EMPTY };
  const decoder = new TextDecoder(opening.encoding, { fatal: true });
  let read = opening.bom;
  const recode = (chunk: Uint8Array | null): Uint8Array => {
    try {
      const text = chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
      read += chunk?.length ?? 0;
      return Buffer.from(text);
    } catch {
      throw new CsvFault({
        code: 'csv.encoding',
        detail: `The file is not valid ${opening.encoding.toUpperCase()} behind byte ${read}.`,
        line: null,
      });
    }
  };
  return { first: recode(first), recode };
}

/** Whole records only, so that no character is cut in two. */
function checkEncoding(bytes: Uint8Array, firstLine: number, offset: number): void {
  if (isUtf8(bytes)) return;
  let from = 0;
  for (let at = 0; at <= bytes.length; at++) {
    if (at < bytes.length && bytes[at] !== 10 && bytes[at] !== 13) continue;
    if (!isUtf8(bytes.subarray(from, at))) break;
    from = at + 1;
  }
  throw new CsvFault({
    code: 'csv.encoding',
    detail: `The file is not valid UTF-8: the line that begins at byte ${offset + from}. Save it as UTF-8.`,
    line: firstLine + countLineEnds(bytes, 0, from),
  });
}

function* eventsOf(block: Buffer, frames: Frames, delimiter: number): Generator<CsvEvent> {
  const records = cellsOf(block, frames, delimiter);
  let apartAt = 0;
  for (let at = 0; at <= records.length; at++) {
    const line = frames.lines[at] ?? Number.POSITIVE_INFINITY;
    for (let next = frames.apart[apartAt]; next && next.line < line; next = frames.apart[++apartAt]) {
      yield apartEvent(block, next);
    }
    const values = records[at];
    if (values) yield isBlank(values) ? { kind: 'blank', line } : { kind: 'record', values, line };
  }
}

function apartEvent(block: Buffer, { line, from, to }: Span): CsvEvent {
  if (from === to) return { kind: 'blank', line };
  return { kind: 'bad', code: 'csv.quote', line, value: block.toString('utf8', from, Math.min(to, from + SHOWN)) };
}

function cellsOf(block: Buffer, { sound, lines }: Frames, delimiter: number): string[][] {
  if (lines.length === 0) return [];
  const stretches = sound.map(({ from, to }) => block.subarray(from, to));
  const [only, another] = stretches;
  const records = parse(only && !another ? only : Buffer.concat(stretches), {
    delimiter: String.fromCharCode(delimiter),
    // csv-parse compares every byte with each of these.
    record_delimiter: block.includes('\r') ? ['\r\n', '\n', '\r'] : ['\n'],
    relax_column_count: true,
  });
  if (records.length !== lines.length) throw new Error(`${lines.length} records were framed, ${records.length} read`);
  return records;
}

const isBlank = (values: readonly string[]) => values.every((value) => value.trim() === '');

function asHeader(event: CsvEvent): CsvEvent {
  if (event.kind === 'record') return { kind: 'header', columns: event.values, line: event.line };
  throw new CsvFault({
    code: 'csv.header',
    detail: 'A quote stands where none may be in the header.',
    line: event.line,
  });
}

function faultOf({ code, line }: NonNullable<Frames['fault']>): CsvFault {
  const limit = `${LONGEST_RECORD / 1024} kB`;
  const detail =
    code === 'csv.quote_not_closed'
      ? `The quote opened on line ${line} is not closed, or not within ${limit}.`
      : `The record on line ${line} is longer than ${limit}.`;
  return new CsvFault({ code, detail, line });
}
