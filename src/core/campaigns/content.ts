import type { Content } from './campaign.ts';

/** What must hold of a letter before any template engine sees it: complete, and no header can be injected. */

export type ContentFault = { readonly pointer: string; readonly code: string; readonly detail: string };

/** RFC 5322 2.1.1 allows a line of 998; the name of the header and its encoding need their share. */
const MOST_SUBJECT = 900;
const MOST_NAME = 300;
const MOST_ADDRESS = 254;
const MOST_URL = 2_000;
/** Per part, characters. Providers clip letters far below this. */
const MOST_BODY = 500_000;

type Check = (value: string) => string | null;

const noControls: Check = (value) =>
  /[\p{Cc}\u2028\u2029]/u.test(value) ? 'Control characters and line breaks are not allowed here.' : null;

const noNul: Check = (value) => (value.includes('\0') ? 'NUL is not allowed here.' : null);

const atMost =
  (length: number): Check =>
  (value) =>
    value.length > length ? `At most ${length} characters.` : null;

const notBlank: Check = (value) => (value.trim() === '' ? 'It must not be empty.' : null);

/** One bare address: an ASCII dot-atom, `@`, a host name with a dot, or one in Unicode. */
const address: Check = (value) =>
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u.test(value)
    ? null
    : 'Not a bare e-mail address, such as news@example.com.';

/** A merge field may stand anywhere in these, so only what is written out can be judged. */
const withoutFields = (value: string) => value.replace(/\{[{%].*?[%}]\}/g, 'x');

const webUrl: Check = (value) =>
  /^(https?:\/\/[^\s<>"]+|x[^\s<>":]*)$/i.test(withoutFields(value)) ? null : 'It must be an https or http address.';

/** An address, or a whole `mailto:` URL (RFC 6068). */
const mailTarget: Check = (value) => {
  const plain = withoutFields(value)
    .replace(/^mailto:/i, '')
    .replace(/\?[^\s<>"]*$/, '');
  return plain === 'x' ? null : address(plain);
};

const RULES: readonly {
  readonly path: readonly string[];
  readonly required?: true;
  readonly checks: readonly Check[];
}[] = [
  { path: ['subject'], required: true, checks: [notBlank, noControls, atMost(MOST_SUBJECT)] },
  { path: ['from', 'address'], required: true, checks: [noControls, atMost(MOST_ADDRESS), address] },
  { path: ['from', 'name'], checks: [noControls, atMost(MOST_NAME)] },
  { path: ['replyTo'], checks: [noControls, atMost(MOST_ADDRESS), address] },
  { path: ['html'], required: true, checks: [notBlank, noNul, atMost(MOST_BODY)] },
  { path: ['text'], checks: [noNul, atMost(MOST_BODY)] },
  { path: ['listUnsubscribe', 'url'], checks: [noControls, atMost(MOST_URL), webUrl] },
  { path: ['listUnsubscribe', 'mailto'], checks: [noControls, atMost(MOST_URL), mailTarget] },
];

export type DraftContent = { readonly [K in keyof Content]?: Content[K] | undefined };

function valueAt(content: object, path: readonly string[]): unknown {
  let value: unknown = content;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value;
}

/** Faults of a letter; none means that it is a whole `Content`. Pointers are relative to the content. */
export function checkContent(content: DraftContent): ContentFault[] {
  return RULES.flatMap(({ path, required, checks }) => {
    const pointer = `/${path.join('/')}`;
    const value = valueAt(content, path);
    if (value === undefined) return required ? [{ pointer, code: 'required', detail: 'It is missing.' }] : [];
    if (typeof value !== 'string') return [{ pointer, code: 'type', detail: 'It must be text.' }];
    for (const check of checks) {
      const detail = check(value);
      if (detail) return [{ pointer, code: 'content.invalid', detail }];
    }
    return [];
  });
}

export const isWhole = (content: DraftContent): content is Content => checkContent(content).length === 0;
