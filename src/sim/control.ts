import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { type LifeCycle, makeLifeCycle, type Timers } from '../core/life-cycle.ts';
import type { SimSummary } from './summary.ts';

/** The door for other processes, on loopback: read the summary, list the accepted, change a hidden rate. */

/** What it opens on. */
export type SimWorld = {
  summary(): SimSummary;
  accepted(name?: string): Iterable<{ readonly to: string; readonly messageId: string }>;
  setRate(name: string, perSecond: number | null): boolean;
  has(provider: string): boolean;
};

export type SimControl = LifeCycle & {
  /** Null while stopped. */
  port(): number | null;
};

const RateChange = z.strictObject({ ratePerSecond: z.number().min(0).nullable() });
const LONGEST_BODY = 10_000;

/** A start rejects when the port can't be had. */
export function makeControl(port: number, world: SimWorld, timers: Timers): SimControl {
  let server: Server | null = null;

  const cycle = makeLifeCycle(timers, {
    async begin() {
      const next = createServer((request, response) => {
        handle(request, response, world).catch((error: unknown) => {
          if (!response.headersSent) problem(response, 500, 'sim.bug', String(error));
          else response.destroy();
        });
      });
      await new Promise<void>((resolve, reject) => {
        next.once('error', reject);
        next.listen(port, '127.0.0.1', () => resolve());
      });
      server = next;
    },
    async end() {
      const last = server!;
      server = null;
      await new Promise<void>((done) => {
        last.close(() => done());
        last.closeAllConnections();
      });
    },
  });

  return {
    ...cycle,
    port() {
      const address = server?.address();
      return typeof address === 'object' && address ? address.port : null;
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, world: SimWorld): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sim.invalid');
  const provider = /^\/providers\/([^/]+)\/rate$/.exec(url.pathname)?.[1];
  const route = `${request.method} ${provider === undefined ? url.pathname : '/providers/{name}/rate'}`;
  if (route === 'GET /summary') return json(response, 200, world.summary());
  if (route === 'GET /accepted') return list(response, world, url.searchParams.get('provider'));
  if (route === 'PUT /providers/{name}/rate') return changeRate(request, response, world, provider!);
  problem(response, 404, 'sim.notFound', `there is no ${request.method} ${url.pathname} here`);
}

function list(response: ServerResponse, world: SimWorld, name: string | null): void {
  if (name !== null && !world.has(name)) {
    unknownProvider(response, name);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  Readable.from(blocks(world.accepted(name ?? undefined))).pipe(response);
}

function* blocks(accepted: ReturnType<SimWorld['accepted']>) {
  let block = '';
  for (const { to, messageId } of accepted) {
    block += `${to} ${messageId}\n`;
    if (block.length < 65_536) continue;
    yield block;
    block = '';
  }
  if (block) yield block;
}

async function changeRate(request: IncomingMessage, response: ServerResponse, world: SimWorld, name: string) {
  const change = RateChange.safeParse(parsed(await text(request)));
  if (!change.success) {
    return problem(response, 400, 'sim.rate', 'expected {"ratePerSecond": letters per second, or null for no limit}');
  }
  if (!world.setRate(name, change.data.ratePerSecond)) return unknownProvider(response, name);
  json(response, 200, change.data);
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
    if (body.length > LONGEST_BODY) return '';
  }
  return body;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

const problem = (response: ServerResponse, status: number, code: string, detail: string) =>
  json(response, status, { code, detail });

const unknownProvider = (response: ServerResponse, name: string) =>
  problem(response, 404, 'sim.unknownProvider', `there is no provider ${name} here`);
