import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeResolver } from '../../src/adapters/resolver.ts';
import { type DnsServer, startDns } from './dns-server.ts';

/** The resolver over real DNS packets. */

let server: DnsServer;
beforeEach(async () => {
  server = await startDns({
    'hosted.test': {
      MX: [
        [20, 'alt1.aspmx.l.google.com'],
        [10, 'ASPMX.l.google.com'],
      ],
    },
    'null.test': { MX: [[0, '']] },
    'implicit.test': { A: ['192.0.2.1'] },
    'broken.test': 'SERVFAIL',
    'closed.test': 'REFUSED',
  });
});
afterEach(() => server.close());

test.each([
  [
    'hosted.test',
    {
      kind: 'hosts',
      hosts: [
        { exchange: 'ASPMX.l.google.com', priority: 10 },
        { exchange: 'alt1.aspmx.l.google.com', priority: 20 },
      ],
    },
  ],
  ['null.test', { kind: 'nullMx' }],
  ['implicit.test', { kind: 'hosts', hosts: [{ exchange: 'implicit.test', priority: 0 }] }],
  ['gone.test', { kind: 'noDomain' }],
  ['broken.test', { kind: 'failed', detail: 'ESERVFAIL' }],
  ['closed.test', { kind: 'failed', detail: 'EREFUSED' }],
])('%s', async (domain, answer) => {
  const resolveMx = makeResolver({ servers: [server.address] });
  expect(await resolveMx(domain)).toEqual(answer);
  expect(server.asked).toContain(`MX ${domain}`);
});

test('where no name server listens, nothing is known', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  const resolveMx = makeResolver({ servers: [`127.0.0.1:${port}`] });
  expect(await resolveMx('hosted.test')).toMatchObject({ kind: 'failed', detail: expect.stringMatching(/^E/) });
});
