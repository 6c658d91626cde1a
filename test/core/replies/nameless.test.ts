import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameless } from '../../../src/core/replies/nameless.ts';
import { plain, shapeOf } from '../../../src/core/replies/shape.ts';

describe('a reply without the person it was about', () => {
  test.each([
    ['as it is', '<Ann.Lee@B.ee>: user unknown', '<…@…>: user unknown'],
    ['in a link', 'see https://x.example/?who=ann.lee%40b.ee&a=1', 'see https://x.example/?who=…@…&a=1'],
    ['in a return path', 'bounces+ann.lee=b.ee@news.example failed', 'bounces+…@…@news.example failed'],
    ['twice', 'ann.lee@b.ee is not ann.lee@b.ee', '…@… is not …@…'],
    ['nowhere', 'OK id=ann.lee', 'OK id=ann.lee'],
  ])('has no address: %s', (_where, text, rest) => {
    expect(nameless(text, 'ann.lee@b.ee', false)).toBe(rest);
  });

  test('keeps whom to ask, unless it is about a mailbox, which may forward', () => {
    const text = 'blocked, write to help@b.ee about annxlee@b.ee';
    expect(nameless(text, 'ann.lee@b.ee', false)).toBe(text);
    expect(nameless(text, 'ann.lee@b.ee', true)).toBe('blocked, write to …@… about …@…');
  });

  test('takes an address with any signs', () => {
    for (const address of ['a.+*?^$[]@b.ee', '"a b"@b.ee', '(x|y)@b.ee'])
      expect(nameless(`no ${address} here`, address, false)).toBe('no …@… here');
  });

  test('has the same shape, so that what was taught is found again', () => {
    const word = fc.constantFrom('mailbox', 'full', '<ann@b.ee>', 'ann@b.ee', 'x@y.example', '4.2.2', 'ann', 'b.ee');
    fc.assert(
      fc.property(fc.array(word), fc.boolean(), (words, isAboutRecipient) => {
        const text = words.join(' ');
        expect(shapeOf(plain(nameless(text, 'ann@b.ee', isAboutRecipient)))).toBe(shapeOf(plain(text)));
      }),
    );
  });
});
