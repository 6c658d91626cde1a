/** The words of a reply without what changes from one letter to the next. Pure text, linear time. */

const NOT_ASCII = /[\u0080-\uffff]/;

/** Lower case, one kind of quote, single spaces, no accents: what every pattern is matched against. */
export function plain(text: string): string {
  const lower = text.toLowerCase().replace(/[’`´]/g, "'").replace(/\s+/g, ' ');
  return NOT_ASCII.test(lower) ? withoutAccents(lower) : lower;
}

/** Composed again, for a kana and its mark are one letter. */
const withoutAccents = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/ł/g, 'l')
    .replace(/ß/g, 'ss');

const LETTERS = /^[a-z]+$/;
/** A word with its punctuation: most of what is left, and cheaper than the rules below. */
const WORD = /^[("'[]?([a-z](?:[a-z'/-]*[a-z])?)[.,;:!?)"'\]]*$/;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const CHANGES = /[\d.:@]/;
/** TSS04, RP-001, S3150, OFR006_104, AUP#I-1310: few letters and few digits, which name a reason. */
const TAG = /^[a-z]{1,6}(?:#[a-z]{1,8})?[-_#]?\d{1,6}(?:_\d{3})?$/;
/** mx01, smtp7: a label of a host. */
const HOST_LABEL = /^(?:mx|mta|smtp|mail|relay|host|srv|node|gw|in|out|vm)[a-z]{0,3}-?\d+$/;
const HOST = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/;

/** The words that stay the same: addresses, hosts, links, numbers and ids are left out. `text` is `plain`. */
export function shapeOf(text: string): string {
  const words: string[] = [];
  for (const part of text.split(' ')) {
    const word = LETTERS.test(part) ? part : lasting(part);
    if (word !== '') words.push(word);
  }
  return words.join(' ');
}

/** The first word of the shape, without working out the rest. */
export function firstLasting(text: string): string {
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf(' ', from);
    const part = end < 0 ? text.slice(from) : text.slice(from, end);
    const word = LETTERS.test(part) ? part : lasting(part);
    if (word !== '') return word;
    if (end < 0) break;
    from = end + 1;
  }
  return '';
}

function lasting(part: string): string {
  const plainWord = WORD.exec(part)?.[1];
  if (plainWord !== undefined) return plainWord;
  if (part.includes('@') || part.includes('://')) return '';
  const word = trimmed(part);
  if (!CHANGES.test(word) || (TAG.test(word) && !HOST_LABEL.test(word))) return word;
  return /\d|:/.test(word) || HOST.test(word) ? '' : word;
}

/** Without the punctuation around it. */
function trimmed(part: string): string {
  let from = 0;
  let end = part.length;
  while (from < end && !LETTER_OR_DIGIT.test(part[from]!)) from++;
  while (end > from && !LETTER_OR_DIGIT.test(part[end - 1]!)) end--;
  return part.slice(from, end);
}

const TOKEN = /[^\s<>()[\]"',;:]+/g;
const ADDRESS = /.@./;
const IPV4 = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;

/** Token by token: a pattern for the whole address would look for an at sign from each letter anew. */
export const withAddressesAs = (instead: string, text: string): string =>
  text.replace(TOKEN, (token) => (ADDRESS.test(token) ? instead : token));

/** The same reply about nobody, to be shown or stored as a sample: its shape is that of the original. */
export const anonymous = (text: string): string =>
  withAddressesAs('user@example.net', text).replace(IPV4, '192.0.2.25');
