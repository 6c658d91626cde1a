import { describe, expect, test } from 'vitest';
import { type Greeting, judgeDirect, judgeRelay, type TlsSeen } from '../../../src/core/doctor/route.ts';
import { parseReply } from '../../../src/core/replies/parse.ts';
import type { Stage } from '../../../src/core/replies/reply.ts';

const AUTH = { user: 'us', pass: 'secret' };
const relay = (host = 'relay.test', auth: typeof AUTH | null = null, secure = false) =>
  ({ kind: 'relay', host, port: 587, secure, auth }) as const;
const VALID: TlsSeen = { kind: 'up', version: 'TLSv1.3', fault: null };
const WRONG: TlsSeen = { ...VALID, fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' };
const FAILED: TlsSeen = { kind: 'failed', detail: 'socket hang up' };
const NOT_OFFERED: TlsSeen = { kind: 'notOffered' };
const greeted = (tls: TlsSeen = VALID, ...features: string[]): Greeting => ({
  kind: 'greeted',
  banner: '220 hi',
  features,
  tls,
});
const refused = (raw: string, stage: Stage = 'greeting') =>
  ({ kind: 'refused', stage, reply: parseReply(raw)! }) as const;
const levels = (findings: readonly { check: string; level: string }[]) =>
  Object.fromEntries(findings.map(({ check, level }) => [check, level]));

test.each<[string, Greeting, object, RegExp]>([
  [
    'a closed port',
    { kind: 'unreached', detail: 'ECONNREFUSED' },
    { greeting: 'bad' },
    /Nothing listens on relay\.test:587/,
  ],
  ['no route', { kind: 'unreached', detail: 'ENETUNREACH' }, { greeting: 'unknown' }, /ENETUNREACH/],
  ['a name that nobody resolves', { kind: 'unreached', detail: 'ENOTFOUND' }, { greeting: 'unknown' }, /ENOTFOUND/],
  ['silence', { kind: 'unreached', detail: 'no answer in time' }, { greeting: 'unknown' }, /in time/],
  [
    'too many sessions',
    refused('421 4.7.0 Too many concurrent connections'),
    { greeting: 'warn' },
    /connections: too_many_connections/,
  ],
  [
    'maintenance',
    refused('421 4.3.2 Service is being shut down for maintenance'),
    { greeting: 'warn' },
    /overload: maintenance/,
  ],
  [
    'a block list',
    refused('421 4.7.1 Service unavailable; client blocked using zen.spamhaus.org'),
    { greeting: 'bad' },
    /blocklist: reputation/,
  ],
  ['a final refusal', refused('554 5.7.1 No SMTP service here'), { greeting: 'bad' }, /refuses at greeting/],
])('%s', (_name, greeting, expected, words) => {
  const findings = judgeRelay(relay(), greeting, null);
  expect(levels(findings)).toEqual(expected);
  expect(findings[0]).toMatchObject({ says: expect.stringMatching(words), todo: expect.any(String) });
});

describe('TLS', () => {
  test.each<[string, ReturnType<typeof relay>, TlsSeen, string]>([
    ['valid', relay(), VALID, 'ok'],
    ['not valid, nothing to lose', relay(), WRONG, 'warn'],
    ['not valid, with a password', relay('relay.test', AUTH), WRONG, 'bad'],
    ['not valid, smtps', relay('relay.test', null, true), WRONG, 'bad'],
    ['not offered', relay(), NOT_OFFERED, 'warn'],
    ['not offered, with a password', relay('relay.test', AUTH), NOT_OFFERED, 'bad'],
    ['not offered on this machine', relay('127.0.0.1', AUTH), NOT_OFFERED, 'ok'],
    ['not valid on this machine', relay('localhost'), WRONG, 'ok'],
    ['failing', relay(), FAILED, 'warn'],
    ['failing, with a password', relay('relay.test', AUTH), FAILED, 'bad'],
    ['failing on this machine', relay('127.0.0.1'), FAILED, 'warn'],
  ])('%s', (_name, target, tls, level) => {
    expect(judgeRelay(target, greeted(tls, 'AUTH PLAIN'), null)[1]).toMatchObject({ check: 'tls', level });
  });
});

test('what is announced is told', () => {
  const features = [
    'PIPELINING',
    'SIZE 36700160',
    'LIMITS MAILMAX=20 RCPTMAX=100 RCPTDOMAINMAX=1',
    '8BITMIME',
    'CHUNKING',
  ];
  expect(judgeRelay(relay(), greeted(VALID, ...features), null)[2]).toMatchObject({
    check: 'limits',
    says: 'Announces letters up to 35 MB, 20 letters a session, 100 recipients a letter, 1 recipient domain a letter, PIPELINING and CHUNKING; no AUTH.',
  });
  expect(judgeRelay(relay(), greeted(VALID), null)[2]).toMatchObject({ says: 'Announces no SIZE; no AUTH.' });
  const withLogin = judgeRelay(relay(), greeted(VALID, 'AUTH PLAIN LOGIN'), null);
  expect(withLogin[2]).toMatchObject({ says: 'Announces no SIZE; AUTH PLAIN LOGIN.' });
});

describe('the log-in', () => {
  const login = (failure: Parameters<typeof judgeRelay>[2], ...features: string[]) =>
    judgeRelay(relay('relay.test', AUTH), greeted(VALID, ...features), failure).find(({ check }) => check === 'login');
  const at = (stage: Stage, raw: string | null) => ({
    stage,
    reply: raw === null ? null : parseReply(raw),
    detail: 'no answer in time',
  });

  test.each<[string, ReturnType<typeof login>, string]>([
    ['accepted', login(null, 'AUTH PLAIN'), 'ok'],
    ['refused', login(at('auth', '535 5.7.8 wrong'), 'AUTH PLAIN'), 'bad'],
    ['not now', login(at('auth', '454 4.7.0 later'), 'AUTH PLAIN'), 'unknown'],
    ['no answer', login(at('auth', null), 'AUTH PLAIN'), 'unknown'],
    ['refused before', login(at('greeting', '421 4.7.0 too many'), 'AUTH PLAIN'), 'unknown'],
    ['not offered', login(at('auth', null)), 'bad'],
  ])('%s', (_name, finding, level) => {
    expect(finding?.level).toBe(level);
    expect(JSON.stringify(finding)).not.toContain('secret');
  });

  test('is not spoken of where there is none', () => {
    expect(levels(judgeRelay(relay(), greeted(), null))).not.toHaveProperty('login');
  });
});

describe('straight to the MX', () => {
  const knock = (host: string, greeting: Greeting) => ({ host, provider: 'gmail', greeting });
  const DARK: Greeting = { kind: 'unreached', detail: 'ETIMEDOUT' };
  test.each<[string, Parameters<typeof judgeDirect>[0], object]>([
    ['somebody answers', [knock('a', DARK), knock('b', greeted())], { 'port 25': 'ok' }],
    [
      'nobody does',
      [knock('a', DARK), knock('b', { kind: 'unreached', detail: 'ECONNREFUSED' })],
      { 'port 25': 'unknown' },
    ],
    ['nobody is known', [], { 'port 25': 'unknown' }],
    [
      'somebody refuses us',
      [knock('a', refused('550 5.7.1 [192.0.2.7] The IP has a very low reputation'))],
      { 'port 25': 'ok', 'greeting gmail': 'bad' },
    ],
  ])('%s', (_name, knocks, expected) => expect(levels(judgeDirect(knocks))).toEqual(expected));
});
