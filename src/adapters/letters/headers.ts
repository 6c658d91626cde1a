import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import type { RenderFault } from '../../app/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** Header fields as nodemailer writes them: encoded words (RFC 2047), folded at 76. Each ends in CRLF, or is empty. */

/** Breaks lines or turns the reading direction: neither may reach a header. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const EASY = /^[ !#-<>-~]*$/;
const MAILBOX = /^[!#-'*+\--9=?A-Z^-~]+@[A-Za-z0-9.-]+$/;
const LONGEST_WORD = 900;
const LONGEST_URL = 900;

/** One line, no control or direction characters, single blanks. */
export const headerText = (text: string): string => text.replace(CONTROLS, ' ').replace(/\s+/g, ' ').trim();

const line = (name: string, value: string) => (value === '' ? '' : `${foldLines(`${name}: ${value}`, 76)}\r\n`);

export function subjectLine(text: string): string {
  const subject = headerText(text);
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

/** `List-Unsubscribe`, and for https the one-click pair (RFC 2369, RFC 8058 3.1). */
export function unsubscribeLines(mailto: string | null, url: string | null): Result<string, RenderFault> {
  const targets: string[] = [];
  if (mailto !== null) targets.push(/^mailto:/i.test(mailto) ? mailto : `mailto:${mailto}`);
  if (url !== null) targets.push(url);
  const [pointer] = targets.length === 0 ? [''] : ['/content/listUnsubscribe'];
  if (url !== null && !/^https?:\/\/[^/]/i.test(url)) {
    return fail({
      code: 'render.unsafeUrl',
      detail: 'not an http or https URL',
      pointer: `${pointer}/url`,
      line: null,
    });
  }
  if (targets.some((target) => target.length > LONGEST_URL)) {
    return fail({ code: 'render.tooLarge', detail: `a URL over ${LONGEST_URL} characters`, pointer, line: null });
  }
  const list = line('List-Unsubscribe', targets.map((target) => `<${target}>`).join(', '));
  const oneClick = url !== null && /^https:/i.test(url);
  return ok(oneClick ? `${list}List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n` : list);
}

/** A URL made of ASCII without blanks and angle brackets; what it can't hold is percent-encoded (RFC 3986 2.1). */
export const headerUrl = (text: string): string =>
  text
    .trim()
    .replace(/\p{Cc}+/gu, '')
    .replace(
      /[^!-~]|["<>\\^`{|}]/gu,
      (char) => `%${Buffer.from(char).toString('hex').toUpperCase().match(/../g)!.join('%')}`,
    );
