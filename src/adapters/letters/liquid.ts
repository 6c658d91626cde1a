import {
  Context,
  type Emitter,
  type FilterImplOptions,
  Liquid,
  type LiquidError,
  type Template,
  Token,
  TokenKind,
  toValueSync,
} from 'liquidjs';
import type { RenderFault } from '../../app/campaigns/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** The template language: LiquidJS with an allow-list of tags and filters, limits, and no way to any file. */

const TAGS = ['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'capture', 'comment', 'raw', '#'];

type FilterHandler = Extract<FilterImplOptions, (...given: never[]) => unknown>;
type FilterImpl = ThisParameterType<FilterHandler>;

const CALCULATIONS = [
  ...['abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'modulo', 'plus', 'round', 'times'],
];

const FILTERS = [
  ...[
    'append',
    'capitalize',
    'downcase',
    'lstrip',
    'newline_to_br',
    'prepend',
    'remove',
    'remove_first',
    'remove_last',
  ],
  ...['replace', 'replace_first', 'replace_last', 'rstrip', 'squish', 'strip', 'strip_html', 'strip_newlines'],
  ...['truncate', 'truncatewords', 'upcase', 'slice', 'split', 'join', 'first', 'last', 'size'],
  ...CALCULATIONS,
  ...['date', 'default', 'escape', 'escape_once', 'raw', 'url_encode'],
];

/** Characters, milliseconds, and Liquid's own units of memory. */
const LIMITS = { parseLimit: 1_000_000, renderLimit: 2_000, memoryLimit: 1_000_000 };

/** What Liquid knows of a text. */
const PROPERTIES: ReadonlySet<string> = new Set(['size', 'first', 'last']);
/** In one part of a letter; newsletters have a few dozen. */
const MOST_FIELDS = 2_000;

export type LiquidEngine = Liquid;
/** Columns by name; own properties only. */
export type LiquidScope = Readonly<Record<string, string>>;

/** Most of a letter is fixed text and bare columns, which need no interpreter: that halves the cost of rendering. */
type Step = { readonly fixed: string } | { readonly column: string } | { readonly node: Template };

/** One parsed template of a letter. */
export type Parsed = {
  readonly engine: LiquidEngine;
  readonly nodes: Template[];
  readonly steps: readonly Step[];
  /** JSON pointer of the text it was parsed from. */
  readonly pointer: string;
  /** Names it reads that it did not itself set, with the line of the first use. */
  readonly names: ReadonlyMap<string, number>;
};

/** Begins of the lines of the text that was last asked about; a token knows only how many characters stand before it. */
let lines: { readonly input: string; readonly begins: readonly number[] } = { input: '', begins: [0] };

function beginsOf(input: string): readonly number[] {
  if (lines.input === input) return lines.begins;
  const begins = [0];
  for (let at = input.indexOf('\n'); at >= 0; at = input.indexOf('\n', at + 1)) begins.push(at + 1);
  lines = { input, begins };
  return begins;
}

/** The library counts from the beginning for every merge field, so a letter with many would take minutes. */
Token.prototype.getPosition = function (this: Token): [number, number] {
  const begins = beginsOf(this.input);
  let [low, high] = [0, begins.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (begins[middle]! <= this.begin) low = middle;
    else high = middle - 1;
  }
  return [low + 1, this.begin - begins[low]! + 1];
};

const NO_FILES = {
  readFile: noFile,
  readFileSync: noFile,
  exists: async () => false,
  existsSync: () => false,
  resolve: noFile,
};

function noFile(): never {
  throw new Error('templates can read no file');
}

/** `html` escapes what it prints unless the template says `| raw`; `plain` prints values as they are. */
export function makeEngine(kind: 'html' | 'plain'): LiquidEngine {
  const engine = new Liquid({
    ...LIMITS,
    fs: NO_FILES,
    relativeReference: false,
    ownPropertyOnly: true,
    strictFilters: true,
    // A column that a row leaves empty is not there, as far as `if` is concerned.
    jsTruthy: true,
    timezoneOffset: 0,
    locale: 'en-US',
    ...(kind === 'html' ? { outputEscape: 'escape' as const } : {}),
  });
  for (const tag of Object.keys(engine.tags)) if (!TAGS.includes(tag)) delete engine.tags[tag];
  for (const filter of Object.keys(engine.filters)) if (!FILTERS.includes(filter)) delete engine.filters[filter];
  const fallback = engine.filters['default'] as FilterHandler;
  // A cell of blanks is an empty cell.
  engine.registerFilter('default', function (this: FilterImpl, value: unknown, ...rest: unknown[]) {
    const isBlank = typeof value === 'string' && value.trim() === '';
    return fallback.call(this, isBlank ? '' : value, ...rest);
  });
  // Nobody wants to read "NaN" or "Infinity", which is what a column that is no number makes of a calculation.
  for (const name of CALCULATIONS) {
    const calculate = engine.filters[name] as FilterHandler;
    engine.registerFilter(name, function (this: FilterImpl, ...given: [unknown, ...unknown[]]) {
      const result: unknown = calculate.apply(this, given);
      if (typeof result === 'number' && !Number.isFinite(result)) throw new NoResult(name);
      return result;
    });
  }
  return engine;
}

export function parse(engine: LiquidEngine, source: string, pointer: string): Result<Parsed, RenderFault> {
  // Counted before anything is parsed: nothing that a request brings may hold everybody else up.
  const fields = source.split(/\{[{%]/).length - 1;
  if (fields > MOST_FIELDS) {
    const detail = `a letter has at most ${MOST_FIELDS} merge fields and tags, and here are ${fields}`;
    return fail({ code: 'template.tooManyFields', detail, pointer, line: null });
  }
  try {
    const nodes = engine.parse(source);
    const { globals, locals } = engine.analyzeSync(nodes, { partials: false });
    const strange = Object.values(globals)
      .flatMap((uses) => uses!)
      .find(({ segments }) => segments.length > 1 && !(segments.length === 2 && PROPERTIES.has(String(segments[1]))));
    if (strange) {
      const detail = `a column is text and has no ${strange.segments.slice(1).join('.')}; only ${[...PROPERTIES].join(', ')}`;
      return fail({ code: 'template.noSuchProperty', detail, pointer, line: strange.location.row });
    }
    const names = new Map(Object.values(globals).map(([use]) => [String(use!.segments[0]), use!.location.row]));
    const columns = new Set([...names.keys()].filter((name) => !Object.hasOwn(locals, name)));
    return ok({ engine, nodes, steps: nodes.map((node) => stepOf(node, columns)), pointer, names });
  } catch (error) {
    return fail(faultOf(error, 'template.syntax', pointer));
  }
}

const BARE_COLUMN = /^\{\{-?\s*([A-Za-z_][\w-]*)\s*-?\}\}$/;

function stepOf(node: Template, columns: ReadonlySet<string>): Step {
  if (node.token.kind === TokenKind.HTML) return { fixed: (node.token as HtmlToken).getContent() };
  const column = node.token.kind === TokenKind.Output ? BARE_COLUMN.exec(node.token.getText())?.[1] : undefined;
  return column !== undefined && columns.has(column) ? { column } : { node };
}

/** The fixed texts of a template, those inside branches and loops too. */
export function fixedTexts(nodes: readonly Template[]): string[] {
  return nodes.flatMap((node) => {
    if (node.token.kind === TokenKind.HTML) return [(node.token as HtmlToken).getContent()];
    return node.children ? fixedTexts(toValueSync(node.children(false, true)) as Template[]) : [];
  });
}

type HtmlToken = Template['token'] & { getContent(): string };

/** Writes into `emitter` what the template prints for one recipient. */
export function renderInto(template: Parsed, scope: LiquidScope, emitter: Emitter): Result<void, RenderFault> {
  const { engine, steps } = template;
  const escapes = engine.options.outputEscape !== undefined;
  let context: Context | null = null;
  try {
    for (const step of steps) {
      if ('fixed' in step) emitter.write(step.fixed);
      else if ('column' in step) emitter.write(columnText(scope, step.column, escapes));
      else {
        context ??= new Context(scope, engine.options, { sync: true }, { liquid: engine });
        toValueSync(engine.renderer.renderTemplates([step.node], context, emitter));
        if (context.breakCalled || context.continueCalled) break;
      }
    }
    return ok(undefined);
  } catch (error) {
    return fail(faultOf(error, 'render.failed', template.pointer));
  }
}

const SPECIAL = /[&<>"']/;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

function columnText(scope: LiquidScope, column: string, escapes: boolean): string {
  const text = Object.hasOwn(scope, column) ? scope[column]! : '';
  return escapes && SPECIAL.test(text) ? text.replace(/[&<>"']/g, (char) => ESCAPES[char]!) : text;
}

export function renderText(template: Parsed, scope: LiquidScope): Result<string, RenderFault> {
  const emitter = {
    buffer: '',
    write(value: unknown) {
      this.buffer += textOf(value);
    },
  };
  const done = renderInto(template, scope, emitter);
  return done.ok ? ok(emitter.buffer) : done;
}

/** How Liquid prints a value. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.map(textOf).join('') : String(value);
}

/** A calculation with something that is no number, or that leads nowhere. */
export const NO_RESULT = 'render.noResult';
class NoResult extends Error {
  constructor(filter: string) {
    super(`${filter} has no result for this recipient`);
  }
}

function faultOf(error: unknown, kind: string, pointer: string): RenderFault {
  if (!(error instanceof Error)) throw error;
  const code = 'originalError' in error && error.originalError instanceof NoResult ? NO_RESULT : kind;
  const line = 'token' in error ? (error as LiquidError).token.getPosition()[0]! : null;
  return { code, detail: error.message.replace(/, line:\d+, col:\d+$/, ''), pointer, line };
}
