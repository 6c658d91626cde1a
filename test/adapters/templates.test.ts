import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import PostalMime from 'postal-mime';
import { expect, test } from 'vitest';
import { makeDemo } from '../../scripts/make-demo-csv.ts';
import { makeLetterPress } from '../../src/adapters/letters/press.ts';
import { listTemplates, readTemplate } from '../../src/adapters/templates.ts';

const DIR = fileURLToPath(new URL('../../templates', import.meta.url));
const NAMES = ['newsletter', 'offer'];

const press = makeLetterPress({ messageIdDomain: () => 'alpha.example' });

async function shipped(name: string) {
  const template = await readTemplate(DIR, name);
  if (!template) throw new Error(`no template ${name}`);
  return template;
}

async function compiled(name: string) {
  const { subject, html, text, columns } = await shipped(name);
  const content = { subject, html, text, from: { address: 'news@alpha.example' } };
  const letter = press.compile({ id: 'c', content, createdAt: new Date(0), columns });
  if (!letter.ok) throw new Error(JSON.stringify(letter.error));
  return letter.value;
}

test('every shipped letter is listed, and folders of other things are not', async () => {
  const list = await listTemplates(DIR);
  expect(list.map(({ name }) => name)).toEqual(NAMES);
  for (const info of list)
    expect(info).toMatchObject(JSON.parse(await readFile(`${DIR}/${info.name}/meta.json`, 'utf8')));
});

test.each([
  'none',
  'demo',
  '../newsletter',
  'newsletter/../offer',
  'newsletter/',
  './offer',
  'Offer',
  '',
  '.',
  'offer\0',
  '/etc',
])('there is no template %j', async (name) => expect(await readTemplate(DIR, name)).toBeNull());

test.each(NAMES)('%s uses exactly the columns it names, and its example fills them', async (name) => {
  const { columns, example } = await shipped(name);
  const letter = await compiled(name);
  expect(letter.fields.filter((field) => field !== 'email')).toEqual([...columns].sort());
  expect(Object.keys(example)).toEqual(columns);
});

test.each(NAMES)('%s renders for its example, for empty columns and for hostile ones', async (name) => {
  const { example, columns } = await shipped(name);
  const letter = await compiled(name);
  const hostile = Object.fromEntries(columns.map((column) => [column, `"><script>\r\n{{ email }}javascript:`]));
  for (const fields of [example, {}, Object.fromEntries(columns.map((column) => [column, ''])), hostile]) {
    const rendered = letter.render({ id: 'r', address: 'ann@beta.example', domain: 'beta.example', fields });
    if (!rendered.ok) throw new Error(JSON.stringify(rendered.error));
    const { html, text } = await PostalMime.parse(rendered.value.raw);
    expect(html).toContain('ann@beta.example');
    expect(html).not.toMatch(/<script|\{%|undefined/);
    expect(text).not.toMatch(/\{%|undefined/);
  }
});

test('the demo list is what its script makes, and its parts add up', async () => {
  const { csv, expected } = makeDemo();
  expect(csv === (await readFile(`${DIR}/demo/recipients.csv`, 'utf8'))).toBe(true);
  expect(expected).toEqual(JSON.parse(await readFile(`${DIR}/demo/expected.json`, 'utf8')));
  const { records, accepted, duplicate, rejected } = expected;
  expect(records).toBe(20_000);
  expect(accepted! + duplicate! + rejected!).toBe(records);
});
