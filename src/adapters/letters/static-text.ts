import { hasLongerLines, isPlainText } from 'nodemailer/lib/mime-funcs';
import { encode, wrap } from 'nodemailer/lib/qp';
import { openUrl } from './urls.ts';

/** Fixed text of a template, encoded once per campaign. Quoted-printable: RFC 2045 6.7. */

export const LINE = 76;

export type StaticText = {
  /** Line ends are CRLF. */
  readonly text: string;
  /** Encoded; continues the line that is open. Null: begins on a physical line of its own, behind a soft break. */
  readonly head: string | null;
  /** Whether the open line ends within this text. */
  readonly ends: boolean;
  /** Whole physical lines after that. */
  readonly lines: string;
  /** Encoded beginning of the line left open. */
  readonly rest: string;
  /** Characters of the first and of the last line, unencoded. */
  readonly firstWidth: number;
  readonly lastWidth: number;
  /** Fits 7bit as far as it can be known without its neighbours. */
  readonly plain: boolean;
  /** The beginning of a URL when it ends inside one whose scheme is still open. */
  readonly opensUrl: string | null;
};

/** CRLF line ends only, and no NUL, which no message may hold (RFC 5322 4). */
export const normalised = (text: string): string => text.replaceAll('\0', '').replace(/\r\n|\r|\n/g, '\r\n');

export function staticText(source: string): StaticText {
  const text = normalised(source);
  const lines = text.split('\r\n');
  const last = lines.length - 1;
  // The text goes on, so a blank at its end is not yet the end of a line.
  const encoded = lines.map((line, at) => (at < last ? encode(`${line}\r\n`) : encode(`${line}x`).slice(0, -1)));
  const joins = encoded[0]!.length <= LINE;
  const whole = joins ? encoded.slice(1, last) : encoded.slice(0, last);
  const open = joins && last === 0 ? { lines: '', rest: '' } : splitOpen(wrap(encoded[last]!));
  return {
    text,
    head: joins ? encoded[0]! : null,
    ends: last > 0 || !joins,
    lines: whole.map((line) => wrap(line)).join('') + open.lines,
    rest: open.rest,
    firstWidth: lines[0]!.length,
    lastWidth: lines[last]!.length,
    plain: isPlainText(text) && !hasLongerLines(text, LINE),
    opensUrl: openUrl(text),
  };
}

function splitOpen(wrapped: string) {
  const start = wrapped.lastIndexOf('\n') + 1;
  return { lines: wrapped.slice(0, start), rest: wrapped.slice(start) };
}
