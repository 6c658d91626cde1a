import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import type { RenderFault } from '../../app/campaigns/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** Header fields as nodemailer writes them: encoded words (RFC 2047), folded at 76. Each ends in CRLF, or is empty. */

/** Breaks lines or turns the reading direction: neither may reach a header. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const EASY = /^[ !#-<>-~]*$/;
const MAILBOX = /^[!#-'*+\--9=?A-Z^-~]+@[A-Za-z0-9.-]+$/;
const LIKE_ENCODED = /=\?[^?\s]*\?[bq]\?/i;
const LONGEST_WORD = 900;
/** Characters of a subject; far beyond what any inbox shows. */
export const LONGEST_SUBJECT = 2_000;
const LONGEST_URL = 900;

/** One line, no control or direction characters, single blanks. */
export const headerText = (text: string): string => text.replace(CONTROLS, ' ').replace(/\s+/g, ' ').trim();

const line = (name: string, value: string) => (value === '' ? '' : `${foldLines(`${name}: ${value}`, 76)}\r\n`);

export function subjectLine(text: string): string {
  const subject = headerText(text);
  // What looks like an encoded word would be decoded by the reader (RFC 2047 5), so it is encoded itself.
  if (LIKE_ENCODED.test(subject)) return line('Subject', encodeWord(subject, 'Q', 52));
  if (EASY.test(subject) && subject.length <= 67) return subject === '' ? '' : `Subject: ${subject}\r\n`;
  // Folding needs blanks; a word that never ends would pass the 998 of RFC 5322 2.1.1.
  const endless = EASY.test(subject) && subject.split(' ').some((word) => word.length > LONGEST_WORD);
  return line('Subject', endless ? encodeWord(subject, 'Q', 52) : MimeNode.encodeHeaderValue('Subject', subject));
}

export const fromLine = (from: { readonly address: string; readonly name?: string | undefined }): string =>
  line('From', MimeNode.encodeHeaderValue('From', { address: from.address, name: headerText(from.name ?? '') }));

export const replyToLine = (address: string | undefined): string =>
  address === undefined ? '' : line('Reply-To', MimeNode.encodeHeaderValue('Reply-To', headerText(address)));

export const dateLine = (date: Date): string => line('Date', date.toUTCString().replace('GMT', '+0000'));

/** The recipient's address alone; null when it is not one bare ASCII mailbox. */
export const toLine = (address: string): string | null => (MAILBOX.test(address) ? `To: ${address}\r\n` : null);

/** `List-Unsubscribe`, and for https the one-click pair (RFC 2369, RFC 8058 3.1). Null: the campaign names none. */
export function unsubscribeLines(mailto: string | null, url: string | null): Result<string, RenderFault> {
  if (mailto !== null && !/^(?:mailto:)?[^@:/?]+@[^@?]+(?:\?|$)/i.test(mailto))
    return badUrl('no address to mail to', 'mailto');
  if (url !== null && !/^https?:\/\/[^/]/i.test(url)) return badUrl('not an http or https URL', 'url');
  const targets = [mailto === null || /^mailto:/i.test(mailto) ? mailto : `mailto:${mailto}`, url].filter(
    (target) => target !== null,
  );
  if (targets.some((target) => target.length > LONGEST_URL)) return badUrl(`over ${LONGEST_URL} characters`, 'url');
  const list = line('List-Unsubscribe', targets.map((target) => `<${target}>`).join(', '));
  const oneClick = url !== null && /^https:/i.test(url);
  return ok(oneClick ? `${list}List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n` : list);
}

const badUrl = (detail: string, field: string) =>
  fail({ code: 'render.unsafeUrl', detail, pointer: `/content/listUnsubscribe/${field}`, line: null });

/** A URL made of ASCII without blanks and angle brackets; what it can't hold is percent-encoded (RFC 3986 2.1). */
export const headerUrl = (text: string): string =>
  text
    .trim()
    .replace(/\p{Cc}+/gu, '')
    .replace(
      /[^!-~]|["<>\\^`{|}]/gu,
      (char) => `%${Buffer.from(char).toString('hex').toUpperCase().match(/../g)!.join('%')}`,
    );
