import { existsSync, statSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fail, ok } from '../../core/result.ts';
import type { Database, DatabaseEngine, Found, Say } from './database.ts';
import { type Kept, keep } from './keeper.ts';
import { isSameProcess, markOf, runsWith, signal, until } from './processes.ts';
import { becomePrimary } from './replica-set.ts';
import { type DatabaseState, dbPathOf, logOf, readState, writeState } from './state.ts';

/** The server of a data folder: one at a time, owned by the program that started it. */

const END_WITHIN_MS = 10_000;
const PORT_WITHIN_MS = 60_000;
const LARGEST_LOG = 16_000_000;

const WARNING =
  'This is the embedded database, for trying out and for tests. Production wants a MongoDB replica set: set MONGODB_URI.';

/** The server that a living program already runs on this folder; null when there is none. It stays that program's own. */
export function runningDatabase(state: DatabaseState | null, dataDir: string): Database | null {
  if (!state?.pid || !state.port || !state.ownerPid) return null;
  const isOwned = isSameProcess({ pid: state.ownerPid, started: state.ownerStarted });
  if (!isOwned || !runsWith(state.pid, dbPathOf(dataDir))) return null;
  return database(state.kind, state.port, state.kind === 'embedded' ? 'secantus' : 'offpeak', async () => {});
}

/** Ends a server whose owner is dead: the keeper may have died with it. */
export async function endOrphan(state: DatabaseState | null, dataDir: string, say: Say): Promise<void> {
  const pid = state?.pid;
  if (!pid || !runsWith(pid, dbPathOf(dataDir))) return;
  say(`Ending the database (process ${pid}) that a dead program left behind.`);
  const isOver = () => !runsWith(pid, dbPathOf(dataDir));
  signal(pid, 'SIGTERM');
  if (await until(isOver, END_WITHIN_MS)) return;
  signal(pid, 'SIGKILL');
  await until(isOver, END_WITHIN_MS);
}

/** Starts the server and waits until it takes writes. */
export async function startDatabase(engine: DatabaseEngine, dataDir: string, say: Say): Promise<Found> {
  const log = logOf(dataDir);
  const lastPort = (await readState(dataDir))?.port ?? null;
  const wanted = engine.printsPort ? 0 : await freePort(lastPort);
  await writeFile(join(dataDir, 'database.toml'), '');
  const logFrom = await rotated(log);

  const kept = await keep(engine.program, engine.args({ dbPath: dbPathOf(dataDir), dataDir, port: wanted }), log);
  const owner = markOf(process.pid);
  const state = { kind: engine.kind, pid: kept.pid, port: null, ownerPid: owner.pid, ownerStarted: owner.started };
  await writeState(dataDir, state);
  try {
    const port = engine.printsPort ? await printedPort(kept, log, logFrom) : wanted;
    await becomePrimary(port, engine.replicaSet, kept.ended);
    await writeState(dataDir, { ...state, port });
    return ok(owned(engine, kept, dataDir, port, say));
  } catch (error) {
    await kept.stop();
    const last = (await tail(log, logFrom)).trim().split('\n').at(-1)?.slice(0, 300);
    const detail = `The database did not start: ${(error as Error).message}. It last said: ${last || 'nothing'} (${log})`;
    return fail({ code: 'database.failed', detail });
  }
}

function owned(engine: DatabaseEngine, kept: Kept, dataDir: string, port: number, say: Say): Database {
  let stopping: Promise<void> | undefined;
  kept.onEnd((how) => {
    if (!stopping) say(`The database ended by itself with ${how}; see ${logOf(dataDir)}.`);
  });
  const stop = async () => {
    await kept.stop();
    await writeState(dataDir, { kind: engine.kind, pid: null, port, ownerPid: null, ownerStarted: null });
  };
  return database(engine.kind, port, engine.replicaSet, () => {
    stopping ??= stop();
    return stopping;
  });
}

function database(kind: DatabaseEngine['kind'], port: number, replicaSet: string, stop: () => Promise<void>): Database {
  const embedded = kind === 'embedded';
  const uri = `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSet}`;
  return { uri, kind, embedded, warning: embedded ? WARNING : null, stop };
}

async function printedPort(kept: Kept, log: string, logFrom: number): Promise<number> {
  const deadline = performance.now() + PORT_WITHIN_MS;
  for (;;) {
    const found = /listening on 127\.0\.0\.1:(\d+)/.exec(await tail(log, logFrom));
    if (found) return Number(found[1]);
    const how = kept.ended();
    if (how !== null) throw new Error(`the server ended with ${how}`);
    if (performance.now() > deadline) throw new Error('the server did not say its port within a minute');
    await until(() => kept.ended() !== null, 50);
  }
}

/** Moves a log that has grown large aside; answers where the new lines will begin. */
async function rotated(log: string): Promise<number> {
  const size = existsSync(log) ? statSync(log).size : 0;
  if (size < LARGEST_LOG) return size;
  await rename(log, `${log}.old`);
  return 0;
}

async function tail(log: string, from: number): Promise<string> {
  return (await readFile(log)).subarray(from).toString();
}

/** The preferred port when nobody has it, else any. */
async function freePort(preferred: number | null): Promise<number> {
  const listen = (port: number) =>
    new Promise<number | null>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(null));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
      });
    });
  const found = (preferred && (await listen(preferred))) || (await listen(0));
  if (!found) throw new Error('no free port on 127.0.0.1');
  return found;
}
