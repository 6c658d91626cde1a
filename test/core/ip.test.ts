import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameIp, isWithin, parseIp, reversed } from '../../src/core/ip.ts';

const address = (text: string) => parseIp(text)!;

test.each([
  ['192.0.2.7', '7.2.0.192'],
  ['0.0.0.0', '0.0.0.0'],
  ['2001:db8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2'],
])('%s is %s the other way round', (text, labels) => expect(reversed(address(text))).toBe(labels));

test.each([
  ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['2001:DB8::', '2001:db8:0:0:0:0:0:0'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
])('%s is the same as %s', (a, b) => expect(isSameIp(address(a), address(b))).toBe(true));

test('IPv4 and IPv6 are never the same, nor within each other', () => {
  expect(isSameIp(address('0.0.0.1'), address('::1'))).toBe(false);
  expect(isWithin(address('0.0.0.1'), address('::'), 0)).toBe(false);
});

test.each([
  ['192.0.2.7', '192.0.2.0', 29, true],
  ['192.0.2.8', '192.0.2.0', 29, false],
  ['192.0.2.8', '192.0.2.8', 32, true],
  ['203.0.113.1', '0.0.0.0', 0, true],
  ['2001:db8:1::5', '2001:db8::', 32, true],
  ['2001:db9::5', '2001:db8::', 32, false],
])('%s in %s/%i: %s', (text, network, prefix, isIn) => {
  expect(isWithin(address(text), address(network), prefix)).toBe(isIn);
});

test('takes for an address what is one, and nothing else', () => {
  const part = fc.constantFrom('', '0', '1', '255', '256', '01', 'ffff', 'g', '10000', '1.2.3.4');
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(part, { maxLength: 9 }).map((parts) => parts.join(':')),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
  );
  fc.assert(
    fc.property(text, (one) => {
      expect(parseIp(one) !== null).toBe(isIP(one) !== 0);
    }),
  );
});
