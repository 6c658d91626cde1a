/** A text part out of an HTML template, before any merge: Liquid stays as it is, so one derivation serves every recipient. */

const LIQUID = /\{\{(?:(?!\{\{|\}\})[\s\S])*\}\}|\{%(?:(?!\{%|%\})[\s\S])*%\}/g;
// Private-use characters stand for a Liquid tag while the HTML around it is taken apart.
const HELD = /\ue000\d+\ue001/g;
const TAG = /^<(\/?)([a-z][a-z0-9]*)/i;
const HIDDEN = /\bstyle\s*=[^>]*display:\s*none/i;
const DROPPED = ['head', 'style', 'script', 'svg'];
const VOID = ['br', 'hr', 'img', 'input', 'link', 'meta'];

/** What stands in the text for a tag; a closing tag is named with its slash. */
const BREAKS: Readonly<Record<string, string>> = {
  ...{ br: '\n', hr: '\n\n---\n\n', li: '\n- ', '/td': ' ', '/th': ' ' },
  ...both('\n\n', ['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'blockquote', 'table']),
  ...both('\n', ['div', 'tr', 'section', 'article', 'header', 'footer']),
};

function both(text: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => [[name, text] as const, [`/${name}`, text] as const]));
}

const NAMED =
  `amp & lt < gt > quot " apos ' copy © reg ® trade ™ euro € pound £ deg ° times × middot · bull • ndash – mdash —
  hellip … lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ laquo « raquo » larr ← rarr → auml ä ouml ö uuml ü Auml Ä Ouml Ö
  Uuml Ü szlig ß eacute é egrave è agrave à ccedil ç ntilde ñ`.split(/\s+/);
const ENTITIES = new Map<string, string>([
  ['nbsp', ' '],
  ['shy', ''],
  ['zwnj', ''],
  ['zwj', ''],
]);
for (let at = 0; at < NAMED.length; at += 2) ENTITIES.set(NAMED[at]!, NAMED[at + 1]!);

/** Links become `text (url)`, list items `- text`; styles, scripts and hidden preheaders go. */
export function textPart(html: string): string {
  const liquid: string[] = [];
  const held = html.replace(/[\ue000\ue001]/g, '').replace(LIQUID, (tag) => `\ue000${liquid.push(tag) - 1}\ue001`);
  const original = (mark: string) => liquid[Number(mark.slice(1, -1))]!;
  // Control tags of dropped markup stay, or blocks would lose an end.
  const controls = (markup: string) =>
    (markup.match(HELD) ?? []).filter((mark) => original(mark).startsWith('{%')).join('');
  const text = strip(held, controls)
    .replace(/ {2,}/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  // What markup kept apart must not become Liquid by losing it.
  return `${text.replace(/\{(?=[{%])/g, '{ ').replace(HELD, original)}\n`;
}

/** One pass, so that no template makes it slow. */
function strip(html: string, controls: (markup: string) => string): string {
  const out: string[] = [];
  let skip: { readonly name: string; depth: number } | null = null;
  let link: { readonly url: string; readonly from: number } | null = null;
  for (const { text, tag } of pieces(html)) {
    out.push(skip ? controls(text) : text.replace(/\s+/g, ' ').replace(/&(#x?[\da-f]+|\w+);/gi, decoded));
    const [, slash = '', given = ''] = TAG.exec(tag) ?? [];
    const name = given.toLowerCase();
    if (skip) {
      if (skip.name === name) skip.depth += slash ? -1 : 1;
      if (skip.depth === 0 || (skip.name === 'head' && name === 'body')) skip = null;
    } else if (!slash && (DROPPED.includes(name) || (HIDDEN.test(tag) && !VOID.includes(name))))
      skip = { name, depth: 1 };
    else if (name === 'a' && !slash) link = { url: attribute(tag, 'href').replace(/^mailto:/i, ''), from: out.length };
    else if (name === 'a' && link) {
      const label = out.splice(link.from).join('');
      out.push(linkText(link.url, label));
      link = null;
    } else if (name === 'img') out.push(attribute(tag, 'alt'));
    else out.push(BREAKS[slash + name] ?? '', controls(tag));
  }
  return out.join('');
}

/** The HTML as text, each with the tag or comment behind it. */
function* pieces(html: string): Generator<{ readonly text: string; readonly tag: string }> {
  const opening = /<(?=[a-z/!])/gi;
  let at = 0;
  while (at < html.length) {
    opening.lastIndex = at;
    const from = opening.exec(html)?.index ?? html.length;
    const mark = html.startsWith('<!--', from) ? '-->' : '>';
    const end = html.indexOf(mark, from);
    const to = end < 0 ? html.length : end + mark.length;
    yield { text: html.slice(at, from), tag: html.slice(from, to) };
    at = to;
  }
}

function attribute(tag: string, name: string): string {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag);
  return (match?.[1] ?? match?.[2] ?? '').trim().replace(/&(#x?[\da-f]+|\w+);/gi, decoded);
}

function linkText(url: string, label: string): string {
  if (url === '' || url.startsWith('#') || label.trim() === url) return label;
  return label.trim() === '' ? url : `${label} (${url})`;
}

function decoded(entity: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES.get(name) ?? entity;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  if (!(code > 31 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xe001)) return '';
  return code === 160 ? ' ' : String.fromCodePoint(code);
}
