import { describe, expect, test } from 'vitest';
import { checkContent, type DraftContent, isWhole } from '../../../src/core/campaigns/content.ts';

const WHOLE = { subject: 'Hello', from: { address: 'a@example.com' }, html: '<p>Hello</p>' };
const pointers = (content: DraftContent) => checkContent(content).map((fault) => fault.pointer);

describe('a letter before rendering', () => {
  test('is whole with subject, sender and page', () => {
    expect(isWhole(WHOLE)).toBe(true);
    expect(pointers({})).toEqual(['/subject', '/from/address', '/html']);
  });

  test.each(['a\nb', 'a\r\nBcc: x', 'a\0', 'a\u2028b', 'a\u0085b'])('has no header that breaks a line: %j', (text) => {
    expect(pointers({ ...WHOLE, subject: text })).toEqual(['/subject']);
    expect(pointers({ ...WHOLE, from: { address: 'a@example.com', name: text } })).toEqual(['/from/name']);
    expect(pointers({ ...WHOLE, replyTo: `a@example.com${text.slice(1)}` })).toEqual(['/replyTo']);
  });

  test.each([
    '',
    'a',
    'a@b',
    'a@@b.example',
    '.a@b.example',
    'a..b@c.example',
    '"a b"@c.example',
    'A <a@b.example>',
    'a@b.example,c@d.example',
  ])('has no sender "%s"', (address) => {
    expect(pointers({ ...WHOLE, from: { address } })).toEqual(['/from/address']);
  });

  test.each(['a+b@c.example', "o'neil@c.example", 'news@bücher.example', 'x@xn--bcher-kva.example'])(
    'may come from %s',
    (address) => {
      expect(pointers({ ...WHOLE, from: { address } })).toEqual([]);
    },
  );

  test.each([
    [{ url: 'https://example.com/{{ token }}' }, []],
    [{ url: '{{ unsubscribe_url }}' }, []],
    [{ url: 'javascript:alert(1)' }, ['/listUnsubscribe/url']],
    [{ url: 'https://a.example/ <x>' }, ['/listUnsubscribe/url']],
    [{ mailto: 'out+{{ token }}@example.com?subject=out' }, []],
    [{ mailto: 'mailto:out@example.com' }, []],
    [{ mailto: 'http://example.com' }, ['/listUnsubscribe/mailto']],
  ])('may be unsubscribed from by %j: %j', (listUnsubscribe, expected) => {
    expect(pointers({ ...WHOLE, listUnsubscribe })).toEqual(expected);
  });

  test('judges hostile text of the greatest length at once', () => {
    const url = `{{${'{%'.repeat(499_000)}`;
    expect(pointers({ ...WHOLE, subject: url, listUnsubscribe: { url, mailto: url } })).toHaveLength(3);
  });
});
