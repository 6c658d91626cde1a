import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from './adapters/mongo/client.ts';
import { ensureIndexes } from './adapters/mongo/indexes.ts';
import { findDatabase } from './adapters/mongod/find.ts';
import { secretKey } from './adapters/seal.ts';
import type { Log } from './app/ports.ts';
import { compose, type Parts } from './compose.ts';
import type { Config } from './config.ts';
import { makeHttpApp } from './http/app.ts';
import type { Closers } from './lifecycle.ts';
import { VERSION } from './version.ts';

/** Starts API, worker or both, and leaves word of how to close each. */

export class StartFault extends Error {}

export type Roles = { readonly api: boolean; readonly worker: boolean };

export type Started = {
  /** Null without the API. */
  readonly baseUrl: string | null;
  /** Only on the very first start, and only this once. */
  readonly newKey: string | null;
  readonly parts: Parts;
};

type Say = (line: string) => void;

export async function serve(config: Config, roles: Roles, closers: Closers, log: Log, say: Say): Promise<Started> {
  const found = await findDatabase({
    uri: config.MONGODB_URI ?? null,
    dataDir: config.OFFPEAK_DATA_DIR,
    cacheDir: config.OFFPEAK_CACHE_DIR,
    say,
    env: { ...process.env, OFFPEAK_NO_DOWNLOAD: config.OFFPEAK_NO_DOWNLOAD ? '1' : undefined },
  });
  if (!found.ok) throw new StartFault(`${found.error.code}: ${found.error.detail}`);
  const database = found.value;
  closers.add('database', () => database.stop());
  if (database.warning) say(database.warning);

  const connection = await connect(database.uri, config.OFFPEAK_DATABASE ?? nameIn(database.uri));
  closers.add('connection', connection.close);
  await ensureIndexes(connection.db);
  const key = await secretKey(config.OFFPEAK_SECRET_KEY, config.OFFPEAK_DATA_DIR);
  const parts = compose(config, connection, key, log);

  if (roles.worker) {
    const worker = parts.worker();
    await worker.start();
    closers.add('worker', () => worker.stop(config.OFFPEAK_STOP_GRACE - STOP_MARGIN_MS));
  }
  const newKey = roles.api ? await firstKey(parts, config.OFFPEAK_API_KEY) : null;
  const baseUrl = roles.api ? await listen(config, parts, connection.ping, closers) : null;
  return { baseUrl, newKey, parts };
}

/** Of the grace, what is kept for closing the rest after the letters under way. */
const STOP_MARGIN_MS = 3_000;

const nameIn = (uri: string): string => {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]*\/([^?]+)/.exec(uri)?.[1];
  return path ? decodeURIComponent(path) : 'offpeak';
};

async function firstKey({ apiKeys }: Parts, given: string | undefined): Promise<string | null> {
  if (given) {
    await apiKeys.admit(given, 'environment');
    return null;
  }
  if ((await apiKeys.list()).length > 0) return null;
  return (await apiKeys.issue('first')).key;
}

async function listen(config: Config, parts: Parts, ping: () => Promise<void>, closers: Closers): Promise<string> {
  let isStopping = false;
  const maxUploadBytes = config.OFFPEAK_UPLOAD_LIMIT;
  const app = makeHttpApp(parts.api, { version: VERSION, ping, isStopping: () => isStopping, maxUploadBytes });
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(notListening(config, error)));
    server.listen(config.PORT, config.HOST, resolve);
  });
  closers.add('api', async () => {
    isStopping = true;
    await closeServer(server);
  });
  const { port } = server.address() as AddressInfo;
  return `http://${config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST}:${port}`;
}

function notListening({ HOST, PORT }: Config, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new StartFault(`port.inUse: something already listens on ${HOST}:${PORT}. Set PORT to another port, or to 0.`);
}

/** Requests under way get a moment; whoever holds a connection open longer is cut. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 2_000);
  await closed;
  clearTimeout(cut);
}
