/**
 * Finds where the records of a CSV begin and end, RFC 4180 taken strictly, so that one bad quote costs one line and
 * every physical line is accounted for. It looks at bytes: in UTF-8 no part of another character looks like these.
 */

export type Span = { readonly line: number; readonly from: number; readonly to: number };
export type FrameFault = { readonly code: 'csv.quote_not_closed' | 'csv.record_too_long'; readonly line: number };

export type Frames = {
  /** Line on which each sound record begins, counted from 1. */
  readonly lines: readonly number[];
  /** Stretches of sound records, line ends included. None holds an empty line, so they can be put together. */
  readonly sound: readonly { readonly from: number; readonly to: number }[];
  /** In order: empty lines, and records with a quote where none may be, which end with the line of that quote. */
  readonly apart: readonly Span[];
  /** Bytes used up; the rest begins a record that is not whole yet. */
  readonly end: number;
  readonly nextLine: number;
  readonly fault: FrameFault | null;
};

/** Bytes of one record. */
export const LONGEST_RECORD = 256 * 1024;

const LF = 10;
const CR = 13;
const QUOTE = 34;

const lineEnd = (byte: number | undefined) => byte === LF || byte === CR;

/**
 * `isLast`: nothing follows these bytes. A stray quote spoils its record up to the end of the line. When the quoted cell
 * before it had already run over a line end, the quote was most likely never closed: that is a fault, because nobody can
 * tell how many records it swallowed.
 */
export function frame(bytes: Uint8Array, delimiter: number, firstLine: number, isLast: boolean): Frames {
  const lines: number[] = [];
  const sound: { from: number; to: number }[] = [];
  const apart: Span[] = [];
  const length = bytes.length;
  let line = firstLine; // where the record under way begins
  let here = firstLine;
  let start = 0;
  let soundFrom = 0;
  let isBad = false;
  let fault: FrameFault | null = null;
  let pos = 0;

  const endRecord = (to: number, next: number) => {
    if (to - start > LONGEST_RECORD) fault = { code: 'csv.record_too_long', line };
    if (isBad || to === start) {
      apart.push({ line, from: start, to });
      if (soundFrom < start) sound.push({ from: soundFrom, to: start });
      soundFrom = next;
    } else lines.push(line);
    isBad = false;
    start = next;
  };

  while (pos < length && fault === null) {
    const byte = bytes[pos] as number;
    if (byte > QUOTE) {
      pos += 1;
    } else if (byte === LF || byte === CR) {
      if (byte === CR && pos + 1 === length && !isLast) break; // its LF may be on the way
      const next = byte === CR && bytes[pos + 1] === LF ? pos + 2 : pos + 1;
      endRecord(pos, next);
      pos = next;
      here += 1;
      line = here;
    } else if (byte === QUOTE && !isBad) {
      if (pos !== start && bytes[pos - 1] !== delimiter) {
        isBad = true;
        continue;
      }
      const close = closingQuote(bytes, pos + 1);
      if (close < 0) {
        const isLost = isLast || (length - start > LONGEST_RECORD && countLineEnds(bytes, pos + 1, length) > 0);
        if (isLost) fault = { code: 'csv.quote_not_closed', line: here };
        break;
      }
      const passed = countLineEnds(bytes, pos + 1, close);
      const next = bytes[close + 1];
      if (next !== undefined && next !== delimiter && !lineEnd(next)) {
        if (passed > 0) fault = { code: 'csv.quote_not_closed', line: here };
        isBad = true;
      }
      here += passed;
      pos = close + 1;
    } else {
      pos += 1;
    }
  }

  if (fault === null && isLast && start < length) endRecord(length, length);
  if (fault === null && length - start > LONGEST_RECORD) fault = { code: 'csv.record_too_long', line };
  if (soundFrom < start) sound.push({ from: soundFrom, to: start });
  return { lines, sound, apart, end: start, nextLine: line, fault };
}

/** The first quote that is not doubled; -1 when there is none. */
function closingQuote(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from); at >= 0; at = bytes.indexOf(QUOTE, at + 2)) {
    if (bytes[at + 1] !== QUOTE) return at;
  }
  return -1;
}

/** CRLF, LF and CR each end one line. */
export function countLineEnds(bytes: Uint8Array, from: number, to: number): number {
  let ends = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte === LF || (byte === CR && !(bytes[at + 1] === LF && at + 1 < to))) ends += 1;
  }
  return ends;
}
