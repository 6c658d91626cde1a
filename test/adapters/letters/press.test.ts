import { describe, expect, test } from 'vitest';
import { ann, compiled, faults, header, parsed, raw, rowFault } from './a-campaign.ts';

const read = (...given: Parameters<typeof raw>) => parsed(raw(...given));
const NASTY = `<b>&"'`;
const trimmed = (value: string | undefined) => (value ?? '').trim();

test('values are escaped in HTML, and printed as they are in text and subject', async () => {
  const email = await parsed(raw({ subject: 's {{ n }}', html: '<p>{{ n }}</p>', text: 't {{ n }}' }, { n: NASTY }));
  expect(trimmed(email.html)).toBe('<p>&lt;b&gt;&amp;&#34;&#39;</p>');
  expect(trimmed(email.text)).toBe(`t ${NASTY}`);
  expect(email.subject).toBe(`s ${NASTY}`);
});

test('a value that looks like a template is data', async () => {
  const email = await parsed(
    raw({ html: '<p>{{ n }}</p>', text: '{{ n }}' }, { n: '{{ email }}{% if 1 %}', email: 'x' }),
  );
  expect(trimmed(email.html)).toBe('<p>{{ email }}{% if 1 %}</p>');
  expect(trimmed(email.text)).toBe('{{ email }}{% if 1 %}');
});

test('the address is always there as email, whatever the columns say', async () => {
  const email = await parsed(raw({ html: '{{ email }}' }, { email: 'other@x.example' }));
  expect(trimmed(email.html)).toBe('ann@beta.example');
});

test('a field that a row lacks is empty, or its default', async () => {
  const content = { html: '<i>{{ n }}</i>{{ n | default: "you" }}', text: '{% if n %}yes{% else %}no{% endif %}' };
  const email = await parsed(raw(content, {}));
  expect(trimmed(email.html)).toBe('<i></i>you');
  expect(trimmed(email.text)).toBe('no');
  expect(trimmed((await parsed(raw(content, { n: '' }))).text)).toBe('no');
});

test('what every object has is no field', async () => {
  const content = { html: '[{{ constructor }}{{ toString }}{{ __proto__ }}]' };
  expect(trimmed((await parsed(raw(content, { n: 'x' }))).html)).toBe('[]');
  expect(faults(content, ['n']).map(({ code, detail }) => [code, detail])).toEqual(
    ['constructor', 'toString', '__proto__'].map((name) => ['template.unknownField', `no column is named ${name}`]),
  );
});

test('an unknown field is refused at once, with its place', () => {
  const content = {
    subject: '{{ tilte }}',
    html: '<p>\n{{ first_name }}\n{{ frist_name }}',
    text: '{{ email }}{% assign a = 1 %}{{ a }}',
  };
  expect(faults(content, ['first_name'])).toEqual([
    { code: 'template.unknownField', detail: 'no column is named frist_name', pointer: '/content/html', line: 3 },
    { code: 'template.unknownField', detail: 'no column is named tilte', pointer: '/content/subject', line: 1 },
  ]);
  expect(faults(content)).toEqual([]);
});

test('a derived text part does not repeat the faults of the HTML', () => {
  expect(faults({ html: '<p>{{ nope }}</p>' }, ['n'])).toHaveLength(1);
});

test('bad syntax is refused with its line, in every template', () => {
  const content = {
    subject: '{{ a',
    html: '<p>\n{% if a %}',
    text: 'x\n\n{{ a | nofilter }}',
    listUnsubscribe: { url: '{% nope %}' },
  };
  expect(faults(content).map(({ code, pointer, line }) => [code, pointer, line])).toEqual([
    ['template.syntax', '/content/html', 2],
    ['template.syntax', '/content/subject', 1],
    ['template.syntax', '/content/listUnsubscribe/url', 1],
  ]);
  expect(faults({ text: 'x\n\n{{ a | nofilter }}' }).map(({ code, line }) => [code, line])).toEqual([
    ['template.syntax', 3],
  ]);
});

test.each(['include "x"', 'render "x"', 'layout "x"', 'liquid echo 1', 'tablerow a in b', 'increment a', 'cycle "a"'])(
  'the tag %s does not exist',
  (tag) =>
    expect(faults({ html: `{% ${tag} %}` })).toMatchObject([{ code: 'template.syntax', pointer: '/content/html' }]),
);

test('a template can not run or grow without end', () => {
  const loop = '{% for i in (1..900) %}{% for j in (1..900) %}0123456789{% endfor %}{% endfor %}';
  expect(faults({ html: loop })).toMatchObject([{ code: 'render.tooLarge' }]);
  expect(faults({ html: '{% for i in (1..100000000) %}{% endfor %}' })).toMatchObject([{ code: 'render.failed' }]);
});

test('a letter over a megabyte makes this row invalid', () => {
  expect(rowFault({ html: '{{ n }}' }, { n: 'x'.repeat(1_100_000) })).toMatchObject({
    code: 'render.tooLarge',
    pointer: '/content/html',
  });
  expect(rowFault({ html: '{{ n }}' }, { n: 'ü'.repeat(400_000) })).toMatchObject({ code: 'render.tooLarge' });
  expect(rowFault({ html: '{{ n }}' }, { n: 'x'.repeat(100_000) })).toBeNull();
});

test.each([
  ['javascript:alert(1)', '<a href="{{ u }}">x</a>'],
  ['JaVa\tScript:alert(1)', "<a href='{{ u }}'>x</a>"],
  [' data:text/html,x', '<img src = "{{ u }}">'],
  ['javascript', '<a href="{{ u }}://%0aalert(1)">x</a>'],
  ['javascript', '<a href="{{ u }}:alert(1)">x</a>'],
  ['script:alert(1)', '<a href="java{{ u }}">x</a>'],
  ['javascript:x', '<a href="{% if u %}{{ u }}{% endif %}">x</a>'],
  ['javascript:x', '{% assign v = u %}<a href="{{ v | strip }}">x</a>'],
])('a row whose value makes a URL that runs code is invalid: %s in %s', (u, html) => {
  expect(rowFault({ html, text: 'x' }, { u })).toMatchObject({ code: 'render.unsafeUrl', pointer: '/content/html' });
});

test.each([
  ['https://x.example/', '<a href="{{ u }}">x</a>'],
  ['javascript:alert(1)', '<p>{{ u }}</p><img src="data:image/png;base64,AAAA"><a href="https://x.example">x</a>'],
  ['javascript:alert(1)', '<a href="https://x.example/?q={{ u }}">x</a>'],
  ['javascript:alert(1)', '<a href="https://x.example/">{{ u }}</a>'],
])('and harmless values are not: %s in %s', (u, html) => {
  expect(rowFault({ html }, { u })).toBeNull();
});

test('line breaks and direction overrides in values never reach a header', async () => {
  const content = {
    subject: 'Hi {{ n }}',
    from: { address: 'news@alpha.example', name: 'A\r\nBcc: x@x.example' },
    replyTo: 'b@alpha.example',
    listUnsubscribe: { url: 'https://x.example/{{ n }}', mailto: 'off@x.example?subject={{ n }}' },
  };
  const message = raw(content, { n: 'a\r\nBcc: evil@x.example\u202e\0z' });
  const email = await parsed(message);
  expect(email.subject).toBe('Hi a Bcc: evil@x.example z');
  expect(email.bcc).toBeUndefined();
  expect(email.from).toMatchObject({ address: 'news@alpha.example', name: 'A Bcc: x@x.example' });
  expect(email.headers.map(({ key }) => key)).toEqual([
    ...['from', 'reply-to', 'date', 'to', 'message-id', 'subject', 'list-unsubscribe', 'list-unsubscribe-post'],
    ...['mime-version', 'content-type'],
  ]);
});

test('From and Reply-To are never templates', async () => {
  const email = await parsed(
    raw({ from: { address: 'a@x.example', name: '{{ n }}' }, replyTo: 'b@x.example' }, { n: 'evil' }),
  );
  expect(email.from?.name).toBe('{{ n }}');
});

test('one-click is offered for an https URL only', async () => {
  const oneClick = async (listUnsubscribe: object) => {
    const email = await parsed(raw({ listUnsubscribe }));
    return [header(email, 'list-unsubscribe'), header(email, 'list-unsubscribe-post')];
  };
  expect(await oneClick({ url: 'https://x.example/u' })).toEqual([
    '<https://x.example/u>',
    'List-Unsubscribe=One-Click',
  ]);
  expect(await oneClick({ url: 'http://x.example/u' })).toEqual(['<http://x.example/u>', undefined]);
  expect(await oneClick({ mailto: 'off@x.example' })).toEqual(['<mailto:off@x.example>', undefined]);
});

test('an unsubscribe URL keeps to the characters of a URL, and to http', () => {
  const listUnsubscribe = { url: '{{ u }}' };
  const unsafe = { code: 'render.unsafeUrl', pointer: '/content/listUnsubscribe/url' };
  expect(rowFault({ listUnsubscribe }, { u: 'javascript:alert(1)' })).toMatchObject(unsafe);
  expect(rowFault({ listUnsubscribe }, { u: '' })).toMatchObject(unsafe);
  expect(raw({ listUnsubscribe }, { u: 'https://x.example/ä b>' }).toString()).toContain(
    '<https://x.example/%C3%A4%20b%3E>\r\n',
  );
});

test('an address that is not one bare mailbox is refused', () => {
  for (const address of [
    'a@x.example, b@x.example',
    'Ann <a@x.example>',
    'a@x.example\r\nBcc: b@x.example',
    'ä@x.example',
    '',
  ]) {
    const letter = compiled().render({ ...ann(), address });
    expect(letter.ok ? address : letter.error.code).toBe('render.address');
  }
});

test('merge fields stand where escaping makes them harmless, or are refused with their line', () => {
  const html = `<style>\n.{{ a }}{}</style>\n<p style="color:{{ a }}">\n<script>{{ a }}</script>\n<b onclick="{{ a }}" {{ a }} class={{ a }}>`;
  expect(faults({ html }).map(({ code, detail, line }) => [code, detail.split('stand in ')[1], line])).toEqual([
    ['template.unsafePlace', 'the element style', 2],
    ['template.unsafePlace', 'the attribute style', 3],
    ['template.unsafePlace', 'the element script', 4],
    ['template.unsafePlace', 'the attribute onclick', 5],
    ['template.unsafePlace', 'a tag', 5],
    ['template.unsafePlace', 'an attribute without quotes', 5],
  ]);
  expect(
    faults({ html: `<td {% if a %}class="x {{ a }}"{% endif %}>{{ a }}<!-- " {{ a }} --><a href='{{ a }}'>{{ a }}` }),
  ).toEqual([]);
});

test('the fields of a letter are those of all its templates', () => {
  const letter = compiled({
    subject: '{{ a }}',
    html: '{% for x in b %}{{ x }}{{ forloop.index }}{% endfor %}{{ c.size }}{% assign e = 1 %}{{ e }}{{ email }}',
    text: '{{ f | default: g }}',
    listUnsubscribe: { url: 'https://x.example/{{ h }}' },
  });
  expect(letter.fields).toEqual(['a', 'b', 'c', 'email', 'f', 'g', 'h']);
});

describe('what a reader would not want to see', () => {
  test.each(['', '   ', '\n\t'])('a text part of %j is derived from the page', async (text) => {
    expect((await read({ html: '<p>Dear all</p>', text })).text).toContain('Dear all');
  });

  test('a subject that is blank for a recipient is that row’s fault', () => {
    const content = { subject: '{{ n }}' };
    for (const n of ['', '   ', '\u2028'])
      expect(rowFault(content, { n })).toMatchObject({ code: 'render.blankSubject' });
    expect(rowFault(content, { n: 'x' })).toBeNull();
  });

  test('a cell of blanks is an empty cell, so a default takes its place', async () => {
    const content = { html: '<p>Dear {{ n | default: "reader" }}</p>', text: '{{ n | default: "reader" }}' };
    expect((await read(content, { n: '  ' })).html).toContain('Dear reader');
    expect((await read(content, { n: 'Ann' })).html).toContain('Dear Ann');
  });

  test.each(['divided_by: n', 'modulo: n'])('a calculation without a result: %s', (filter) => {
    const content = { html: `<p>{{ 5 | ${filter} }}</p>` };
    expect(rowFault(content, { n: 'no number' })).toMatchObject({ code: 'render.noResult' });
    expect(rowFault(content, { n: '2' })).toBeNull();
  });

  test.each(['=?utf-8?Q?=48=69?=', 'Hi =?utf-8?B?SGk=?= there', '=?UTF-8?q?x?='])(
    '%s is shown as it was written',
    async (n) => {
      expect((await read({ subject: '{{ n }}' }, { n })).subject).toBe(n);
    },
  );
});
