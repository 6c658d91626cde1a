import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import type { Database, Env } from '../../../src/adapters/mongod/database.ts';
import { defaultCacheDir, type FindOptions, findDatabase } from '../../../src/adapters/mongod/find.ts';
import type { DatabaseState } from '../../../src/adapters/mongod/state.ts';

/** What the tests of finding and starting a database share: folders and servers that are gone afterwards. */

/** The first start on a machine may have to build the server. */
export const LONG = { timeout: 900_000 };
export const HAS_PROC = existsSync('/proc/self/stat');
const folders: string[] = [];
const started: Database[] = [];
export const children: ChildProcess[] = [];

export const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'offpeak-mongod-'));
  folders.push(made);
  return made;
};

export const stateOf = (dataDir: string): DatabaseState =>
  JSON.parse(readFileSync(join(dataDir, 'database.json'), 'utf8'));

/** Whatever this machine has, these tests are about the embedded server. */
export const EMBEDDED: Env = {
  ...process.env,
  OFFPEAK_NO_DOWNLOAD: '1',
  PATH: (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((path) => !existsSync(join(path, 'mongod')))
    .join(delimiter),
};
export const GRACE_MS = 20_000;
export const CACHE = defaultCacheDir(process.env);

export async function find(dataDir: string, change: Partial<FindOptions> = {}) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const found = await findDatabase({
    uri: null,
    dataDir,
    cacheDir: CACHE,
    say,
    env: EMBEDDED,
    timers: systemClock,
    onLost: say,
    ...change,
  });
  if (found.ok) started.push(found.value);
  return { found, said };
}

export async function start(dataDir: string): Promise<Database> {
  const { found } = await find(dataDir);
  if (!found.ok) throw new Error(found.error.detail);
  return found.value;
}

export async function withLetters<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

export const stored = (uri: string) =>
  withLetters(uri, async (client) => {
    const documents = client.db('kill').collection<{ _id: number }>('letters').find();
    return new Set((await documents.toArray()).map((document) => document._id));
  });

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const database of started.splice(0)) await database.stop(GRACE_MS);
});
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});
