import { chmod } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Timers } from '../../core/life-cycle.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { DatabaseEngine, DatabaseFault, Env, Found, Say } from './database.ts';
import { downloadedMongod } from './download.ts';
import { makeFolder } from './folder.ts';
import { useGiven } from './given.ts';
import { endOrphan, runningDatabase, startDatabase } from './local.ts';
import { withLock } from './lock.ts';
import { mongodEngine, onPath, versionOf } from './programs.ts';
import { builtSecantus, secantusEngine } from './secantus.ts';
import { type DatabaseState, dbPathOf, hasData, lockOf, readState } from './state.ts';

/** Finds a MongoDB, or starts one: a URI, else `mongod` on the PATH, else a downloaded one, else the embedded server. */

export type FindOptions = {
  /** MONGODB_URI. */
  readonly uri: string | null;
  /** Holds `db/`, `database.json` and `database.log` of a server that is started here. */
  readonly dataDir: string;
  readonly cacheDir: string;
  /** Told in whole sentences what takes time. */
  readonly say: Say;
  /** PATH, HOME, CARGO_HOME, OFFPEAK_NO_DOWNLOAD, and what the programs started need. */
  readonly env: Env;
  readonly timers: Timers;
  /** Told when a server that we started has ended and can't be started again. */
  readonly onLost: (why: string) => void;
};

export const defaultCacheDir = (env: Env) => join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'offpeak');

export async function findDatabase(options: FindOptions): Promise<Found> {
  if (options.uri !== null) return useGiven(options.uri);
  // The path is how a server is recognised later, so it must not depend on the working directory.
  const dataDir = resolve(options.dataDir);
  await makeFolder(dbPathOf(dataDir), 0o700);
  // Recipients are in it, and nobody else's business.
  await chmod(dataDir, 0o700);
  return withLock(
    lockOf(dataDir),
    (pid) =>
      options.say(`Another program (${pid ?? 'unknown'}) is starting the database of ${dataDir}; waiting for it.`),
    async () => {
      const state = await readState(dataDir);
      const running = runningDatabase(state, dataDir);
      if (running) return ok(running);
      await endOrphan(state, dataDir, options.say);
      const engine = await chooseEngine(options, hasData(dataDir) ? state : null);
      return engine.ok ? startDatabase(engine.value, dataDir, options) : engine;
    },
  );
}

/** A folder stays with the engine that wrote it: the two do not read each other's files. */
async function chooseEngine(
  options: FindOptions,
  wrote: DatabaseState | null,
): Promise<Result<DatabaseEngine, DatabaseFault>> {
  const { cacheDir, env, say } = options;
  if (wrote?.kind !== 'embedded') {
    const real = (await mongodOnPath(env, say)) ?? (await mongodDownloaded(cacheDir, env, say));
    if (real) return ok(real);
    if (wrote) return fail(goneEngine(options.dataDir));
  }
  const program = await builtSecantus(cacheDir, env, say);
  return program.ok ? ok(secantusEngine(program.value)) : program;
}

async function mongodOnPath(env: Env, say: Say): Promise<DatabaseEngine | null> {
  const program = onPath('mongod', env);
  if (!program) return null;
  if (await versionOf(program)) return mongodEngine('path', program);
  say(`${program} does not run here or is older than MongoDB 5; looking further.`);
  return null;
}

async function mongodDownloaded(cacheDir: string, env: Env, say: Say): Promise<DatabaseEngine | null> {
  const program = await downloadedMongod(cacheDir, env, say);
  if (!program) return null;
  if (await versionOf(program)) return mongodEngine('downloaded', program);
  say('The downloaded mongod does not run on this machine; looking further.');
  return null;
}

const goneEngine = (dataDir: string): DatabaseFault => ({
  code: 'database.engine',
  detail:
    `The database in ${dataDir} was written by mongod, and there is no mongod any more. ` +
    'Put mongod on the PATH again, set MONGODB_URI, or choose another data folder.',
});
