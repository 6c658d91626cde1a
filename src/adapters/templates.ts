import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The letters that ship with Offpeak: one folder each, with letter.html, letter.txt, meta.json and example.json. */

type TemplateInfo = {
  /** The folder's name. */
  readonly name: string;
  readonly description: string;
  readonly subject: string;
  /** Columns the letter merges, besides `email`. */
  readonly columns: readonly string[];
};

export type Template = TemplateInfo & {
  readonly html: string;
  readonly text: string;
  /** A value for each column, to preview with. */
  readonly example: Readonly<Record<string, string>>;
};

const NAME = /^[a-z0-9-]{1,64}$/;

/** Sorted by name. A folder without meta.json is no template; a broken one throws, for it is shipped. */
export async function listTemplates(dir: string): Promise<Template[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && NAME.test(entry.name)).map((entry) => entry.name);
  const templates = await Promise.all(names.sort().map((name) => readTemplate(dir, name)));
  return templates.filter((template) => template !== null);
}

/** Null when there is no such template; a name is letters, digits and hyphens, never a path. */
export async function readTemplate(dir: string, name: string): Promise<Template | null> {
  const info = NAME.test(name) ? await readInfo(dir, name) : null;
  if (!info) return null;
  const [html, text, example] = await Promise.all([
    readFile(join(dir, name, 'letter.html'), 'utf8'),
    readFile(join(dir, name, 'letter.txt'), 'utf8'),
    readJson(join(dir, name, 'example.json')),
  ]);
  if (!isTextMap(example)) throw new Error(`templates/${name}/example.json: a map of texts is needed`);
  return { ...info, html, text, example };
}

async function readInfo(dir: string, name: string): Promise<TemplateInfo | null> {
  const meta = await readJson(join(dir, name, 'meta.json'));
  if (meta === null) return null;
  const { description, subject, columns } = meta as Record<string, unknown>;
  if (typeof description !== 'string' || typeof subject !== 'string' || !isTextList(columns)) {
    throw new Error(`templates/${name}/meta.json: description, subject and columns are needed`);
  }
  return { name, description, subject, columns };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const isTextMap = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string');
