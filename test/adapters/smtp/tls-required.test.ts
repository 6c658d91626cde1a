import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { DEADLINES } from '../../../src/adapters/smtp/deadlines.ts';
import type { SendResult } from '../../../src/app/lanes/ports.ts';
import { classify } from '../../../src/core/replies/classify.ts';
import { type Certificate, makeAuthority } from './authority.ts';
import { letterTo, startedPool, YES } from './rig.ts';
import { startScripted } from './scripted-smtp.ts';

/** Straight to the MX with TLS required: real handshakes, certificates of an authority of our own. */

const ours = makeAuthority();
const seen: boolean[] = [];
const commands: string[] = [];
let server: SMTPServer | undefined;

afterEach(async () => {
  seen.length = 0;
  commands.length = 0;
  await new Promise<void>((done) => (server ? server.close(done) : done()));
  server = undefined;
});

async function listen(certificate: Certificate, isHidden = false): Promise<number> {
  server = new SMTPServer({
    ...certificate,
    authOptional: true,
    hideSTARTTLS: isHidden,
    disabledCommands: isHidden ? ['STARTTLS'] : [],
    onMailFrom(address, _session, done) {
      commands.push(address.address);
      done();
    },
    onData(stream, session, done) {
      seen.push(session.secure);
      stream.resume().once('end', () => done());
    },
  });
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return (listening.address() as AddressInfo).port;
}

async function sendTo(port: number, exchanges: readonly string[], tls: 'opportunistic' | 'required') {
  const hosts = exchanges.map((exchange, place) => ({ exchange, priority: 10 * place }));
  const pool = await startedPool(
    {
      deadlines: DEADLINES,
      inwardMx: true,
      resolveMx: async () => ({ kind: 'hosts', hosts }),
      tls: { ca: ours.ca },
      directPort: port,
    },
    { kind: 'direct' },
    { connections: 1, messagesPerConnection: 9 },
    tls,
  );
  const result = await pool.send(letterTo('ann@example.com'), YES);
  await pool.stop(1_000);
  return result;
}

const verdictOf = ({ stage, reply, detail }: SendResult) =>
  classify(reply ?? { code: 0, enhanced: null, text: detail ?? '' }, {
    provider: 'other',
    stage,
    reused: false,
    direct: true,
    carried: 0,
  });

function expectNotSent(result: SendResult, words: RegExp): void {
  expect(result).toMatchObject({ outcome: 'unreached', stage: 'starttls', reply: null });
  expect(result.detail).toMatch(words);
  expect(verdictOf(result)).toMatchObject({
    meaning: 'config_tls',
    cause: 'configuration',
    scope: 'provider',
    rule: 'none.tls-required',
  });
  expect(commands).toEqual([]);
}

test('a certificate that is valid for the MX name is enough', async () => {
  const port = await listen(ours.issue('localhost'));
  expect(await sendTo(port, ['localhost'], 'required')).toMatchObject({ outcome: 'accepted' });
  expect(seen).toEqual([true]);
});

test('a certificate for another name is not', async () => {
  const port = await listen(ours.issue('mx.other.test'));
  expectNotSent(await sendTo(port, ['localhost'], 'required'), /^TLS is required: .*altnames/);
});

test('nor is one of an authority that nobody trusts', async () => {
  const port = await listen(makeAuthority().issue('localhost'));
  expectNotSent(await sendTo(port, ['localhost'], 'required'), /^TLS is required: .*(certificate|signature)/);
});

test('a server that offers no STARTTLS gets nothing', async () => {
  const port = await listen(ours.issue('localhost'), true);
  expectNotSent(await sendTo(port, ['localhost'], 'required'), /^TLS is required: STARTTLS was answered 5\d\d /);
});

test('a handshake that ends early is not followed by plain text', async () => {
  const scripted = await startScripted({ extensions: ['STARTTLS'], starttls: { say: '220 go', next: 'close' } });
  expectNotSent(await sendTo(scripted.port, ['localhost'], 'required'), /^TLS is required: /);
  expect(scripted.commands).toHaveLength(1);
  await scripted.close();
});

test('the next MX is tried', async () => {
  const port = await listen(ours.issue('localhost'));
  expect(await sendTo(port, ['127.0.0.1', 'localhost'], 'required')).toMatchObject({ outcome: 'accepted' });
  expect(seen).toEqual([true]);
});

test('a 421 to STARTTLS speaks about pace, as ever', async () => {
  const scripted = await startScripted({
    extensions: ['STARTTLS'],
    starttls: { say: '421 4.7.0 too many connections', next: 'close' },
  });
  const result = await sendTo(scripted.port, ['localhost', '127.0.0.1'], 'required');
  expect(result).toMatchObject({ outcome: 'refused', stage: 'starttls', reply: { code: 421 } });
  expect(scripted.commands).toHaveLength(1);
  await scripted.close();
});

test('where TLS is only taken if offered, none of this matters', async () => {
  const wrong = await listen(ours.issue('mx.other.test'));
  expect(await sendTo(wrong, ['localhost'], 'opportunistic')).toMatchObject({ outcome: 'accepted' });
  expect(seen).toEqual([true]);
});
