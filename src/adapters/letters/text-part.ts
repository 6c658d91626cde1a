import { compile, type FormatCallback, type SelectorDefinition } from 'html-to-text';

/** A text part out of an HTML template, before any merge: Liquid stays as it is, so one derivation serves every recipient. */

const LIQUID = /\{\{(?:(?!\{\{|\}\})[\s\S])*\}\}|\{%(?:(?!\{%|%\})[\s\S])*%\}/g;
// Private-use characters stand for a Liquid tag while the HTML around it is taken apart.
const MARKS = /[\ue000-\ue002]|&#(?:x0*e00[0-2]|0*5734[4-6]);?/gi;
const HELD = /\ue000\d+\ue001/g;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;

const ELEMENT = /<[a-z]/gi;
const TOO_DEEP = '\ue002';

/** The most elements that are turned into text, and the deepest: what takes longer holds up everybody else. */
export const MOST_ELEMENTS = 10_000;
export const DEEPEST = 250;

const block = (selector: string, lines: number): SelectorDefinition => ({
  selector,
  format: 'block',
  options: { leadingLineBreaks: lines, trailingLineBreaks: lines },
});
const cell: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder);
  builder.addInline(' ');
};
const alternative: FormatCallback = ({ attribs }, _walk, builder) => builder.addInline(attribs?.alt ?? '');

const SKIPPED = ['head', 'svg', '[hidden]', '[style*="display:none" i]', '[style*="display: none" i]'];

const converted = compile({
  wordwrap: false,
  limits: { maxDepth: DEEPEST, ellipsis: TOO_DEEP },
  whitespaceCharacters: ' \t\r\n\f\u200b\u00a0',
  formatters: { cell, alternative },
  selectors: [
    ...SKIPPED.map((selector) => ({ selector, format: 'skip' })),
    { selector: 'a', options: { linkBrackets: ['(', ')'], hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    { selector: 'img', format: 'alternative' },
    { selector: 'ul', options: { itemPrefix: '- ' } },
    { selector: 'hr', options: { length: 3 } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'].map((selector) => block(selector, 2)),
    block('tr', 1),
    ...['td', 'th'].map((selector) => ({ selector, format: 'cell' })),
  ],
});

/**
 * Links become `text (url)`, list items `- text`; styles, scripts and hidden preheaders go. Null when there are over
 * MOST_ELEMENTS or some are over DEEPEST.
 */
export function textPart(html: string): string | null {
  const liquid: string[] = [];
  const held = html.replace(MARKS, '').replace(LIQUID, (tag) => `\ue000${liquid.push(tag) - 1}\ue001`);
  const controlsOf = (comment: string) =>
    (comment.match(HELD) ?? []).filter((mark) => isControl(liquid[placeOf(mark)]!)).join('');
  // Some hide their control tags from editors in comments.
  const open = held.replace(COMMENT, controlsOf);
  if ((open.match(ELEMENT)?.length ?? 0) > MOST_ELEMENTS) return null;
  const text = converted(open).replaceAll('\u00ad', '').trim();
  if (text.includes(TOO_DEEP)) return null;
  // What markup kept apart must not become Liquid by losing it.
  return `${restored(text.replace(/\{(?=[{%])/g, '{ '), liquid)}\n`;
}

const placeOf = (mark: string) => Number(mark.slice(1, -1));
const isControl = (tag: string) => tag.startsWith('{%');

/** Control tags of dropped markup stay, in their order, or blocks would lose an end. */
function restored(text: string, liquid: readonly string[]): string {
  let next = 0;
  const upTo = (end: number) => {
    const lost = liquid.slice(next, end).filter(isControl);
    next = Math.max(next, end);
    return lost.join('');
  };
  const found = text.replace(HELD, (mark) => {
    const before = upTo(placeOf(mark));
    next = Math.max(next, placeOf(mark) + 1);
    return before + liquid[placeOf(mark)];
  });
  return found + upTo(liquid.length);
}
