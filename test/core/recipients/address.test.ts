import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../src/core/recipients/address.ts';

const toAscii = (domain: string) => domainToASCII(domain) || null;
const parse = (cell: string) => parseAddress(cell, toAscii);
const codeOf = (cell: string) => {
  const parsed = parse(cell);
  return parsed.ok ? `ok ${parsed.value.address}` : parsed.error.code;
};
const label = 'a'.repeat(63);

describe('an address is taken', () => {
  test.each([
    ['A1', 'ann@example.com', 'ann@example.com'],
    ['A2', "Ann.O'Neil+tag@Example.COM", "Ann.O'Neil+tag@example.com"],
    ['A3 spaces', ' ann@example.com ', 'ann@example.com'],
    ['A3 tab and no-break space', '\tann@example.com\u00a0', 'ann@example.com'],
    ['A3 byte order mark and zero width space at the ends', '\ufeffann@example.com\u200b', 'ann@example.com'],
    ['A24 local part of 64', `${'l'.repeat(64)}@example.com`, `${'l'.repeat(64)}@example.com`],
    ['A26 label of 63', `ann@${label}.com`, `ann@${label}.com`],
    ['A28', 'ann@mõisa.ee', 'ann@xn--misa-0qa.ee'],
    ['A28 in upper case and decomposed', 'ann@MO\u0303ISA.ee', 'ann@xn--misa-0qa.ee'],
    ['A28 as A-label', 'ann@XN--misa-0qa.EE', 'ann@xn--misa-0qa.ee'],
    ['A30', 'ann@ex\u0430mple.com', 'ann@xn--exmple-4nf.com'],
    ['A38', '-oQ@example.com', '-oQ@example.com'],
    ['A38', '--@example.com', '--@example.com'],
    ['A41', 'postmaster@example.com', 'postmaster@example.com'],
    ['every sign of a dot-atom', "#$&'*+-/=?^_`{|}~9@example.com", "#$&'*+-/=?^_`{|}~9@example.com"],
    ['digits in the domain', 'ann@163.com', 'ann@163.com'],
  ])('%s: %s', (_no, cell, address) => {
    expect(codeOf(cell)).toBe(`ok ${address}`);
  });

  test('A25: with 254 characters and not with 255', () => {
    const tail = `@${label}.${label}.${'b'.repeat(57)}.com`;
    expect(codeOf('l'.repeat(254 - tail.length) + tail)).toMatch(/^ok/);
    expect(codeOf('l'.repeat(255 - tail.length) + tail)).toBe('addr.too_long');
  });

  test('A40: with the same key however it is written', () => {
    const keys = ['ann@example.com', 'ANN@example.com', ' Ann@EXAMPLE.com'].map((cell) => {
      const parsed = parse(cell);
      return parsed.ok && parsed.value.key;
    });
    expect(new Set(keys)).toEqual(new Set(['ann@example.com']));
  });
});

describe('an address is refused', () => {
  test.each([
    ['A4', 'ann@example.com.', 'addr.trailing_dot'],
    ['A5', 'ann@@example.com', 'addr.at_count'],
    ['A5', 'a@b@c.com', 'addr.at_count'],
    ['A6', 'b@example.net,evil@x.org', 'addr.list'],
    ['A7', 'b@example.net;evil@x.org', 'addr.list'],
    ['A8', 'b@example.net\nc@example.org', 'addr.control'],
    ['A9', 'b@example.net\r\nRCPT TO:<evil@x.org>', 'addr.control'],
    ['A10', 'b\0@example.net', 'addr.control'],
    ['A11', '"evil@x.org x"@internal.domain', 'addr.quoted_local'],
    ['A12', '"john doe"@example.com', 'addr.quoted_local'],
    ['A13', 'Ann <ann@example.com>', 'addr.display_form'],
    ['A13 quoted', '"Doe, Ann" <ann@example.com>', 'addr.display_form'],
    ['A14', 'evil@x.org <b@example.net>', 'addr.display_form'],
    ['A15', 'G: b@example.net, c@example.net;', 'addr.group'],
    ['A17', 'ann(comment)@example.com', 'addr.comment'],
    ['A17 after it', 'ann@example.com (Ann)', 'addr.comment'],
    ['A18', 'ann@[127.0.0.1]', 'addr.literal'],
    ['A18', 'ann@[IPv6:::1]', 'addr.literal'],
    ['A18 without brackets', 'ann@127.0.0.1', 'addr.domain_syntax'],
    ['A19', 'ann@localhost', 'addr.no_dot'],
    ['A20', 'ann@example', 'addr.no_dot'],
    ['A20 in Unicode', 'ann@mõisa', 'addr.no_dot'],
    ['A21', '.ann@example.com', 'addr.dots'],
    ['A21', 'ann.@example.com', 'addr.dots'],
    ['A21', 'a..n@example.com', 'addr.dots'],
    ['A22', 'ann@-example.com', 'addr.domain_syntax'],
    ['A22', 'ann@example-.com', 'addr.domain_syntax'],
    ['A22', 'ann@exa_mple.com', 'addr.domain_syntax'],
    ['A23', 'ann@example..com', 'addr.domain_syntax'],
    ['A23', 'ann@.example.com', 'addr.domain_syntax'],
    ['A24', `${'l'.repeat(65)}@example.com`, 'addr.local_too_long'],
    ['A26', `ann@a${label}.com`, 'addr.domain_syntax'],
    ['A27', 'jõgeva@mõisa.ee', 'addr.utf8_local'],
    ['A29', 'ann@EXAMPLE\uff0ecom', 'addr.unicode'],
    ['A29', 'ann\uff20example.com', 'addr.unicode'],
    ['A29 full-width letter', 'ann@\uff45xample.com', 'addr.unicode'],
    ['A31', 'ann@xn--a', 'addr.idn'],
    ['A31', 'ann@xn--a.com', 'addr.idn'],
    ['A31 lone surrogate', 'ann@x\ud800.com', 'addr.idn'],
    ['A32', '%user@example.com', 'addr.routing'],
    ['A32', 'a%b@c.com', 'addr.routing'],
    ['A32', 'a!b@c.com', 'addr.routing'],
    ['A33', '@example.com', 'addr.empty_part'],
    ['A33', 'ann@', 'addr.empty_part'],
    ['A33', '@', 'addr.empty_part'],
    ['A33', '', 'addr.empty'],
    ['A33', ' \t\u00a0', 'addr.empty'],
    ['A34', 'an\u200bn@example.com', 'addr.invisible'],
    ['A34', 'ann@exam\ufeffple.com', 'addr.invisible'],
    ['A34 soft hyphen', 'ann@exam\u00adple.com', 'addr.invisible'],
    ['A35', 'ann\u202e@example.com', 'addr.invisible'],
    ['A36', 'mailto:ann@example.com', 'addr.scheme'],
    ['A36', 'https://ann@example.com', 'addr.scheme'],
    ['A37', 'ann@example.com?cc=e@x', 'addr.domain_syntax'],
    ['a space', 'ann smith@example.com', 'addr.space'],
    ['a port', 'ann@example.com:25', 'addr.domain_syntax'],
    ['a backslash', 'ann\\x@example.com', 'addr.local_syntax'],
    ['no at sign', 'ann.example.com', 'addr.at_count'],
  ])('%s: %s', (_no, cell, code) => {
    expect(codeOf(cell)).toBe(code);
  });

  test.each([
    ['A16', 'g:'.repeat(5_000)],
    ['A39', `${'a'.repeat(1_000_000)}@`],
    ['A39 with spaces', ` a${' '.repeat(1_000_000)}@ `],
  ])('%s: for its length alone', (_no, cell) => {
    expect(codeOf(cell)).toBe('addr.too_long');
  });
});

describe('whatever the cell holds', () => {
  const near = fc.string({ unit: fc.constantFrom(...'aZ0-._@%"<(,;: \té\u200b[]\\xn--'), minLength: 1, maxLength: 30 });

  test('an address that is taken is plain, of one at sign, and taken again unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(near, fc.emailAddress(), fc.string({ unit: 'binary' })), (cell) => {
        const parsed = parse(cell);
        if (!parsed.ok) {
          expect(parsed.error.code).toMatch(/^addr\.[a-z_0-9]+$/);
          return;
        }
        const { address, domain, key } = parsed.value;
        expect(address).toMatch(/^[\w.#$&'*+/=?^`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/);
        expect(address.endsWith(`@${domain}`)).toBe(true);
        expect(key).toBe(address.toLowerCase());
        expect(parse(address)).toEqual(parsed);
      }),
      { numRuns: 3_000 },
    );
  });

  test('a plain ASCII address never asks for the IDN tables', () => {
    const never = () => {
      throw new Error('asked');
    };
    expect(parseAddress('ann@example.com', never).ok).toBe(true);
    expect(parseAddress('ann@example', never).ok).toBe(false);
  });
});
