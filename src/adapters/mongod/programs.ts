import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { DatabaseEngine, Env } from './database.ts';

/** Programs of this machine, and how a real `mongod` is run. */

/** The first executable of that name on the PATH. */
export function onPath(name: string, env: Env, more: readonly string[] = []): string | null {
  const folders = [...(env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...more];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to run.
    return false;
  }
}

/** Time zones in expressions and `$dateAdd` came with 5.0. */
const OLDEST_MAJOR = 5;

/** The version of a `mongod` that really runs here and is new enough, or null: it may lack libraries or a CPU feature. */
export async function versionOf(mongod: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(mongod, ['--version'], { timeout: 15_000 });
    const found = /db version v(\d+)\.[\w.-]+/.exec(stdout);
    return found && Number(found[1]) >= OLDEST_MAJOR ? found[0].slice('db version v'.length) : null;
  } catch {
    // Whatever keeps it from telling its version keeps it from serving us.
    return null;
  }
}

export const mongodEngine = (kind: 'path' | 'downloaded', program: string): DatabaseEngine => ({
  kind,
  program,
  replicaSet: 'offpeak',
  printsPort: false,
  args: ({ dbPath, port }) => [
    ...['--dbpath', dbPath, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
    ...['--replSet', 'offpeak', '--wiredTigerCacheSizeGB', '0.5'],
  ],
});
