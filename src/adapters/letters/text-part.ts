/** A text part out of an HTML template, before any merge: Liquid stays as it is, so one derivation serves every recipient. */

const LIQUID = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
// Private-use characters stand for a Liquid tag while the HTML around it is taken apart.
const OPEN = '\ue000';
const CLOSE = '\ue001';
const HELD = /\ue000(\d+)\ue001/g;

const DROPPED = /<(head|style|script|title|svg)\b[^>]*>[\s\S]*?<\/\1\s*>|<!--[\s\S]*?-->/gi;
const HIDDEN = /<(div|span|p)\b[^>]*display:\s*none[^>]*>[\s\S]*?<\/\1\s*>/gi;
const LINK = /<a\b([^>]*)>([\s\S]*?)<\/a\s*>/gi;
const IMAGE = /<img\b([^>]*)>/gi;

/** Tags that end a line, and those that leave an empty one. */
const BREAKS: readonly (readonly [RegExp, string])[] = [
  [/<br\b[^>]*>/gi, '\n'],
  [/<hr\b[^>]*>/gi, '\n\n---\n\n'],
  [/<li\b[^>]*>/gi, '\n- '],
  [/<\/?(?:p|h[1-6]|ul|ol|blockquote|table)\b[^>]*>/gi, '\n\n'],
  [/<\/?(?:div|tr|section|article|header|footer)\b[^>]*>/gi, '\n'],
  [/<\/t[dh]\s*>/gi, ' '],
];

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  pound: '£',
  deg: '°',
  times: '×',
  middot: '·',
  bull: '•',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
  larr: '←',
  rarr: '→',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  ccedil: 'ç',
  ntilde: 'ñ',
};

/** Links become `text (url)`, list items `- text`; styles, scripts and hidden preheaders go. */
export function textPart(html: string): string {
  const liquid: string[] = [];
  const held = html.replace(/[\ue000\ue001]/g, '').replace(LIQUID, (tag) => `${OPEN}${liquid.push(tag) - 1}${CLOSE}`);
  const controls = (markup: string) =>
    (markup.match(HELD) ?? []).filter((mark) => liquid[numberOf(mark)]!.startsWith('{%')).join('');
  const text = strip(held, controls);
  // What was kept apart by markup must not become Liquid by losing it.
  const inert = text.replace(/\{(?=[{%])/g, '{ ');
  return inert.replace(HELD, (mark) => liquid[numberOf(mark)]!);
}

const numberOf = (mark: string) => Number(mark.slice(1, -1));

/** `controls` gives the Liquid control tags of dropped markup: they stay, or blocks would lose an end. */
function strip(html: string, controls: (markup: string) => string): string {
  let text = html.replace(DROPPED, controls).replace(HIDDEN, controls).replace(/\s+/g, ' ');
  text = text.replace(LINK, (_, attributes: string, label: string) => link(attribute(attributes, 'href'), label));
  text = text.replace(IMAGE, (_, attributes: string) => attribute(attributes, 'alt'));
  for (const [tag, instead] of BREAKS) text = text.replace(tag, instead);
  text = text.replace(/<\/?[a-z!][^>]*>/gi, controls).replace(/&(#x?[\da-f]+|\w+);/gi, decoded);
  return `${text
    .replace(/ *\n */g, '\n')
    .replace(/ {2,}/g, ' ')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

function attribute(attributes: string, name: string): string {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(attributes);
  return (match?.[1] ?? match?.[2] ?? '').trim();
}

function link(url: string, label: string): string {
  const target = url.replace(/^mailto:/i, '');
  const bare = label.replace(/<[^>]*>/g, '').trim();
  if (target === '' || target.startsWith('#') || bare === target) return label;
  return bare === '' ? `${label}${target}` : `${label} (${target})`;
}

function decoded(entity: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name] ?? entity;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  if (!(code > 31 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff) || (code >= 0xe000 && code <= 0xe001))
    return '';
  return code === 160 ? ' ' : String.fromCodePoint(code);
}
