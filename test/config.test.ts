import { expect, test } from 'vitest';
import { ConfigFault, readConfig, secretsOf, settings } from '../src/config.ts';

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

test.each([
  'aaaaaaaaaaaaaaaa',
  'a'.repeat(64),
  'abababababababababababababababababab',
  'short-key',
  '0123456789abcdef',
])('%s is no key', (key) => {
  expect(() => readConfig({ OFFPEAK_API_KEY: key })).toThrow(/128 bits/);
});

test.each(['5f2b1c9e0d7a48b36e21f0c9d8b7a654', 'offpeak_test_fire_0123456789abcdef', 'correct-Horse_battery9'])(
  '%s is one',
  (key) => {
    expect(readConfig({ OFFPEAK_API_KEY: key }).OFFPEAK_API_KEY).toBe(key);
  },
);

test('a setting that is spelt wrong is named, with all else that is wrong', () => {
  expect(() => readConfig({ OFFPEAK_START_RAET: '5', PORT: 'x' })).toThrow(
    /PORT[\s\S]*OFFPEAK_START_RAET: there is no such/,
  );
  expect(() => readConfig({ OFFPEAK_API_KEY_FILE: '/nowhere' })).toThrow(/can't be read/);
});

test('the settings have one form for programs', () => {
  const all = settings({ PORT: '3001', OFFPEAK_API_KEY: '5f2b1c9e0d7a48b36e21f0c9d8b7a654' });
  expect(all).toContainEqual(expect.objectContaining({ name: 'PORT', value: '3001', isSet: true }));
  expect(all).toContainEqual(expect.objectContaining({ name: 'OFFPEAK_API_KEY', value: '(set)' }));
});

test('what must not be logged is known', () => {
  const config = readConfig({ MONGODB_URI: 'mongodb://u:hush-hush@h/db', OFFPEAK_SECRET_KEY: 'ab'.repeat(32) });
  expect(secretsOf(config)).toEqual(['ab'.repeat(32), 'hush-hush']);
});
