import { existsSync, statSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LifeCycle, makeLifeCycle, onAbort, orUntil, type Timers } from '../../core/life-cycle.ts';
import { fail, ok } from '../../core/result.ts';
import { type Database, type DatabaseEngine, type Found, type Say, SOMEBODY_ELSES } from './database.ts';
import { type Kept, keep } from './keeper.ts';
import { withLock } from './lock.ts';
import { isSameProcess, markOf, runsWith, signal, until } from './processes.ts';
import { becomePrimary } from './replica-set.ts';
import { type DatabaseState, dbPathOf, lockOf, logOf, readState, writeState } from './state.ts';
import { watchStorage } from './storage-watch.ts';

/** The server of a data folder: one at a time, owned by the program that started it. */

const END_WITHIN_MS = 10_000;
const PORT_WITHIN_MS = 60_000;
/** Waits before each try to start a server again that ended by itself. */
const AGAIN_MS = [200, 2_000, 5_000, 10_000];
/** A server that ends again sooner than this was not mended by starting it. */
const LIVED_WELL_MS = 60_000;
const LARGEST_LOG = 16_000_000;

const WARNING =
  'This is the embedded database, for trying out and for tests. Production wants a MongoDB replica set: set MONGODB_URI.';

/** The server that a living program already runs on this folder; null when there is none. It stays that program's own. */
export function runningDatabase(state: DatabaseState | null, dataDir: string): Database | null {
  if (!state?.pid || !state.port || !state.ownerPid) return null;
  const isOwned = isSameProcess({ pid: state.ownerPid, started: state.ownerStarted });
  if (!isOwned || !runsWith(state.pid, dbPathOf(dataDir))) return null;
  const { kind, port } = state;
  return database(kind, () => port, kind === 'embedded' ? 'secantus' : 'offpeak', SOMEBODY_ELSES);
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

const NOBODY = { pid: null, ownerPid: null, ownerStarted: null } as const;

type Running = { readonly kept: Kept; readonly port: number };

/** Starts the server and waits until it takes writes. */
export async function startDatabase(
  engine: DatabaseEngine,
  dataDir: string,
  { say, timers, onLost }: { readonly say: Say; readonly timers: Timers; readonly onLost: (why: string) => void },
): Promise<Found> {
  let running: Running | null = null;
  let ending = new AbortController();
  let reviving: Promise<void> = Promise.resolve();
  let unwatch = async () => {};
  /** Tries to start it again since it last lived well. */
  let tries = 0;

  async function up(over: AbortSignal): Promise<void> {
    ending = new AbortController();
    tries = 0;
    running = await begun(engine, dataDir, over);
    watch(running);
  }

  function watch({ kept, port }: Running): void {
    const since = timers.now();
    unwatch = watchStorage(port, timers, (why) => {
      say(`The database takes nothing any more (${why}); see ${logOf(dataDir)}. Ending it.`);
      void kept.end(AbortSignal.abort());
    });
    kept.onEnd((how) => {
      if (running?.kept !== kept || ending.signal.aborted) return;
      say(`The database ended with ${how}; see ${logOf(dataDir)}. Starting it again.`);
      if (timers.now() - since > LIVED_WELL_MS) tries = 0;
      reviving = unwatch().then(revive);
    });
  }

  /** Others that find the lock held wait, and then find the server. */
  async function revive(): Promise<void> {
    let why = 'it ends again and again';
    while (tries < AGAIN_MS.length) {
      await sleep(AGAIN_MS[tries++], undefined, { signal: ending.signal }).catch(() => undefined);
      if (ending.signal.aborted) return;
      try {
        await withLock(
          lockOf(dataDir),
          () => undefined,
          async () => {
            running = await begun(engine, dataDir, ending.signal);
          },
        );
        if (running) watch(running);
        say('The database runs again.');
        return;
      } catch (error) {
        why = (error as Error).message;
        say(`The database could not be started again: ${why}.`);
      }
    }
    running = null;
    onLost(`database.lost: the database ended and can not be started again: ${why}; see ${logOf(dataDir)}.`);
  }

  const cycle = makeLifeCycle(timers, {
    async begin(over) {
      await up(over);
    },
    async end(over) {
      ending.abort();
      // A server that is just being started again is watched too.
      await orUntil(
        over,
        Promise.allSettled([reviving]).then(() => unwatch()),
      );
      const last = running;
      running = null;
      await last?.kept.end(over);
      await writeState(dataDir, { ...NOBODY, kind: engine.kind, port: last?.port ?? null });
    },
  });

  try {
    await cycle.start();
    return ok(database(engine.kind, () => running?.port ?? null, engine.replicaSet, cycle));
  } catch (error) {
    return fail({ code: 'database.failed', detail: `The database did not start: ${(error as Error).message}` });
  }
}

/** Rejects with why it did not start, and with what the server last said. */
async function begun(engine: DatabaseEngine, dataDir: string, over: AbortSignal): Promise<Running> {
  const log = logOf(dataDir);
  const lastPort = (await readState(dataDir))?.port ?? null;
  // The same again, so that whoever works with it finds it.
  const wanted = await freePort(lastPort);
  await writeFile(join(dataDir, 'database.toml'), '');
  const logFrom = await rotated(log);

  const kept = await keep(engine.program, engine.args({ dbPath: dbPathOf(dataDir), dataDir, port: wanted }), log);
  // Nobody waits for it any more.
  const forget = onAbort(over, () => void kept.end(over));
  const owner = markOf(process.pid);
  const state = { kind: engine.kind, pid: kept.pid, port: null, ownerPid: owner.pid, ownerStarted: owner.started };
  await writeState(dataDir, state);
  try {
    const port = engine.printsPort ? await printedPort(kept, log, logFrom) : wanted;
    await becomePrimary(port, engine.replicaSet, kept.ended);
    await writeState(dataDir, { ...state, port });
    forget();
    return { kept, port };
  } catch (error) {
    await kept.end(over);
    const last = (await tail(log, logFrom)).trim().split('\n').at(-1)?.slice(0, 300);
    const why = `${(error as Error).message}. It last said: ${last || 'nothing'} (${log})`;
    throw new Error(why, { cause: error });
  }
}

function database(
  kind: DatabaseEngine['kind'],
  port: () => number | null,
  replicaSet: string,
  cycle: LifeCycle,
): Database {
  const embedded = kind === 'embedded';
  return {
    ...cycle,
    get uri() {
      const at = port();
      if (at === null) throw new Error('the database is stopped');
      return `mongodb://127.0.0.1:${at}/?replicaSet=${replicaSet}`;
    },
    kind,
    embedded,
    warning: embedded ? WARNING : null,
  };
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
