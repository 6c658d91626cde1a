/** Where in the HTML merge fields stand. Escaping makes a value harmless in text and in quoted attributes, nowhere else. */

export type UnsafePlace = { readonly line: number; readonly place: string };

const RAW_TEXT = /^<(script|style)\b/i;
const ATTRIBUTE = /([^\s"'<>/=]+)\s*=\s*$/;

const MOST = 20;
/** An attribute name with its "=" is looked for in this many characters before a value. */
const NEAR = 200;

/** Merge fields in scripts, styles, event attributes, unquoted attributes and bare in a tag. */
export function unsafePlaces(html: string): UnsafePlace[] {
  const found: UnsafePlace[] = [];
  const report = (at: number, place: string | null) => {
    if (place && found.length < MOST) found.push({ line: html.slice(0, at).split('\n').length, place });
  };
  let at = 0;
  while (at < html.length) {
    if (html.startsWith('<!--', at) && !html.startsWith('<!--[if', at)) at = after(html, '-->', at);
    else if (html[at] === '<' && /[a-z!/]/i.test(html[at + 1] ?? '')) at = scanTag(html, at, report);
    else at = html.startsWith('{%', at) ? after(html, '%}', at) : at + 1;
  }
  return found;
}

type Report = (at: number, place: string | null) => void;

function scanTag(html: string, start: number, report: Report): number {
  let at = start + 1;
  while (at < html.length && html[at] !== '>') {
    if (html[at] === '"' || html[at] === "'")
      at = scanValue(html, at, html.slice(Math.max(start, at - NEAR), at), report);
    else if (html.startsWith('{%', at)) at = after(html, '%}', at);
    else if (html.startsWith('{{', at)) {
      report(at, ATTRIBUTE.test(html.slice(Math.max(start, at - NEAR), at)) ? 'an attribute without quotes' : 'a tag');
      at = after(html, '}}', at);
    } else at += 1;
  }
  const element = RAW_TEXT.exec(html.slice(start, start + 8))?.[1];
  return element ? scanRawText(html, at, element, report) : at + 1;
}

function scanValue(html: string, start: number, before: string, report: Report): number {
  const name = ATTRIBUTE.exec(before)?.[1]?.toLowerCase() ?? '';
  const place = name === 'style' || name.startsWith('on') ? `the attribute ${name}` : null;
  const quote = html[start]!;
  let at = start + 1;
  while (at < html.length && html[at] !== quote) {
    if (html.startsWith('{{', at)) {
      report(at, place);
      at = after(html, '}}', at);
    } else at = html.startsWith('{%', at) ? after(html, '%}', at) : at + 1;
  }
  return at + 1;
}

function scanRawText(html: string, start: number, element: string, report: Report): number {
  const close = new RegExp(`</${element}`, 'gi');
  close.lastIndex = start;
  const stop = close.exec(html)?.index ?? html.length;
  for (let at = html.indexOf('{{', start); at >= 0 && at < stop; at = html.indexOf('{{', at + 2)) {
    report(at, `the element ${element.toLowerCase()}`);
  }
  return stop;
}

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at < 0 ? html.length : at + mark.length;
}
