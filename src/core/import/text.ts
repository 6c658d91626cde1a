import { LONGEST_RECORD } from './frame.ts';

/** What the first bytes of an upload tell: the encoding, the delimiter, or that it is no text at all. */

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';
export type FileOpening =
  | { readonly encoding: Encoding; readonly bom: number }
  | { readonly fault: 'csv.not_text' | 'csv.encoding'; readonly detail: string };

/** Bytes that `openingOf` wants to see, unless the file is shorter. */
export const OPENING_BYTES = 1_024;

const MAGIC: readonly { readonly name: string; readonly bytes: readonly number[] }[] = [
  { name: 'a gzip file', bytes: [0x1f, 0x8b] },
  { name: 'a zip file or an Excel workbook (xlsx)', bytes: [0x50, 0x4b, 0x03, 0x04] },
  { name: 'an empty zip file', bytes: [0x50, 0x4b, 0x05, 0x06] },
  { name: 'an old Excel workbook (xls)', bytes: [0xd0, 0xcf, 0x11, 0xe0] },
  { name: 'a PDF', bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { name: 'a Zstandard file', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'a bzip2 file', bytes: [0x42, 0x5a, 0x68, 0x39] },
  { name: 'an xz file', bytes: [0xfd, 0x37, 0x7a, 0x58] },
  { name: 'a 7-Zip file', bytes: [0x37, 0x7a, 0xbc, 0xaf] },
  { name: 'a picture (PNG)', bytes: [0x89, 0x50, 0x4e, 0x47] },
  { name: 'a picture (JPEG)', bytes: [0xff, 0xd8, 0xff] },
];

const BOMS: readonly { readonly encoding: Encoding; readonly bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
];

/** A stray NUL is the fault of one line; from this share on the file is something else. */
const NUL_SHARE = 0.05;

const startsWith = (bytes: Uint8Array, start: readonly number[]) => start.every((byte, at) => bytes[at] === byte);

export function openingOf(bytes: Uint8Array): FileOpening {
  const magic = MAGIC.find((known) => startsWith(bytes, known.bytes));
  if (magic) return { fault: 'csv.not_text', detail: `This is ${magic.name}, not a CSV.` };
  const bom = BOMS.find((known) => startsWith(bytes, known.bytes));
  if (bom && !startsWith(bytes, [0xff, 0xfe, 0, 0])) return { encoding: bom.encoding, bom: bom.bytes.length };
  const nuls = [0, 0];
  const seen = Math.min(bytes.length, OPENING_BYTES);
  for (let at = 0; at < seen; at++) if (bytes[at] === 0) nuls[at % 2] = (nuls[at % 2] as number) + 1;
  const [even, odd] = nuls as [number, number];
  if (even + odd <= seen * NUL_SHARE) return { encoding: 'utf-8', bom: 0 };
  return even === 0 || odd === 0 || bom
    ? {
        fault: 'csv.encoding',
        detail: 'This looks like UTF-16 without a byte order mark, or UTF-32. Save it as UTF-8.',
      }
    : { fault: 'csv.not_text', detail: 'This is a binary file, not a CSV.' };
}

const DELIMITERS = [',', ';', '\t', '|'].map((char) => char.charCodeAt(0));

/** The `sep=;` line that Excel writes and reads: its delimiter and its length, line end included. */
export function sepLine(bytes: Uint8Array): { readonly delimiter: number; readonly length: number } | null {
  const start = String.fromCharCode(...bytes.subarray(0, 10));
  const found = /^(?:sep=([^"\w\r\n])|"sep=([^"\w\r\n])")(?:\r\n|\r|\n|$)/i.exec(start);
  const delimiter = found?.[1] ?? found?.[2];
  return found && delimiter ? { delimiter: delimiter.charCodeAt(0), length: found[0].length } : null;
}

/**
 * The delimiter that stands most often in the first line with text, quoted text left out, and how often; comma when none
 * does. Null: that line is not whole yet.
 */
export function sniff(
  bytes: Uint8Array,
  isLast: boolean,
): { readonly delimiter: number; readonly count: number } | null {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let isQuoted = false;
  let isBegun = false;
  let isWhole = isLast || bytes.length > LONGEST_RECORD;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === 34) isQuoted = !isQuoted;
    if (!isQuoted && (byte === 10 || byte === 13)) {
      if (!isBegun) continue;
      isWhole = true;
      break;
    }
    isBegun = true;
    const count = counts.get(byte);
    if (!isQuoted && count !== undefined) counts.set(byte, count + 1);
  }
  if (!isWhole) return null;
  const [delimiter, count] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best));
  return { delimiter, count };
}
