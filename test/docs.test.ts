import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** What the pages say of the code is true of the code. */

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((path) => `src/${path}`);
const pages = ['README.md', ...sources.filter((path) => path.endsWith('.md'))];

const deadLinks = (path: string, text: string) =>
  [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
    .map(([, link]) => link!)
    .filter((link) => !existsSync(join(dirname(path), link)));

test.each(pages)('every link of %s leads somewhere', (path) => {
  expect(deadLinks(path, readFileSync(path, 'utf8'))).toEqual([]);
});

test('a link that leads nowhere is found', () => {
  expect(deadLinks('README.md', 'see [it](src/core/nowhere.ts) and [that](LICENSE)')).toEqual(['src/core/nowhere.ts']);
});

test('the essay on the worker names its loops, and how often each turns', () => {
  const code = readFileSync('src/app/sending/worker.ts', 'utf8');
  const inCode = [...code.matchAll(/(\w+): \{ everyMs: ([\d_]+)/g)].map(([, name, ms]) => [
    name,
    Number(ms!.replace('_', '')) / 1_000,
  ]);
  const essay = readFileSync('src/app/sending/README.md', 'utf8');
  const inEssay = [...essay.matchAll(/^\| `(\w+)` *\| ([\d.]+) s/gm)].map(([, name, s]) => [name, Number(s)]);
  expect(inCode).toHaveLength(13);
  expect(new Map(inEssay as [string, number][])).toEqual(new Map(inCode as [string, number][]));
});

test('the map of the house shows every room', () => {
  const map = readFileSync('src/README.md', 'utf8');
  const rooms = sources.flatMap((path) => /^src\/(?:app|core)\/([^/]+)\/[^/]+\.ts$/.exec(path)?.[1] ?? []);
  const drawn = new Set((/```\n(app {3}4[\s\S]*?)```/.exec(map)?.[1] ?? '').match(/[a-z]+/g));
  expect([...new Set(rooms)].filter((room) => !drawn.has(room))).toEqual([]);
});
