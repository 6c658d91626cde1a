import { describe, expect, test } from 'vitest';
import type { DnsAnswer } from '../../../src/core/doctor/answer.ts';
import { BLOCK_LISTS, judgeList, judgePtr, reverseName } from '../../../src/core/doctor/egress.ts';
import { parseIp } from '../../../src/core/ip.ts';

const egress = (text: string) => ({ text, address: parseIp(text)! });
const OURS = egress('192.0.2.7');
const says = (...records: string[]): DnsAnswer<string> => ({ kind: 'records', records });
const GONE: DnsAnswer<never> = { kind: 'noDomain' };
const BROKEN: DnsAnswer<never> = { kind: 'failed', detail: 'ETIMEOUT' };
const forward = (name: string, addresses: DnsAnswer<string>) => ({ name, addresses });

test('the reverse name', () => {
  expect(reverseName(OURS)).toBe('7.2.0.192.in-addr.arpa');
  expect(reverseName(egress('2001:db8::1'))).toMatch(/^1(\.0){23}\.8\.b\.d\.0\.1\.0\.0\.2\.ip6\.arpa$/);
});

describe('PTR', () => {
  test.each<[string, DnsAnswer<string>, Parameters<typeof judgePtr>[2], string]>([
    ['there and back', says('out.x.test'), [forward('out.x.test', says('192.0.2.9', '192.0.2.7'))], 'ok'],
    [
      'the second name leads back',
      says('a', 'out.x.test'),
      [forward('a', GONE), forward('out.x.test', says('192.0.2.7'))],
      'ok',
    ],
    ['another name in EHLO', says('host.isp.test'), [forward('host.isp.test', says('192.0.2.7'))], 'warn'],
    ['no way back', says('out.x.test'), [forward('out.x.test', says('192.0.2.9'))], 'bad'],
    ['no name', GONE, [], 'bad'],
    ['nobody tells the way back', says('out.x.test'), [forward('out.x.test', BROKEN)], 'unknown'],
    ['no answer', BROKEN, [], 'unknown'],
  ])('%s', (_name, answer, names, level) => {
    expect(judgePtr(OURS, answer, names, 'OUT.x.test', true).level).toBe(level);
  });

  test('that there is none must be proven', () => {
    expect(judgePtr(OURS, GONE, [], 'out.x.test', false).level).toBe('unknown');
  });
});

describe('a block list', () => {
  const [spamhaus, barracuda] = BLOCK_LISTS as [(typeof BLOCK_LISTS)[0], (typeof BLOCK_LISTS)[0]];
  const WORKS = { listedTest: says('127.0.0.2'), unlistedTest: GONE };

  test.each<[string, DnsAnswer<string>, Partial<typeof WORKS> | object, string]>([
    ['not on it', GONE, WORKS, 'ok'],
    ['on it', says('127.0.0.4'), WORKS, 'bad'],
    ['the list answers nothing', GONE, { listedTest: GONE, unlistedTest: GONE }, 'unknown'],
    ['nobody answers', BROKEN, { listedTest: BROKEN, unlistedTest: BROKEN }, 'unknown'],
    ['its test answers, ours does not', BROKEN, WORKS, 'unknown'],
    [
      'the list answers everything',
      says('127.0.0.2'),
      { listedTest: says('127.0.0.2'), unlistedTest: says('127.0.0.2') },
      'unknown',
    ],
    [
      'a name server that makes answers up',
      says('198.51.100.1'),
      { listedTest: says('198.51.100.1'), unlistedTest: says('198.51.100.1') },
      'unknown',
    ],
    [
      'the question is refused',
      says('127.255.255.254'),
      { listedTest: says('127.255.255.254'), unlistedTest: says('127.255.255.254') },
      'unknown',
    ],
    ['ours is refused though the test is answered', says('127.255.255.255'), WORKS, 'unknown'],
  ])('%s', (_name, ours, tests, level) => {
    expect(judgeList(spamhaus, OURS, { ours, ...WORKS, ...tests }).level).toBe(level);
  });

  test('says who lists, by which code, and where to go', () => {
    expect(judgeList(barracuda, OURS, { ours: says('127.0.0.2'), ...WORKS })).toMatchObject({
      check: 'list Barracuda',
      says: '192.0.2.7 is on Barracuda (127.0.0.2).',
      todo: expect.stringContaining('https://www.barracudacentral.org/'),
    });
  });

  test('that holds no IPv6 says nothing about IPv6', () => {
    const six = egress('2001:db8::1');
    expect(judgeList(barracuda, six, { ours: GONE, ...WORKS }).level).toBe('unknown');
    expect(judgeList(spamhaus, six, { ours: GONE, ...WORKS }).level).toBe('ok');
  });
});
