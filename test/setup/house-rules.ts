import { dirname, join, normalize } from 'node:path';

/** The rules of the house, each a pure function that answers what breaks it: so that each can be shown to be able to. */

export type SourceFile = { readonly path: string; readonly text: string };
export type Allowed = Readonly<Record<string, readonly string[]>>;

/** Specifiers of everything a file imports or re-exports. */
export function importsOf({ text }: SourceFile): string[] {
  const named = text.matchAll(/^(?:import|export)\b[^'"`]*?\bfrom '([^']+)'/gm);
  const others = text.matchAll(/^import '([^']+)'|\bimport\('([^']+)'\)/gm);
  return [...named, ...others].map((found) => found[1] ?? found[2]!);
}

export const isRelative = (specifier: string) => specifier.startsWith('.');
export const targetOf = (path: string, specifier: string) => normalize(join(dirname(path), specifier));

const arrowsOf = (file: SourceFile) =>
  importsOf(file)
    .filter(isRelative)
    .map((specifier) => targetOf(file.path, specifier));

/** `core/lanes` for a file of a subject, `core` for one that stands in the layer itself, else null. */
export function subjectOf(path: string): string | null {
  const [src, layer, ...rest] = path.split('/');
  if (src !== 'src' || (layer !== 'core' && layer !== 'app')) return null;
  return rest.length > 1 ? `${layer}/${rest[0]}` : layer;
}

/** A subject imports itself, what lies in its layer or core itself, and the subjects that the table names. */
export function strangeArrows(files: readonly SourceFile[], table: Allowed): string[] {
  return files.flatMap((file) => {
    const subject = subjectOf(file.path);
    if (subject === null) return [];
    return arrowsOf(file).flatMap((target) => {
      const to = subjectOf(target);
      if (to === null || to === subject || to === 'core' || to === 'app') return [];
      const isFromAbove = subject.startsWith('app') && to.startsWith('core');
      return isFromAbove || table[subject]?.includes(to) ? [] : [`${file.path} -> ${target}`];
    });
  });
}

/** Each circle of files once, as the way round it. */
export function circles(files: readonly SourceFile[]): string[] {
  const arrows = new Map(files.map((file) => [file.path, arrowsOf(file)]));
  return circlesOf(arrows);
}

/** Circles of the subjects of a layer. */
export function subjectCircles(files: readonly SourceFile[]): string[] {
  const arrows = new Map<string, string[]>();
  for (const file of files) {
    const from = subjectOf(file.path);
    if (from === null || !from.includes('/')) continue;
    const to = arrowsOf(file).flatMap((target) => subjectOf(target) ?? []);
    arrows.set(from, [...(arrows.get(from) ?? []), ...to.filter((one) => one !== from && one.includes('/'))]);
  }
  return circlesOf(arrows);
}

function circlesOf(arrows: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  function walk(at: string, way: readonly string[]): void {
    const before = way.indexOf(at);
    if (before >= 0) {
      found.add([...way.slice(before), at].join(' -> '));
      return;
    }
    if (done.has(at)) return;
    for (const next of arrows.get(at) ?? []) walk(next, [...way, at]);
    done.add(at);
  }
  for (const at of arrows.keys()) walk(at, []);
  return [...found];
}

export function tooLong(files: readonly SourceFile[], most: number): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines > most ? [`${path} has ${lines} lines`] : [];
  });
}

export function tooWide(files: readonly SourceFile[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return [...counts].flatMap(([folder, count]) => (count > most ? [`${folder} has ${count} files`] : []));
}

const SAYS_NOTHING = /^(?:util|helper|common|manager|service|index|misc)s?\./;

export const saysNothing = (files: readonly SourceFile[]): string[] =>
  files.flatMap(({ path }) => (SAYS_NOTHING.test(path.split('/').at(-1)!) ? [path] : []));

/** Identifiers and comments that use a word which another has replaced; `word` is a part of a camelCase name too. */
export function oldWords(files: readonly SourceFile[], words: readonly string[], apart: Allowed = {}): string[] {
  const pattern = new RegExp(
    words
      .map(
        (word) =>
          `\\b${word}s?\\b|${word}s?(?=[A-Z])|(?<=[a-z])${capital(word)}s?(?![a-z])|\\b${capital(word)}s?(?![a-z])`,
      )
      .join('|'),
    'g',
  );
  return files.flatMap(({ path, text }) =>
    linesThat(text, (line) => [...line.matchAll(pattern)].some(([word]) => !apart[path]?.includes(word))).map(
      (line) => `${path}:${line}`,
    ),
  );
}

const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);

const linesThat = (text: string, is: (line: string) => boolean): number[] =>
  text.split('\n').flatMap((line, at) => (is(line) ? [at + 1] : []));

const OTHER_ENDS =
  /^\s*(?:export )?(?:readonly )?(?:const |let )?(?:async )?(?:function )?(?:stopAll|closeAll|drain|leave|letGo|giveUp|retire|shutdown|terminate|dispose)\b\s*[(:=]/;
const OWN_CYCLE = /^\s*(?:start|stop)\([^)]*\): (?:Promise<void>|void);/;

/** Names for starting and ending other than those of the contract, and types that spell it out instead of using it. */
export function otherCycles(files: readonly SourceFile[], contract: string): string[] {
  return files.flatMap(({ path, text }) =>
    linesThat(text, (line) => OTHER_ENDS.test(line) || (path !== contract && OWN_CYCLE.test(line))).map(
      (line) => `${path}:${line}`,
    ),
  );
}

const EXPORTED = /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|type|function\*?|class|interface) (\w+)/gm;

/** Names that more than one file exports. */
export function exportedTwice(files: readonly SourceFile[]): string[] {
  const owners = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    for (const [, name] of text.matchAll(EXPORTED)) owners.set(name!, (owners.get(name!) ?? new Set()).add(path));
  }
  return [...owners].flatMap(([name, paths]) => (paths.size > 1 ? [`${name}: ${[...paths].join(', ')}`] : []));
}

/** Lines that hold what the pattern finds. */
export const reachesFor = (files: readonly SourceFile[], pattern: RegExp): string[] =>
  files.flatMap(({ path, text }) => linesThat(text, (line) => pattern.test(line)).map((line) => `${path}:${line}`));

/** Tests of core and app lie where their sources do. */
export function strayTests(tests: readonly SourceFile[], sources: readonly SourceFile[]): string[] {
  const folders = new Set(sources.map(({ path }) => dirname(path)));
  return tests.flatMap(({ path }) => {
    const folder = dirname(path);
    const isMirrored = /^test\/(?:core|app)(?:\/|$)/.test(folder) && path.endsWith('.test.ts');
    return isMirrored && !folders.has(folder.replace(/^test/, 'src')) ? [path] : [];
  });
}
