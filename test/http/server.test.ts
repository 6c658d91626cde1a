import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { type HttpServer, makeHttpServer } from '../../src/http/server.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(0);
});

/** A server that answers after so long, and says whether it is being stopped. */
async function serving(afterMs: number, port = 0) {
  const server = makeHttpServer(
    ({ isStopping }) =>
      (_req, res) =>
        setTimeout(() => res.end(isStopping() ? 'stopping' : 'up'), afterMs),
    { host: '127.0.0.1', port, timers: systemClock },
  );
  servers.push(server);
  await server.start();
  return server;
}

const textOf = (url: string) => fetch(url).then((answer) => answer.text());
const portOf = (server: HttpServer) => Number(new URL(server.baseUrl()!).port);

test('a request under way is answered at a stop, and no other one comes in', async () => {
  const server = await serving(300);
  const url = server.baseUrl()!;
  const answer = textOf(url);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = server.stop(5_000);
  expect(await answer).toBe('stopping');
  await stopped;
  expect(server.baseUrl()).toBeNull();
  await expect(textOf(url)).rejects.toThrow();
});

test('whoever holds a connection open is cut', async () => {
  const server = await serving(0);
  const socket = connect(portOf(server), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const from = performance.now();
  await Promise.all([server.stop(200), closed]);
  expect(performance.now() - from).toBeLessThan(2_000);
});

test('a port that is taken is told of; once it is free the same server has it', async () => {
  const first = await serving(0);
  const second = makeHttpServer(() => (_req, res) => res.end('second'), {
    ...{ host: '127.0.0.1', port: portOf(first), timers: systemClock },
  });
  servers.push(second);
  await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await first.stop(1_000);
  await second.start();
  expect(await textOf(second.baseUrl()!)).toBe('second');
});
