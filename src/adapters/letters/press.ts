import { domainToASCII } from 'node:url';
import type { CompiledLetter, LetterPress, RenderFault } from '../../app/campaigns/ports.ts';
import type { Campaign, Content } from '../../core/campaigns/campaign.ts';
import { messageId } from '../../core/recipients/message-id.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { type Body, makeBodyWriter, planBody } from './body-writer.ts';
import {
  dateLine,
  fromLine,
  headerText,
  headerUrl,
  LONGEST_SUBJECT,
  replyToLine,
  subjectLine,
  toLine,
  unsubscribeLines,
} from './headers.ts';
import {
  fixedTexts,
  type LiquidEngine,
  type LiquidScope,
  makeEngine,
  NO_RESULT,
  type Parsed,
  parse,
  renderInto,
  renderText,
} from './liquid.ts';
import { makeSkeleton } from './mime.ts';
import { unsafePlaces } from './places.ts';
import { DEEPEST, MOST_ELEMENTS, textPart } from './text-part.ts';

/** Compiles a campaign's letter once; per recipient only the merged lines are rendered and encoded. */

/** Bytes of a whole message. */
const LARGEST = 1_048_576;

export type PressOptions = {
  /** The right side of Message-IDs. */
  readonly messageIdDomain: (fromAddress: string) => string;
};

type Templates = {
  readonly html: Parsed;
  readonly text: Parsed;
  readonly subject: Parsed;
  readonly mailto: Parsed | null;
  readonly url: Parsed | null;
};

export function makeLetterPress(options: PressOptions): LetterPress {
  const engines = { html: makeEngine('html'), plain: makeEngine('plain') };
  return {
    compile(campaign) {
      const parsed = parseContent(campaign.content, engines);
      if (!parsed.ok) return parsed;
      const faults = check(parsed.value, campaign);
      if (faults.length > 0) return fail(faults);
      const letter = compileLetter(campaign, parsed.value, options);
      const trial = letter.trial();
      return trial.ok ? ok(letter) : fail([trial.error]);
    },
  };
}

/** A blank text part is none: a reader that shows text would show nothing. */
const hasText = (content: Content): content is Content & { readonly text: string } =>
  content.text !== undefined && content.text.trim() !== '';

const NO_TEXT: RenderFault = {
  code: 'template.noText',
  detail: `the HTML has over ${MOST_ELEMENTS} elements or is over ${DEEPEST} deep: give a text beside it, none is derived`,
  pointer: '/content/text',
  line: null,
};

function parseContent(
  content: Content,
  { html, plain }: { html: LiquidEngine; plain: LiquidEngine },
): Result<Templates, RenderFault[]> {
  const faults: RenderFault[] = [];
  const part = (engine: LiquidEngine, source: string | undefined, pointer: string): Parsed | null => {
    if (source === undefined) return null;
    const parsed = parse(engine, source, pointer);
    if (parsed.ok) return parsed.value;
    faults.push(parsed.error);
    return null;
  };
  const textOf = (): Parsed | null => {
    if (hasText(content)) return part(plain, content.text, '/content/text');
    const derived = textPart(content.html);
    if (derived === null) faults.push(NO_TEXT);
    return derived === null ? null : part(plain, derived, '/content/html');
  };
  const list = content.listUnsubscribe;
  const page = part(html, content.html, '/content/html');
  const text = page ? textOf() : null;
  const subject = part(plain, content.subject, '/content/subject');
  const mailto = part(plain, list?.mailto, '/content/listUnsubscribe/mailto');
  const url = part(plain, list?.url, '/content/listUnsubscribe/url');
  return page && text && subject && faults.length === 0 ? ok({ html: page, text, subject, mailto, url }) : fail(faults);
}

const all = (templates: Templates): Parsed[] => Object.values(templates).filter((template) => template !== null);

function check(templates: Templates, campaign: Pick<Campaign, 'content' | 'columns'>): RenderFault[] {
  const places = unsafePlaces(campaign.content.html).map(({ line, place }) => ({
    code: 'template.unsafePlace',
    detail: `a merge field may not stand in ${place}`,
    pointer: '/content/html',
    line,
  }));
  return campaign.columns.length === 0 ? places : [...places, ...unknownFields(templates, campaign)];
}

function unknownFields(
  templates: Templates,
  { content, columns }: Pick<Campaign, 'content' | 'columns'>,
): RenderFault[] {
  const known = new Set([...columns, 'email']);
  // A derived text part has the fields of the HTML, and lines that nobody wrote.
  const written = all(templates).filter((template) => template !== templates.text || hasText(content));
  return written.flatMap(({ names, pointer }) =>
    [...names]
      .filter(([name]) => !known.has(name))
      .map(([name, line]) => ({ code: 'template.unknownField', detail: `no column is named ${name}`, pointer, line })),
  );
}

type Letters = CompiledLetter & { trial(): Result<void, RenderFault> };

function compileLetter(
  campaign: Pick<Campaign, 'id' | 'content' | 'createdAt' | 'openedAt'>,
  templates: Templates,
  options: PressOptions,
): Letters {
  const { content } = campaign;
  const skeleton = makeSkeleton(campaign.id);
  const fixed =
    fromLine(content.from) + replyToLine(content.replyTo) + dateLine(campaign.openedAt ?? campaign.createdAt);
  const from = inAscii(content.from.address);
  const idDomain = options.messageIdDomain(from);
  const text = bodyOf(templates.text, skeleton.boundary);
  const html = bodyOf(templates.html, skeleton.boundary);
  const headers = mergedHeaders(templates);
  return {
    fields: [...new Set(all(templates).flatMap(({ names }) => [...names.keys()]))].sort(),
    trial() {
      const parts = [text({ email: '' }), html({ email: '' })];
      // Without columns many a calculation has no result; with them it may have.
      const bad = parts.find((part) => !part.ok && part.error.code !== NO_RESULT);
      return bad && !bad.ok ? bad : ok(undefined);
    },
    render(to) {
      const scope: LiquidScope = Object.assign(Object.create(null), to.fields, { email: to.address });
      const toHeader = toLine(to.address);
      if (toHeader === null) return fault('render.address', 'not a bare address', '');
      const merged = headers(scope);
      if (!merged.ok) return merged;
      const plain = text(scope);
      if (!plain.ok) return plain;
      const page = html(scope);
      if (!page.ok) return page;
      const head = `${fixed}${toHeader}Message-ID: ${messageId(campaign.id, to.id, idDomain)}\r\n${merged.value}`;
      const raw = skeleton.assemble(head, plain.value, page.value);
      if (raw.length > LARGEST) return tooLarge('/content/html');
      return ok({ envelopeFrom: from, to: to.address, domain: to.domain, raw });
    },
  };
}

function bodyOf(template: Parsed, boundary: string): (scope: LiquidScope) => Result<Body, RenderFault> {
  const plan = planBody(fixedTexts(template.nodes));
  return (scope) => {
    const writer = makeBodyWriter(plan, boundary, LARGEST);
    const done = renderInto(template, scope, writer);
    const bad = writer.fault();
    if (bad === 'render.tooLarge') return tooLarge(template.pointer);
    if (bad === 'render.unsafeUrl') return fault(bad, 'a merged URL has a scheme that can run code', template.pointer);
    return done.ok ? ok(writer.finish()) : done;
  };
}

/** Subject and List-Unsubscribe of one recipient. */
function mergedHeaders({ subject, mailto, url }: Templates): (scope: LiquidScope) => Result<string, RenderFault> {
  const rendered = (template: Parsed | null, scope: LiquidScope): Result<string | null, RenderFault> =>
    template ? renderText(template, scope) : ok(null);
  return (scope) => {
    const title = renderText(subject, scope);
    if (!title.ok) return title;
    if (headerText(title.value) === '')
      return fault('render.blankSubject', 'the subject is blank for this recipient', '/content/subject');
    if (title.value.length > LONGEST_SUBJECT)
      return tooLarge('/content/subject', `a subject is over ${LONGEST_SUBJECT} characters`);
    const mail = rendered(mailto, scope);
    if (!mail.ok) return mail;
    const page = rendered(url, scope);
    if (!page.ok) return page;
    const list = unsubscribeLines(urlOf(mail.value), urlOf(page.value));
    return list.ok ? ok(subjectLine(title.value) + list.value) : list;
  };
}

/** SMTP without SMTPUTF8 takes a domain as A-labels (RFC 5890). */
function inAscii(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + domainToASCII(address.slice(at));
}

const urlOf = (rendered: string | null) => (rendered === null ? null : headerUrl(rendered));
const fault = (code: string, detail: string, pointer: string) => fail({ code, detail, pointer, line: null });
const tooLarge = (pointer: string, detail = `a letter is over ${LARGEST} bytes`) =>
  fault('render.tooLarge', detail, pointer);
