import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { knock } from '../../../src/adapters/smtp/knock.ts';
import { makeProbe } from '../../../src/adapters/smtp/probe.ts';
import { makeAuthority } from './authority.ts';
import { type Script, type Scripted, startScripted } from './scripted-smtp.ts';

/** What the doctor hears of real servers, TLS included. */

const ours = makeAuthority();
const OPTIONS = { ehloName: 'mail.sender.test', ca: ours.ca, withinMs: 20_000 };
const probe = makeProbe('mail.sender.test', { ca: ours.ca });

let server: SMTPServer | null = null;
let scripted: Scripted | null = null;
afterEach(async () => {
  await new Promise<void>((done) => (server ? server.close(done) : done()));
  await scripted?.close();
  server = null;
  scripted = null;
});

async function listen(options: SMTPServerOptions): Promise<number> {
  server = new SMTPServer({
    ...ours.issue('localhost'),
    onAuth: ({ password }, _session, done) =>
      password === 'right' ? done(null, { user: 'us' }) : done(new Error('Invalid username or password')),
    ...options,
  });
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return (listening.address() as AddressInfo).port;
}

async function script(one: Script): Promise<number> {
  scripted = await startScripted(one);
  return scripted.port;
}

const at = (port: number, secure = false, host = 'localhost') => ({ host, port, secure });

describe('a greeting', () => {
  test('with a valid certificate', async () => {
    const port = await listen({ size: 1_000_000, banner: 'hello' });
    const greeting = await knock(at(port), OPTIONS);
    expect(greeting).toMatchObject({
      kind: 'greeted',
      banner: expect.stringMatching(/^220 .*hello/),
      tls: { kind: 'up', version: expect.stringMatching(/^TLS/), fault: null },
    });
    // AUTH is only announced inside TLS.
    expect(greeting).toHaveProperty(
      'features',
      expect.arrayContaining(['SIZE 1000000', 'PIPELINING', expect.stringMatching(/^AUTH /)]),
    );
    expect(greeting).toHaveProperty('features', expect.not.arrayContaining(['STARTTLS']));
  });

  test('with TLS from the first byte', async () => {
    const port = await listen({ secure: true });
    expect(await knock(at(port, true), OPTIONS)).toMatchObject({ kind: 'greeted', tls: { kind: 'up', fault: null } });
  });

  test('with a certificate for another name', async () => {
    const port = await listen(ours.issue('mx.other.test'));
    expect(await knock(at(port), OPTIONS)).toMatchObject({
      tls: { kind: 'up', fault: expect.stringMatching(/ALTNAME/) },
    });
  });

  test('with a certificate of an authority that nobody trusts', async () => {
    const port = await listen(makeAuthority('Theirs').issue('localhost'));
    expect(await knock(at(port), OPTIONS)).toMatchObject({
      tls: { kind: 'up', fault: expect.stringMatching(/ISSUER|SIGNATURE|VERIFY/) },
    });
  });

  test('without TLS, and with limits', async () => {
    const port = await script({ extensions: ['LIMITS MAILMAX=20', 'chunking'] });
    expect(await knock(at(port), OPTIONS)).toEqual({
      kind: 'greeted',
      banner: '220 scripted.test ESMTP',
      features: ['LIMITS MAILMAX=20', 'CHUNKING'],
      tls: { kind: 'notOffered' },
    });
  });

  test.each<[string, Script['starttls'], RegExp]>([
    ['refused', '454 4.7.0 not now', /answered 454 not now/],
    ['broken', { say: '220 go', next: 'close' }, /./],
    ['nonsense', { say: '220 go\r\nnonsense', next: 'close' }, /./],
  ])('with STARTTLS that is %s', async (_name, starttls, detail) => {
    const port = await script({ extensions: ['STARTTLS'], starttls: starttls! });
    expect(await knock(at(port), OPTIONS)).toMatchObject({
      kind: 'greeted',
      tls: { kind: 'failed', detail: expect.stringMatching(detail) },
    });
  });

  test('of several lines', async () => {
    const port = await script({ greeting: '220-one\r\n220-two\r\n220 three' });
    expect(await knock(at(port), OPTIONS)).toMatchObject({ kind: 'greeted', banner: '220 one two three' });
  });
});

describe('no greeting', () => {
  test.each<[string, Script, object]>([
    [
      '421',
      { greeting: { say: '421 4.7.0 busy', next: 'close' } },
      { kind: 'refused', stage: 'greeting', reply: { code: 421, enhanced: '4.7.0', text: 'busy' } },
    ],
    ['554 without closing', { greeting: '554 5.7.1 no' }, { kind: 'refused', stage: 'greeting', reply: { code: 554 } }],
    [
      '421 to EHLO',
      { ehlo: { say: '421 4.3.2 down', next: 'close' } },
      { kind: 'refused', stage: 'ehlo', reply: { code: 421 } },
    ],
    [
      'something else',
      { greeting: { say: 'SSH-2.0-OpenSSH', next: 'close' } },
      { kind: 'unreached', detail: expect.stringContaining('SMTP') },
    ],
    [
      'a closed door',
      { greeting: { say: null, next: 'close' } },
      { kind: 'unreached', detail: expect.stringContaining('closed') },
    ],
    ['a reset', { greeting: { say: null, next: 'reset' } }, { kind: 'unreached', detail: 'ECONNRESET' }],
  ])('%s', async (_name, one, expected) => {
    expect(await knock(at(await script(one)), OPTIONS)).toMatchObject(expected);
  });

  test.each<[string, Script]>([
    ['silence', { greeting: { say: null } }],
    ['a drip', { greeting: { say: '220', raw: true, next: 'drip' } }],
  ])('%s', async (_name, one) => {
    const greeting = await knock(at(await script(one)), { ...OPTIONS, withinMs: 100 });
    expect(greeting).toEqual({ kind: 'unreached', detail: 'no answer in time' });
    await scripted!.empty();
  });

  test('nobody there', async () => {
    const port = await script({});
    await scripted!.close();
    scripted = null;
    expect(await probe.greet(at(port, false, '127.0.0.1'))).toEqual({ kind: 'unreached', detail: 'ECONNREFUSED' });
  });
});

describe('a session as the sender would open it', () => {
  const relay = (port: number, pass: string, host = 'localhost') =>
    ({ kind: 'relay', host, port, secure: false, auth: { user: 'us', pass } }) as const;

  test('the log-in is accepted', async () => {
    expect(await probe.open(relay(await listen({}), 'right'))).toBeNull();
  });

  test('the log-in is refused', async () => {
    expect(await probe.open(relay(await listen({}), 'wrong'))).toMatchObject({ stage: 'auth', reply: { code: 535 } });
  });

  test('where TLS can not be had it goes on as the pool does', async () => {
    const port = await script({ extensions: ['STARTTLS', 'AUTH PLAIN'], starttls: { say: '220 go', next: 'close' } });
    expect(await probe.open(relay(port, 'right'))).toBeNull();
    expect(scripted!.commands).toHaveLength(2);
  });
});
