import type { Reply } from './reply.ts';

/** Reads what a server said (RFC 5321 4.2, enhanced codes RFC 2034 and RFC 3463). */

const LONGEST_TEXT = 500;
/** Far above RFC 5321's 512 octets a line; it bounds the work on a server that never stops talking. */
const LONGEST_INPUT = 65_536;
const CODED = /^([2-5]\d\d)(?:([ \t-])(.*))?$/;
const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?=[\s:;,]|$)[\s:;,]*/;

/**
 * The reply in raw lines, or null when they do not begin with a code from 200 to 599. Never throws.
 * Of several codes the one on the line that ends the reply counts; of several enhanced codes the first.
 */
export function parseReply(lines: string): Reply | null {
  let code = 0;
  let enhanced: string | null = null;
  let ended = false;
  const texts: string[] = [];
  for (const line of lines.slice(0, LONGEST_INPUT).split(/[\r\n]+/)) {
    const coded = CODED.exec(line.trim());
    // Behind the last line of a reply, digits at the start of a line are words, unless they repeat the code.
    const isReply = coded !== null && (!ended || Number(coded[1]) === code);
    if (isReply) {
      code = Number(coded[1]);
      ended = coded[2] !== '-';
    }
    if (code === 0 && line.trim() !== '') return null;
    const text = isReply ? (coded[3] ?? '').trim() : line.trim();
    const found = ENHANCED.exec(text);
    enhanced ??= found?.[1] ?? null;
    texts.push(found ? text.slice(found[0].length) : text);
  }
  return code === 0 ? null : { code, enhanced, text: clean(texts.join(' ')) };
}

/** One line without control, format and half characters: it goes into logs, a database and a page. */
function clean(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .trim();
  return line
    .slice(0, LONGEST_TEXT)
    .replace(/\p{Cs}$/u, '')
    .trim();
}
