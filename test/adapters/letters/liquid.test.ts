import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeEngine, parse, renderText } from '../../../src/adapters/letters/liquid.ts';
import { faults } from './a-campaign.ts';

const engines = { html: makeEngine('html'), plain: makeEngine('plain') };

function printed(kind: 'html' | 'plain', source: string, scope: Record<string, string>): string {
  const template = parse(engines[kind], source, '/content/html');
  if (!template.ok) throw new Error(JSON.stringify(template.error));
  const text = renderText(template.value, scope);
  return text.ok ? text.value : text.error.code;
}

test.each(['html', 'plain'] as const)('a bare column in %s prints what the interpreter prints', (kind) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (n) => {
      const bare = printed(kind, 'a {{ n }} {{-n-}} {{none}}z', { n });
      expect(bare).toBe(printed(kind, 'a {{ n | append: "" }} {{- n | append: "" -}} {{ none | append: "" }}z', { n }));
    }),
  );
});

test('a name that the template sets itself is not the column of that name', () => {
  expect(printed('plain', '{{ n }}{% assign n = 2 %}{{ n }}', { n: '1' })).toBe('12');
  expect(printed('plain', '{% capture n %}3{% endcapture %}{{ n }}', { n: '1' })).toBe('3');
});

test('the words of the language are no columns', () => {
  expect(printed('plain', '[{{ nil }}{{ empty }}{{ true }}]', { nil: 'x', empty: 'x', true: 'x' })).toBe('[true]');
});

test('a break outside a loop ends the text', () => {
  expect(printed('plain', 'a{% if n %}b{% break %}c{% endif %}d', { n: '1' })).toBe('ab');
});

test('text, number and date filters work, in UTC', () => {
  expect(printed('plain', '{{ n | upcase | truncate: 4, "." }}', { n: 'abcdef' })).toBe('ABC.');
  expect(printed('plain', '{{ n | times: 2 | plus: 1 | round: 1 }}', { n: '1.25' })).toBe('3.5');
  expect(printed('plain', '{{ n | date: "%e %B %Y %H:%M" }}', { n: '2026-03-01T22:15:00Z' })).toBe(
    ' 1 March 2026 22:15',
  );
  expect(printed('html', '{{ n | escape | newline_to_br | raw }}', { n: '<a>\nb' })).toBe('&lt;a&gt;<br />\nb');
  expect(printed('plain', '{{ n | url_encode }}', { n: 'ann+x@b.example & c' })).toBe('ann%2Bx%40b.example+%26+c');
});

test('a filter that fails at one value is a fault of that row', () => {
  expect(printed('plain', '{{ n | url_encode }}', { n: '\ud800' })).toBe('render.failed');
});

test('a letter with more merge fields than anybody writes is refused before it is parsed', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, at) => `{{ f${at} }}`).join('\n');
  const began = process.cpuUsage();
  expect(faults({ html: fields(60_000) })).toMatchObject([
    { code: 'template.tooManyFields', pointer: '/content/html' },
  ]);
  expect(faults({ html: `${fields(1_990)}{% if f1 %}{% endif %}` })).toEqual([]);
  // It took minutes of the processor once.
  expect(process.cpuUsage(began).user).toBeLessThan(20_000_000);
});

test('a fault names its line, however many fields stand before it', () => {
  const html = `${'<p>{{ a }}</p>\n'.repeat(500)}{{ b | nosuch }}`;
  expect(faults({ html })).toMatchObject([{ code: 'template.syntax', line: 501 }]);
  expect(faults({ html: `${'<p>{{ a }}</p>\n'.repeat(500)}  {{ b }}` }, ['a'])).toMatchObject([
    { code: 'template.unknownField', line: 501 },
  ]);
});

test.each(['name.constructor', 'name.length', 'name["x"]', 'a.b.c', 'name.size.first', 'name[0]'])(
  '{{ %s }} asks a text for what it has not',
  (path) => {
    expect(faults({ html: `<p>{{ ${path} }}</p>` })).toMatchObject([{ code: 'template.noSuchProperty', line: 1 }]);
  },
);

test('a text has a size, and what a template made itself may be looked into', () => {
  expect(
    faults({ html: '<p>{{ name.size }}</p>{% assign parts = name | split: " " %}{{ parts[0] }}{{ parts.first }}' }),
  ).toEqual([]);
});
