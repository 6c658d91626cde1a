import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { DEADLINES } from '../../../src/adapters/smtp/deadlines.ts';
import type { TlsPolicy } from '../../../src/adapters/smtp/locate.ts';
import { letterTo, rig, startedPool, YES } from './rig.ts';

/** STARTTLS against a server with a self-signed certificate (F32). The host 0.0.0.0 is this machine, yet not "loopback" to us. */

const seen: { secure: boolean; user: unknown }[] = [];
let server: SMTPServer | undefined;
afterEach(async () => {
  seen.length = 0;
  await new Promise<void>((done) => (server ? server.close(done) : done()));
  server = undefined;
});

async function sendOver(host: string, auth: { user: string; pass: string } | null, tls: TlsPolicy, hidden = false) {
  server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: hidden,
    disabledCommands: hidden ? ['STARTTLS'] : [],
    onAuth: (given, _session, done) => done(null, { user: given.username }),
    onData(stream, session, done) {
      seen.push({ secure: session.secure, user: session.user });
      stream.resume().once('end', () => done());
    },
  });
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const resolveMx = async () => ({ kind: 'noDomain' }) as const;
  const pool = await startedPool(
    { deadlines: DEADLINES, resolveMx, tls },
    { kind: 'relay', host, port, secure: false, auth },
    { connections: 1, messagesPerConnection: 9 },
  );
  const first = await pool.send(letterTo('ann@example.com'), YES);
  const second = await pool.send(letterTo('ann@example.com'), YES);
  await pool.stop(1_000);
  return [first, second];
}

const AUTH = { user: 'us', pass: 'secret' };

test('STARTTLS is taken where it is offered, whatever the certificate', async () => {
  const results = await sendOver('127.0.0.1', null, {});
  expect(results).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted', reused: true }]);
  expect(seen).toMatchObject([{ secure: true }, { secure: true }]);
});

test('a password needs a certificate that is valid', async () => {
  const [result] = await sendOver('::ffff:127.0.0.1', AUTH, {});
  expect(result).toMatchObject({ outcome: 'unreached', stage: 'starttls', reply: null });
  expect(result?.detail).toMatch(/certificate/);
  expect(seen).toEqual([]);
});

test('the operator may trust any certificate', async () => {
  const results = await sendOver('::ffff:127.0.0.1', AUTH, { verify: false });
  expect(results).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }]);
  expect(seen[0]).toEqual({ secure: true, user: 'us' });
});

test('a password never goes to another machine in plain text', async () => {
  const [result] = await sendOver('::ffff:127.0.0.1', AUTH, {}, true);
  expect(result).toMatchObject({ outcome: 'unreached', stage: 'starttls', reply: null });
  expect(result?.detail).toMatch(/^TLS is required/);
  expect(seen).toEqual([]);
});

test('a server that offers STARTTLS and then cannot do it is used without', async () => {
  const r = await rig({ script: { extensions: ['STARTTLS'] } });
  expect(await r.send()).toMatchObject({ outcome: 'accepted' });
  await r.end();
});

test('where TLS is only taken if offered, a handshake that fails is followed by plain text', async () => {
  const r = await rig({ script: { extensions: ['STARTTLS'], starttls: { say: '220 go', next: 'close' } } });
  expect(await r.send()).toMatchObject({ outcome: 'accepted' });
  expect(r.server.commands.map((session) => session[1])).toEqual(['STARTTLS', expect.stringContaining('MAIL')]);
  await r.end();
});
