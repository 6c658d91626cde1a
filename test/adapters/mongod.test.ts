import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Database, Env } from '../../src/adapters/mongod/database.ts';
import { defaultCacheDir, type FindOptions, findDatabase } from '../../src/adapters/mongod/find.ts';
import { keep } from '../../src/adapters/mongod/keeper.ts';
import { isAlive, until } from '../../src/adapters/mongod/processes.ts';
import { onPath } from '../../src/adapters/mongod/programs.ts';
import { secantusProgram } from '../../src/adapters/mongod/secantus.ts';
import { type DatabaseState, dbPathOf, writeState } from '../../src/adapters/mongod/state.ts';

/** The first start on a machine may have to build the server. */
const LONG = { timeout: 900_000 };
const HAS_PROC = existsSync('/proc/self/stat');
const folders: string[] = [];
const started: Database[] = [];
const children: ChildProcess[] = [];

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'offpeak-mongod-'));
  folders.push(made);
  return made;
};

/** Whatever this machine has, these tests are about the embedded server. */
const EMBEDDED: Env = {
  ...process.env,
  OFFPEAK_NO_DOWNLOAD: '1',
  PATH: (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((path) => !existsSync(join(path, 'mongod')))
    .join(delimiter),
};
const CACHE = defaultCacheDir(process.env);

async function find(dataDir: string, change: Partial<FindOptions> = {}) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const found = await findDatabase({ uri: null, dataDir, cacheDir: CACHE, say, env: EMBEDDED, ...change });
  if (found.ok) started.push(found.value);
  return { found, said };
}

async function start(dataDir: string): Promise<Database> {
  const { found } = await find(dataDir);
  if (!found.ok) throw new Error(found.error.detail);
  return found.value;
}

async function withLetters<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const stored = (uri: string) =>
  withLetters(uri, async (client) => {
    const documents = client.db('kill').collection<{ _id: number }>('letters').find();
    return new Set((await documents.toArray()).map((document) => document._id));
  });

const stateOf = (dataDir: string) => JSON.parse(readFileSync(join(dataDir, 'database.json'), 'utf8')) as DatabaseState;
const parentOf = (pid: number) =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );

const WRITER = `
import { MongoClient } from 'mongodb';
import { findDatabase } from './src/adapters/mongod/find.ts';
const [dataDir, cacheDir] = process.argv.slice(1);
process.on('SIGINT', () => {});
const found = await findDatabase({ uri: null, dataDir, cacheDir, say: (line) => console.error(line), env: process.env });
if (!found.ok) throw new Error(found.error.detail);
console.log('uri', found.value.uri);
const letters = new MongoClient(found.value.uri).db('kill').collection('letters');
for (let id = Date.now() * 1000; ; id++) {
  await letters.insertOne({ _id: id, body: 'x'.repeat(500) }, { writeConcern: { w: 'majority', j: true } });
  console.log('stored', id);
}`;

/** A program of its own that starts the database and writes; resolves once so many writes are acknowledged. */
async function writer(dataDir: string, count: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', WRITER, dataDir, CACHE], {
    env: EMBEDDED as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  children.push(child);
  const stored: number[] = [];
  let uri = '';
  const enough = new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the writer ended too soon')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [what, value] = line.split(' ') as [string, string];
      if (what === 'uri') uri = value;
      if (what === 'stored' && stored.push(Number(value)) === count) resolve();
    });
  });
  await enough;
  return { child, uri, stored };
}

async function killed(child: ChildProcess) {
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const database of started.splice(0)) await database.stop();
});
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

describe('the embedded database', LONG, () => {
  test('is a primary with transactions, says what it is, ends with stop() and keeps its data', async () => {
    const dataDir = folder();
    const database = await start(dataDir);
    expect(database).toMatchObject({
      kind: 'embedded',
      embedded: true,
      warning: expect.stringContaining('MONGODB_URI'),
    });
    await withLetters(database.uri, (client) =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          await client.db('kill').collection<{ _id: number }>('letters').insertOne({ _id: 1 }, { session });
        }),
      ),
    );
    const { pid } = stateOf(dataDir);
    expect(isAlive(pid!)).toBe(true);
    await database.stop();
    await database.stop();
    expect(isAlive(pid!)).toBe(false);
    expect(stateOf(dataDir)).toMatchObject({ kind: 'embedded', pid: null });
    expect(await stored((await start(dataDir)).uri)).toEqual(new Set([1]));
  });

  test('ends by itself when its program is killed, and has lost nothing that was acknowledged', async () => {
    const dataDir = folder();
    const { child, stored: acknowledged } = await writer(dataDir, 50);
    const { pid } = stateOf(dataDir);
    await killed(child);
    expect(await until(() => !isAlive(pid!), 30_000)).toBe(true);
    const found = await stored((await start(dataDir)).uri);
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
  });

  test.runIf(HAS_PROC)(
    'starts again after program, keeper and server were killed, time after time, and has lost nothing',
    async () => {
      const dataDir = folder();
      const acknowledged: number[] = [];
      for (let round = 0; round < 3; round++) {
        const { child, stored } = await writer(dataDir, 30);
        const pid = stateOf(dataDir).pid!;
        const gone = once(child, 'close');
        for (const one of [pid, parentOf(pid), child.pid!]) process.kill(one, 'SIGKILL');
        await gone;
        acknowledged.push(...stored);
      }
      const found = await stored((await start(dataDir)).uri);
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
      expect(acknowledged.length).toBeGreaterThanOrEqual(90);
    },
  );

  test.runIf(HAS_PROC)('is ended by the next start when both its program and its keeper were killed', async () => {
    const dataDir = folder();
    const { child, stored: acknowledged } = await writer(dataDir, 20);
    const orphan = stateOf(dataDir).pid!;
    process.kill(parentOf(orphan), 'SIGKILL');
    await killed(child);
    // One that does not even listen to a polite signal.
    process.kill(orphan, 'SIGSTOP');
    expect(isAlive(orphan)).toBe(true);
    const { found, said } = await find(dataDir);
    expect(isAlive(orphan)).toBe(false);
    expect(said.join()).toContain(String(orphan));
    const ids = await stored(found.ok ? found.value.uri : '');
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('is shared by a second program on the same folder, which does not end it', async () => {
    const dataDir = folder();
    const first = await writer(dataDir, 1);
    const second = await start(dataDir);
    expect(second).toMatchObject({ uri: first.uri, kind: 'embedded' });
    await second.stop();
    expect((await stored(first.uri)).size).toBeGreaterThan(0);
  });

  test('is started once when two programs start at the same time', async () => {
    const dataDir = folder();
    const [one, two] = await Promise.all([start(dataDir), start(dataDir)]);
    expect(one.uri).toBe(two.uri);
  });

  test('does not hear the Ctrl-C that is meant for its program', async () => {
    const dataDir = folder();
    const { child, uri, stored: acknowledged } = await writer(dataDir, 1);
    process.kill(-child.pid!, 'SIGINT');
    const before = acknowledged.length;
    expect(await until(() => acknowledged.length > before + 20, 30_000)).toBe(true);
    expect((await stored(uri)).size).toBeGreaterThan(20);
  });

  test.runIf(HAS_PROC)('leaves a process alone that was given the number of a dead server', async () => {
    const dataDir = folder();
    const bystander = spawn('sleep', ['600']);
    children.push(bystander);
    const dead = { ownerPid: process.pid, ownerStarted: 'another time' };
    await writeState(dataDir, { kind: 'embedded', pid: bystander.pid!, port: 1, ...dead });
    await start(dataDir);
    expect(isAlive(bystander.pid!)).toBe(true);
  });

  test('starts over a state file that a power cut left empty', async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'database.json'), '');
    expect((await find(dataDir)).found.ok).toBe(true);
  });

  test('says why it did not start', async () => {
    const dataDir = folder();
    writeFileSync(dbPathOf(dataDir), 'a file where the folder should be');
    await expect(find(dataDir)).rejects.toThrow(/EEXIST/);
    rmSync(dbPathOf(dataDir));
    mkdirSync(dbPathOf(dataDir));
    writeFileSync(join(dbPathOf(dataDir), 'WiredTiger.wt'), 'not a WiredTiger file');
    writeFileSync(join(dbPathOf(dataDir), 'WiredTiger.turtle'), 'nor is this');
    const { found } = await find(dataDir);
    expect(found).toMatchObject({ ok: false, error: { code: 'database.failed' } });
  });

  test('does not open what mongod wrote', async () => {
    const dataDir = folder();
    mkdirSync(dbPathOf(dataDir));
    writeFileSync(join(dbPathOf(dataDir), 'WiredTiger'), '');
    await writeState(dataDir, { kind: 'path', pid: null, port: null, ownerPid: null, ownerStarted: null });
    const { found } = await find(dataDir);
    expect(found).toMatchObject({ ok: false, error: { code: 'database.engine' } });
  });
});

describe.runIf(onPath('mongod', process.env))('a mongod on the PATH', LONG, () => {
  test('is a primary, and again when its port was taken meanwhile', async () => {
    const dataDir = folder();
    const { found } = await find(dataDir, { env: process.env });
    if (!found.ok) throw new Error(found.error.detail);
    expect(found.value).toMatchObject({ kind: 'path', embedded: false, warning: null });
    await withLetters(found.value.uri, (client) =>
      client.db('kill').collection<{ _id: number }>('letters').insertOne({ _id: 1 }),
    );
    await found.value.stop();

    const thief = createServer().listen(stateOf(dataDir).port!, '127.0.0.1');
    await once(thief, 'listening');
    const again = await find(dataDir, { env: process.env });
    thief.close();
    expect(await stored(again.found.ok ? again.found.value.uri : '')).toEqual(new Set([1]));
  });
});

describe('a database that is given', LONG, () => {
  test('is used as it is, and outlives stop()', async () => {
    const own = await start(folder());
    const { found } = await find(folder(), { uri: own.uri });
    expect(found).toMatchObject({ ok: true, value: { uri: own.uri, kind: 'given', embedded: false, warning: null } });
    if (found.ok) await found.value.stop();
    expect(await stored(own.uri)).toEqual(new Set());
  });

  test('is refused when it is a standalone server', async () => {
    await start(folder()).then((database) => database.stop());
    const dataDir = folder();
    const log = join(dataDir, 'log');
    const args = ['--standalone', '--port', '0', '--storage-path', join(dataDir, 'db')];
    const kept = await keep(secantusProgram(CACHE), args, log);
    try {
      const port = () => /listening on 127\.0\.0\.1:(\d+)/.exec(readFileSync(log, 'utf8'))?.[1];
      expect(await until(() => port() !== undefined, 30_000)).toBe(true);
      const { found } = await find(folder(), { uri: `mongodb://127.0.0.1:${port()}` });
      expect(found).toMatchObject({ ok: false, error: { code: 'database.standalone' } });
    } finally {
      await kept.stop();
    }
  });

  test('is named by its host, never with the password, when it is not there', async () => {
    const { found } = await find(folder(), { uri: 'mongodb://ann:secret@127.0.0.1:1/?replicaSet=rs0' });
    expect(found).toMatchObject({ ok: false, error: { code: 'database.unreachable' } });
    expect(JSON.stringify(found)).toContain('127.0.0.1:1');
    expect(JSON.stringify(found)).not.toMatch(/secret|ann/);
  });

  test.each(['', 'localhost', 'http://ann:secret@x', 'mongodb://ann:se%cret@x/', 'mongodb://ann:secret@x/?bad=1'])(
    'is refused without being repeated when it is not a connection string: %s',
    async (uri) => {
      const { found } = await find(folder(), { uri });
      expect(found).toMatchObject({ ok: false, error: { code: 'database.uri' } });
      expect(JSON.stringify(found)).not.toMatch(/secret|se%cret/);
    },
  );
});

describe('getting a server', LONG, () => {
  /** A folder that is all of the PATH, with these scripts in it. */
  const programs = (scripts: Record<string, string>): Env => {
    const bin = folder();
    for (const [name, script] of Object.entries(scripts)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    return { PATH: bin, HOME: bin, OFFPEAK_NO_DOWNLOAD: '1' };
  };

  test('names every way when there is none', async () => {
    const { found } = await find(folder(), { env: programs({}), cacheDir: folder() });
    expect(found).toMatchObject({ ok: false, error: { code: 'database.none' } });
    expect(JSON.stringify(found)).toMatch(/MONGODB_URI.*mongod.*internet.*cargo/);
  });

  test('tries a download once, and not again for hours when it failed', async () => {
    const { OFFPEAK_NO_DOWNLOAD, ...env } = programs({});
    // A proxy that nobody serves: no network, wherever this runs.
    const offline = { ...env, https_proxy: 'http://127.0.0.1:1' };
    const cacheDir = folder();
    const first = await find(folder(), { env: offline, cacheDir });
    expect(first.said).toEqual([
      expect.stringContaining('trying to download'),
      expect.stringContaining('ECONNREFUSED'),
    ]);
    const second = await find(folder(), { env: offline, cacheDir });
    expect(second.said).toEqual([]);
  });

  test('looks further when the mongod on the PATH does not run or is too old', async () => {
    for (const script of ['exit 132', 'echo "db version v4.4.29"']) {
      const { found, said } = await find(folder(), { env: programs({ mongod: script }), cacheDir: folder() });
      expect(said).toEqual([expect.stringContaining('looking further')]);
      expect(found).toMatchObject({ ok: false, error: { code: 'database.none' } });
    }
  });

  test('builds the server once, in one place at a time, and shows how far it is', async () => {
    await start(folder()).then((database) => database.stop());
    // Stands for the four minutes of the real one: a bar, a pause, a program at --root.
    const env = programs({
      cargo: `
        echo "$@" >> "$HOME/calls"
        printf '    Building [====>    ] 57/210: serde\\r' >&2
        while [ "$1" != --root ]; do shift; done
        /bin/sleep 6
        /bin/mkdir -p "$2/bin" && /bin/cp "${secantusProgram(CACHE)}" "$2/bin/"`,
    });
    const cacheDir = folder();
    const [one, two] = await Promise.all([find(folder(), { env, cacheDir }), find(folder(), { env, cacheDir })]);
    expect([one.found, two.found]).toMatchObject([{ ok: true, value: { kind: 'embedded' } }, { ok: true }]);
    expect([...one.said, ...two.said].join('\n')).toMatch(/57 of 210/);
    const calls = readFileSync(join(env['HOME']!, 'calls'), 'utf8').trim().split('\n');
    expect(calls).toEqual([
      expect.stringMatching(/^install secantus-mdb --version \S+ --locked --ignore-rust-version/),
    ]);
  });

  test('says why a build failed, and leaves nothing that looks built', async () => {
    const env = programs({ cargo: 'echo "error: linker cc not found" >&2; exit 101' });
    const cacheDir = folder();
    const { found } = await find(folder(), { env, cacheDir });
    expect(found).toMatchObject({ ok: false, error: { code: 'database.build' } });
    expect(JSON.stringify(found)).toContain('linker cc not found');
    expect(existsSync(secantusProgram(cacheDir))).toBe(false);
  });
});
