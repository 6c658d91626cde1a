import { isPlainText } from 'nodemailer/lib/mime-funcs';
import { encode, wrap } from 'nodemailer/lib/qp';
import { textOf } from './liquid.ts';
import { LINE, normalised, type StaticText, staticText } from './static-text.ts';
import { continueUrl, hasUnsafeScheme } from './urls.ts';

/** Encodes one body while Liquid writes it: fixed text is there already, only merged lines are encoded per letter. */

export type BodyPlan = {
  readonly texts: ReadonlyMap<string, StaticText>;
  /** All fixed text fits 7bit, so a letter with plain values may go unencoded. */
  readonly mayBePlain: boolean;
  /** Values can begin a URL, so schemes must be looked at. */
  readonly watchesUrls: boolean;
};

export type Body = { readonly encoding: '7bit' | 'quoted-printable'; readonly text: string };

export function planBody(texts: readonly string[]): BodyPlan {
  const known = new Map(texts.map((text) => [text, staticText(text)]));
  const all = [...known.values()];
  return {
    texts: known,
    mayBePlain: all.every((text) => text.plain),
    watchesUrls: all.some((text) => text.opensUrl !== null),
  };
}

/** Liquid's emitter interface; `finish` gives the body. */
export type BodyWriter = {
  buffer: string;
  write(value: unknown): void;
  finish(): Body;
  /** Why this row can't be sent. */
  fault(): 'render.unsafeUrl' | 'render.tooLarge' | null;
};

const ASCII_LITERAL = /^[ -<>-~]*$/;

export function makeBodyWriter(plan: BodyPlan, boundary: string, maxLength: number): BodyWriter {
  let out = '';
  let line = '';
  let raw = '';
  let width = 0;
  let size = 0;
  let plain = plan.mayBePlain;
  let url: string | null = null;
  let fault: 'render.unsafeUrl' | 'render.tooLarge' | null = null;

  function endLine(): void {
    if (width > LINE) plain = false;
    width = 0;
    out += wrap(withoutTrailingBlank(line));
    line = '';
  }

  function writeStatic(text: StaticText): void {
    width += text.firstWidth;
    if (text.head !== null) line += text.head;
    else if (line !== '') {
      out += softBroken(line);
      line = '';
    }
    if (text.ends) {
      endLine();
      out += text.lines;
      line = text.rest;
      width = text.lastWidth;
    }
  }

  function writeValue(value: string): void {
    if (plain && !isPlainText(value)) plain = false;
    const lines = value.split('\r\n');
    for (const [at, text] of lines.entries()) {
      width += text.length;
      line += ASCII_LITERAL.test(text) ? text : encode(text);
      if (at < lines.length - 1) {
        line += '\r\n';
        endLine();
      }
    }
  }

  function watchUrl(text: string, known: StaticText | undefined): void {
    if (url !== null) {
      const grown = continueUrl(url, text);
      if (hasUnsafeScheme(grown.url)) fault ??= 'render.unsafeUrl';
      url = grown.closed ? null : grown.url;
    }
    if (known && url === null) url = known.opensUrl;
  }

  return {
    buffer: '',
    write(value) {
      const given = textOf(value);
      const known = plan.texts.get(given);
      const text = known ? known.text : normalised(given);
      size += text.length;
      if (size > maxLength) {
        fault = 'render.tooLarge';
        throw new Error('letter too large');
      }
      if (plan.watchesUrls) watchUrl(text, known);
      if (plan.mayBePlain) raw += text;
      if (known) writeStatic(known);
      else writeValue(text);
    },
    finish() {
      if (width > LINE) plain = false;
      const isPlain = plain && !raw.includes(boundary);
      if (isPlain) return { encoding: '7bit', text: raw };
      return { encoding: 'quoted-printable', text: out + wrap(withoutTrailingBlank(line)) };
    },
    fault: () => fault,
  };
}

// A blank at the end of a line may be lost on the way (RFC 2045 6.7 rule 3).
function withoutTrailingBlank(line: string): string {
  const end = line.endsWith('\r\n') ? line.length - 2 : line.length;
  const last = line[end - 1];
  if (last !== ' ' && last !== '\t') return line;
  return `${line.slice(0, end - 1)}${last === ' ' ? '=20' : '=09'}${line.slice(end)}`;
}

// The wrapper is shown a line end, so that it leaves room for the "=".
function softBroken(line: string): string {
  const wrapped = wrap(`${line}\r\n`).slice(0, -2);
  return wrapped.endsWith('=\r\n') ? wrapped : `${wrapped}=\r\n`;
}
