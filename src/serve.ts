import { once } from 'node:events';
import { createServer } from 'node:net';
import { relative, resolve } from 'node:path';
import { machineClock, systemClock } from './adapters/clock.ts';
import { connect } from './adapters/mongo/client.ts';
import { askTime, makeDatabaseClock, UnknownTime } from './adapters/mongo/database-clock.ts';
import { ensureIndexes } from './adapters/mongo/indexes.ts';
import { findDatabase } from './adapters/mongod/find.ts';
import { makeFolder } from './adapters/mongod/folder.ts';
import { BadKeyFile, secretKey } from './adapters/seal.ts';
import type { Log } from './app/ports.ts';
import { compose, type Parts } from './compose.ts';
import type { Config } from './config.ts';
import { makeHttpApp } from './http/app.ts';
import { makeHttpServer } from './http/server.ts';
import { closedBy, type Stack } from './stack.ts';
import { VERSION } from './version.ts';

/** Starts API, worker or both, each laid on what it needs. */

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

/** `lost` is told when we can't go on: the database that we run has ended for good. */
export async function serve(
  config: Config,
  roles: Roles,
  stack: Stack,
  log: Log,
  say: Say,
  lost: (why: string) => void = say,
): Promise<Started> {
  if (roles.api) await tryPort(config);
  const found = await findDatabase({
    uri: config.MONGODB_URI ?? null,
    dataDir: config.OFFPEAK_DATA_DIR,
    cacheDir: config.OFFPEAK_CACHE_DIR,
    say,
    env: { ...process.env, OFFPEAK_NO_DOWNLOAD: config.OFFPEAK_NO_DOWNLOAD ? '1' : undefined },
    timers: systemClock,
    onLost: lost,
  }).catch((error: unknown) => {
    throw folderFault(config, error);
  });
  if (!found.ok) throw new StartFault(`${found.error.code}: ${found.error.detail}`);
  const database = found.value;
  await stack.lay('database', database);
  if (database.warning) say(database.warning);

  const connection = await connect(database.uri, config.OFFPEAK_DATABASE ?? nameIn(database.uri));
  await stack.lay('connection', closedBy(connection.close));
  const clock = makeDatabaseClock(() => askTime(connection.db), machineClock, log);
  await stack.lay('clock', clock).catch((error: unknown) => {
    throw error instanceof UnknownTime ? new StartFault(`clock.unmeasured: ${error.message}.`) : error;
  });
  await ensureIndexes(connection.db);
  const key = await keyOf(config);
  const ownPorts = [config.PORT, ...portsIn(database.uri)];
  const parts = compose(config, { connection, clock, key, ownPorts }, log);

  if (roles.worker) await stack.lay('worker', parts.worker());
  const newKey = roles.api ? await firstKey(parts, config.OFFPEAK_API_KEY) : null;
  const baseUrl = roles.api ? await listen(config, parts, connection.ping, stack) : null;
  return { baseUrl, newKey, parts };
}

async function keyOf(config: Config): Promise<Uint8Array> {
  const { OFFPEAK_SECRET_KEY: given, OFFPEAK_DATA_DIR: dataDir } = config;
  try {
    if (!given) await makeFolder(dataDir, 0o700);
    return await secretKey(given, dataDir);
  } catch (error) {
    throw error instanceof BadKeyFile ? new StartFault(`secretKey.bad: ${error.message}`) : folderFault(config, error);
  }
}

const FOLDER_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'may not be written',
  EPERM: 'may not be written',
  EROFS: 'is read-only',
  ENOTDIR: 'is no folder',
  EEXIST: 'is no folder',
  ENOENT: 'can not be made',
  ENAMETOOLONG: 'has too long a name',
  ENOSPC: 'has no space left',
  EDQUOT: 'has no space left',
};

/** One sentence for a folder that can't be used; what no file system said, as it is. */
function folderFault(config: Config, error: unknown): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (!code || !syscall || syscall.startsWith('spawn')) return error;
  const isCache = path !== undefined && isWithin(config.OFFPEAK_CACHE_DIR, path);
  const name = isCache ? 'OFFPEAK_CACHE_DIR' : 'OFFPEAK_DATA_DIR';
  const why = FOLDER_FAULTS[code] ?? `can not be used (${code})`;
  return new StartFault(
    `${isCache ? 'cacheDir' : 'dataDir'}.unusable: ${config[name]} ${why}. Set ${name} to a folder that this user may write.`,
  );
}

const isWithin = (folder: string, path: string) => !relative(resolve(folder), path).startsWith('..');

/** Tried before anything is started: a taken port is found in no time, and with nothing to undo. */
async function tryPort(config: Config): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(config.PORT, config.HOST);
    await once(probe, 'listening');
  } catch (error) {
    throw notListening(config, error as NodeJS.ErrnoException);
  } finally {
    probe.close();
  }
}

const nameIn = (uri: string): string => {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]*\/([^?]+)/.exec(uri)?.[1];
  return path ? decodeURIComponent(path) : 'offpeak';
};

const portsIn = (uri: string): number[] => [...uri.matchAll(/:(\d{2,5})(?=[,/?]|$)/g)].map((found) => Number(found[1]));

/** The name of the key that the environment gives: it holds as long as it is given. */
const ENVIRONMENT = 'environment';

async function firstKey({ apiKeys }: Parts, given: string | undefined): Promise<string | null> {
  if (given) {
    await apiKeys.admit(given, ENVIRONMENT);
    return null;
  }
  if ((await apiKeys.list()).length > 0) return null;
  return (await apiKeys.issue('first')).key;
}

async function listen(config: Config, { api }: Parts, ping: () => Promise<void>, stack: Stack): Promise<string> {
  const { HOST: host, PORT: port, OFFPEAK_UPLOAD_LIMIT: maxUploadBytes } = config;
  const server = makeHttpServer(
    ({ isStopping }) => makeHttpApp(api, { version: VERSION, ping, isStopping, maxUploadBytes }),
    { host, port, timers: systemClock },
  );
  await stack.lay('api', server).catch((error: NodeJS.ErrnoException) => {
    throw notListening(config, error);
  });
  return server.baseUrl()!;
}

function notListening({ HOST, PORT }: Config, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EACCES')
    return new StartFault(`port.denied: this user may not listen on ${HOST}:${PORT}. Set PORT to 1024 or above.`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new StartFault(
      `host.unknown: ${HOST} is no address of this machine. Set HOST to one that is, or to 0.0.0.0.`,
    );
  }
  if (error.code !== 'EADDRINUSE') return error;
  return new StartFault(`port.inUse: something already listens on ${HOST}:${PORT}. Set PORT to another port, or to 0.`);
}
