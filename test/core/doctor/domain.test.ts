import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type DnsAnswer, told } from '../../../src/core/doctor/answer.ts';
import { dmarcNames, judgeBounces, judgeDkim, judgeDmarc } from '../../../src/core/doctor/domain.ts';

const says = (...records: string[]): DnsAnswer<string> => ({ kind: 'records', records });
const GONE: DnsAnswer<never> = { kind: 'noDomain' };
const NONE: DnsAnswer<never> = { kind: 'none' };
const BROKEN: DnsAnswer<never> = { kind: 'failed', detail: 'ESERVFAIL' };
function rsa(bits: number, type: 'spki' | 'pkcs1' = 'spki'): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return `v=DKIM1; k=rsa; p=${publicKey.export({ type, format: 'der' }).toString('base64')}`;
}
const KEY = rsa(2048);

test('a "no" is believed only from name servers that have proven themselves', () => {
  for (const answer of [GONE, NONE]) {
    expect(told(answer, true)).toEqual({ isKnown: true, records: [] });
    expect(told(answer, false).isKnown).toBe(false);
  }
  expect(told(BROKEN, true).isKnown).toBe(false);
  expect(told(says('x'), false).isKnown).toBe(true);
});

describe('DKIM', () => {
  test.each<[string, DnsAnswer<string>, string, RegExp]>([
    ['2048 bits', says(KEY), 'ok', /rsa, 2048 bits/],
    ['2048 bits in the older form', says(rsa(2048, 'pkcs1')), 'ok', /2048/],
    ['1024 bits in the older form', says(rsa(1024, 'pkcs1')), 'warn', /1024/],
    ['1024 bits', says(rsa(1024)), 'warn', /only 1024/],
    ['512 bits', says(rsa(512)), 'bad', /512 bits/],
    ['Ed25519', says('v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='), 'ok', /ed25519/],
    ['neither version nor type', says(KEY.slice(KEY.indexOf('p='))), 'ok', /rsa/],
    ['a test', says(`${KEY}; t=s:y`), 'warn', /t=y/],
    ['revoked', says('v=DKIM1; p='), 'bad', /revoked/],
    ['another version', says('v=DKIM2; p=AAAA'), 'bad', /v=DKIM2/],
    ['two', says(KEY, KEY), 'bad', /more than one/],
    ['something else', says('v=spf1 -all'), 'bad', /no key/],
    ['none', GONE, 'bad', /no key/],
    ['no answer', BROKEN, 'unknown', /ESERVFAIL/],
  ])('%s', (_name, answer, level, words) => {
    expect(judgeDkim('s1', 'x.test', answer, true)).toMatchObject({ level, says: expect.stringMatching(words) });
  });

  test('that there is none must be proven', () => {
    expect(judgeDkim('s1', 'x.test', GONE, false)).toMatchObject({ level: 'unknown' });
  });
});

describe('DMARC', () => {
  test('is looked for at the domain and above it, up to two labels', () => {
    expect(dmarcNames('news.shop.example.com')).toEqual([
      '_dmarc.news.shop.example.com',
      '_dmarc.shop.example.com',
      '_dmarc.example.com',
    ]);
    expect(dmarcNames('example.com')).toEqual(['_dmarc.example.com']);
  });

  test.each<[string, readonly DnsAnswer<string>[], string, RegExp]>([
    ['a policy', [says('v=DMARC1; p=reject'), GONE], 'ok', /^Policy reject at _dmarc\.news\.x\.test/],
    ['one above', [GONE, says('v=DMARC1;p=none; adkim=s')], 'ok', /none at _dmarc\.x\.test; DKIM must .* exactly/],
    ['one above for subdomains', [GONE, says('v=DMARC1; p=none; sp=quarantine')], 'ok', /quarantine/],
    ['the nearer one', [says('v=DMARC1; p=none'), says('v=DMARC1; p=reject')], 'ok', /none/],
    ['other texts beside it', [says('hello', 'v=DMARC1; p=none'), GONE], 'ok', /none/],
    ['two', [says('v=DMARC1; p=none', 'v=DMARC1; p=reject'), GONE], 'bad', /more than one/],
    ['no p=', [says('v=DMARC1; rua=mailto:a@x.test'), GONE], 'bad', /no p=/],
    ['a p= that is none', [says('v=DMARC1; p=maybe'), GONE], 'bad', /no p=/],
    ['none at all', [GONE, NONE], 'bad', /no DMARC policy/],
    ['an answer missing', [GONE, BROKEN], 'unknown', /ESERVFAIL/],
    ['an answer missing where it is not needed', [says('v=DMARC1; p=none'), BROKEN], 'ok', /none/],
  ])('%s', (_name, answers, level, words) => {
    expect(judgeDmarc('news.x.test', answers, true)).toMatchObject({ level, says: expect.stringMatching(words) });
  });

  test('that there is none must be proven', () => {
    expect(judgeDmarc('x.test', [GONE], false)).toMatchObject({ level: 'unknown' });
  });
});

describe('bounces', () => {
  const mx = (...hosts: string[]): DnsAnswer<{ exchange: string }> => ({
    kind: 'records',
    records: hosts.map((exchange) => ({ exchange })),
  });
  test.each<[string, DnsAnswer<{ exchange: string }>, Parameters<typeof judgeBounces>[2], string, RegExp]>([
    [
      'hosts',
      mx('a.test', 'b.test'),
      [
        { host: 'a.test', a: GONE, aaaa: GONE },
        { host: 'b.test', a: NONE, aaaa: says('2001:db8::1') },
      ],
      'ok',
      /to b\.test\./,
    ],
    ['hosts without an address', mx('a.test'), [{ host: 'a.test', a: GONE, aaaa: NONE }], 'bad', /No MX/],
    [
      'hosts that nobody tells of',
      mx('a.test'),
      [{ host: 'a.test', a: BROKEN, aaaa: NONE }],
      'unknown',
      /can't be told/,
    ],
    ['null MX', mx(''), [], 'bad', /null MX/],
    ['none', NONE, [], 'warn', /no MX/],
    ['no answer', BROKEN, [], 'unknown', /ESERVFAIL/],
  ])('%s', (_name, answer, reach, level, words) => {
    expect(judgeBounces('x.test', answer, reach, true)).toMatchObject({ level, says: expect.stringMatching(words) });
  });
});
