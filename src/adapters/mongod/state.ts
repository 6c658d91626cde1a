import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalKind } from './database.ts';

/** What a data folder remembers of its server, in `database.json`. It outlives the server, for `kind` and `port`. */
export type DatabaseState = {
  readonly kind: LocalKind;
  /** Of the server; null when it was stopped. */
  readonly pid: number | null;
  readonly port: number | null;
  readonly ownerPid: number | null;
  readonly ownerStarted: string | null;
};

const fileOf = (dataDir: string) => join(dataDir, 'database.json');

export const dbPathOf = (dataDir: string) => join(dataDir, 'db');
/** Held by whoever starts the server. */
export const lockOf = (dataDir: string) => join(dataDir, 'database.lock');
export const logOf = (dataDir: string) => join(dataDir, 'database.log');
/** Whether a storage engine has ever written here. */
export const hasData = (dataDir: string) => existsSync(join(dbPathOf(dataDir), 'WiredTiger'));

/** Null when there is none, or one that a power cut left unreadable. */
export async function readState(dataDir: string): Promise<DatabaseState | null> {
  try {
    return JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as DatabaseState;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export async function writeState(dataDir: string, state: DatabaseState): Promise<void> {
  const draft = `${fileOf(dataDir)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(state)}\n`, { flush: true });
  await rename(draft, fileOf(dataDir));
}
