import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { isAlive, signal, until } from '../../../src/adapters/mongod/processes.ts';
import { onPath } from '../../../src/adapters/mongod/programs.ts';
import { dbPathOf, writeState } from '../../../src/adapters/mongod/state.ts';
import {
  CACHE,
  children,
  EMBEDDED,
  find,
  folder,
  GRACE_MS,
  HAS_PROC,
  LONG,
  start,
  stateOf,
  stored,
  withLetters,
} from './harness.ts';

const parentOf = (pid: number) =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );

const WRITER = `
import { MongoClient } from 'mongodb';
import { systemClock } from './src/adapters/clock.ts';
import { findDatabase } from './src/adapters/mongod/find.ts';

const [dataDir, cacheDir] = process.argv.slice(1);
process.on('SIGINT', () => {});
const say = (line) => console.error(line);
const found = await findDatabase({ uri: null, dataDir, cacheDir, say, env: process.env, timers: systemClock, onLost: say });
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
    await database.stop(GRACE_MS);
    await database.stop(GRACE_MS);
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
        for (const one of [pid, parentOf(pid), child.pid!]) signal(one, 'SIGKILL');
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

  test('that dies is started again on the same port with all its data, and others find it', async () => {
    const dataDir = folder();
    const { found, said } = await find(dataDir);
    if (!found.ok) throw new Error(found.error.detail);
    const { uri } = found.value;
    const letters = (client: MongoClient) => client.db('kill').collection<{ _id: number }>('letters');
    await withLetters(uri, (client) =>
      letters(client).insertOne({ _id: 1 }, { writeConcern: { w: 'majority', j: true } }),
    );
    for (let times = 1; times <= 2; times += 1) {
      signal(stateOf(dataDir).pid!, 'SIGKILL');
      expect(await until(() => said.filter((line) => line.includes('runs again')).length === times, 60_000)).toBe(true);
      expect(found.value.uri).toBe(uri);
      expect(await stored(uri)).toEqual(new Set([1]));
    }
    const second = await start(dataDir);
    expect(second.uri).toBe(uri);
    expect(await stored(second.uri)).toEqual(new Set([1]));
  });

  test('that can not be started again is lost, in one sentence', async () => {
    const dataDir = folder();
    const lost: string[] = [];
    await find(dataDir, { onLost: (why) => void lost.push(why) });
    const { pid } = stateOf(dataDir);
    rmSync(dbPathOf(dataDir), { recursive: true, force: true });
    writeFileSync(dbPathOf(dataDir), 'no folder');
    signal(pid!, 'SIGKILL');
    expect(await until(() => lost.length > 0, 120_000)).toBe(true);
    expect(lost).toEqual([expect.stringMatching(/^database\.lost: /)]);
  });

  test('keeps its files to its user', async () => {
    const dataDir = folder();
    await start(dataDir);
    const modeOf = (path: string) => (statSync(path).mode & 0o077).toString(8);
    expect(modeOf(dataDir)).toBe('0');
    const files = readdirSync(dbPathOf(dataDir)).map((name) => join(dbPathOf(dataDir), name));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((path) => modeOf(path) !== '0')).toEqual([]);
  });

  test('is shared by a second program on the same folder, which does not end it', async () => {
    const dataDir = folder();
    const first = await writer(dataDir, 1);
    const second = await start(dataDir);
    expect(second).toMatchObject({ uri: first.uri, kind: 'embedded' });
    await second.stop(GRACE_MS);
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
    await found.value.stop(GRACE_MS);

    const thief = createServer().listen(stateOf(dataDir).port!, '127.0.0.1');
    await once(thief, 'listening');
    const again = await find(dataDir, { env: process.env });
    thief.close();
    expect(await stored(again.found.ok ? again.found.value.uri : '')).toEqual(new Set([1]));
  });
});
