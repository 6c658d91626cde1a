import { expect, test } from 'vitest';
import { DEEPEST, MOST_ELEMENTS, textPart } from '../../../src/adapters/letters/text-part.ts';
import { faults, parsed, raw } from './a-campaign.ts';

test.each([
  ['<html><head><title>t</title></head><body><p>One</p><p>Two<br>three</p></body></html>', 'One\n\nTwo\nthree\n'],
  ['<style>a{b:c}</style><script>1 < 2</script>x<svg><text>y</text></svg><!-- z --><!--[if mso]>m<![endif]-->', 'x\n'],
  ['<div style="display: none">pre <div>inner</div>header</div>Hello', 'Hello\n'],
  ['<a href="https://x.example/?a=1&amp;b=2">Open <b>it</b></a>', 'Open it (https://x.example/?a=1&b=2)\n'],
  ['<a href="mailto:a@x.example">a@x.example</a> <a href="#top">Up</a>', 'a@x.example Up\n'],
  ['<a href="https://x.example"><img src="l.png" alt="Logo"></a>', 'Logo (https://x.example)\n'],
  ['<ul><li>one</li><li>two</ul>', '- one\n- two\n'],
  ['<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc\n'],
  ['Caf&eacute; &#8211; &#x2014; &amp;lt; &nope; a < b &nbsp; c', 'Café – — &lt; &nope; a < b c\n'],
  ['<p>I &hearts; &Scaron;&#x1F600; &NotEqual;&ZeroWidthSpace;</p>', 'I ♥ Š😀 ≠\n'],
  ['Fix:<pre>one\n  two\n\nthree</pre>done', 'Fix:\n\none\n  two\n\nthree\n\ndone\n'],
  ['<ol start="3"><li>a<li>b</ol><blockquote>said<br>so</blockquote>', ' 3. a\n 4. b\n\n> said\n> so\n'.trimStart()],
  ['<h1>Hello</h1><hr><p hidden>no</p><div STYLE="color:red;DISPLAY:NONE">no</div>w&shy;ord', 'Hello\n\n---\n\nword\n'],
])('%s', (html, text) => {
  expect(textPart(html)).toBe(text);
});

test('Liquid stays as it is, with what it holds of HTML', () => {
  const html = `<p>{{ n | default: "<b> & </b>" }}</p>{% if a > 1 and b < 2 %}<a href="{{ u }}">Go</a>{% endif %}`;
  expect(textPart(html)).toBe('{{ n | default: "<b> & </b>" }}\n\n{% if a > 1 and b < 2 %}Go ({{ u }}){% endif %}\n');
});

test('control tags of dropped markup stay, so that blocks keep their ends', () => {
  const html = '<style>{% if a %}{{ b }}</style><td {% if c %}class="x"{% endif %}>y{% else %}z{% endif %}';
  expect(textPart(html)).toBe('y{% if a %}{% if c %}{% endif %}{% else %}z{% endif %}\n');
});

test('a condition in a comment holds for the text', () => {
  const html = '<!-- {% if a %} {{ b }} --><p>yes</p><!-- {% else %}--><p>no</p><!-- {% endif %}';
  expect(textPart(html)).toBe('{% if a %}\n\nyes\n\n{% else %}\n\nno\n\n{% endif %}\n');
});

test('no character reference stands for somebody’s Liquid', () => {
  expect(textPart('<p>{{ a }}&#xe000;0&#xE001; &#57344;0&#57345;</p>')).toBe('{{ a }}0 0\n');
});

test('no text becomes Liquid by losing the markup inside it', () => {
  expect(textPart('{<b>{ email }}')).toBe('{ { email }}\n');
  expect(textPart('&#123;&#123; email }} {&#37; if')).toBe('{ { email }} { % if\n');
});

test('values are merged into the derived text unescaped', async () => {
  const email = await parsed(raw({ html: '<h1>Hello {{ n }}</h1><p>A &amp; B</p>' }, { n: 'Tom & Jerry <x>' }));
  expect(email.text?.trim()).toBe('Hello Tom & Jerry <x>\n\nA & B');
});

test('is not derived from more elements, or deeper ones, than can be taken apart in no time', () => {
  expect(textPart('<br>'.repeat(MOST_ELEMENTS))).not.toBeNull();
  expect(textPart('<br>'.repeat(MOST_ELEMENTS + 1))).toBeNull();
  expect(textPart(`${'<div>'.repeat(DEEPEST - 1)}x`)).toBe('x\n');
  expect(textPart(`${'<div>'.repeat(DEEPEST + 1)}x`)).toBeNull();
  const html = '<p>'.repeat(MOST_ELEMENTS + 1);
  expect(faults({ html })).toMatchObject([{ code: 'template.noText', pointer: '/content/text' }]);
  expect(faults({ html, text: 'Hello' })).toEqual([]);
});
