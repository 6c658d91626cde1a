import { expect, test } from 'vitest';
import { ConfigFault, readConfig } from '../src/config.ts';

test.each([
  ['192.0.2.1', ['192.0.2.1']],
  ['192.0.2.1:5353, 2001:db8::1', ['192.0.2.1:5353', '2001:db8::1']],
  ['[2001:db8::1]:53', ['[2001:db8::1]:53']],
])('name servers may be given: %s', (text, expected) => {
  expect(readConfig({ OFFPEAK_DNS_SERVERS: text }).OFFPEAK_DNS_SERVERS).toEqual(expected);
});

test.each(['ns.example.com', '192.0.2.1,', '192.0.2.300', '192.0.2.1:65536', '[192.0.2.1]:', '[::1'])(
  'name servers that are none are refused: %s',
  (text) => {
    expect(() => readConfig({ OFFPEAK_DNS_SERVERS: text })).toThrow(ConfigFault);
  },
);

test('without them the system’s are asked', () => {
  expect(readConfig({}).OFFPEAK_DNS_SERVERS).toBeUndefined();
});
