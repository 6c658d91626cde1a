import { expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { DEADLINES } from '../../../src/adapters/smtp/deadlines.ts';
import { makeMailer } from '../../../src/adapters/smtp/mailer.ts';
import { letterTo, quiet, YES } from './rig.ts';
import { startScripted } from './scripted-smtp.ts';

test('a machine without a full name says the address that the server sees (RFC 5321 4.1.1.1)', async () => {
  const server = await startScripted();
  const mailer = makeMailer({
    ...{ deadlines: DEADLINES, ehloName: null, log: quiet, timers: systemClock },
    resolveMx: async () => ({ kind: 'noDomain' }),
  });
  const target = { kind: 'relay', host: '127.0.0.1', port: server.port, secure: false, auth: null } as const;
  const pool = mailer.pool(target, { connections: 1, messagesPerConnection: 1 });
  await pool.start();
  expect(await pool.send(letterTo('ann@example.com'), YES)).toMatchObject({ outcome: 'accepted' });
  await pool.stop(1_000);
  await server.close();
  expect(server.commands[0]![0]).toBe('EHLO [127.0.0.1]');
});
