import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive, signal, until } from '../../../src/adapters/mongod/processes.ts';
import { secantusProgram } from '../../../src/adapters/mongod/secantus.ts';
import { CACHE, find, folder, LONG, start, stateOf, stored, withLetters } from './harness.ts';

const put = (uri: string, ids: readonly number[]) =>
  withLetters(uri, (client) =>
    client
      .db('kill')
      .collection<{ _id: number; body: string }>('letters')
      .insertMany(
        ids.map((_id) => ({ _id, body: 'x'.repeat(500) })),
        { writeConcern: { w: 'majority', j: true } },
      ),
  );

/** The server, told to take a write that the system refuses as a refusal and not as its end, as on a full disk. */
function bearing(): string {
  const cacheDir = folder();
  const program = secantusProgram(cacheDir);
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, `#!/bin/sh\ntrap '' XFSZ\nexec '${secantusProgram(CACHE)}' "$@"\n`);
  chmodSync(program, 0o755);
  return cacheDir;
}

test.runIf(existsSync('/usr/bin/prlimit'))(
  'a server whose storage has panicked is ended and started again, with all that it acknowledged',
  LONG,
  async () => {
    const dataDir = folder();
    // Builds the server, where nobody has yet.
    await (await start(folder())).stop(10_000);
    const { found, said } = await find(dataDir, { cacheDir: bearing() });
    if (!found.ok) throw new Error(found.error.detail);
    const { uri } = found.value;
    await put(uri, [1, 2, 3]);
    const panicked = stateOf(dataDir).pid!;
    execFileSync('prlimit', ['--pid', String(panicked), '--fsize=4096']);
    expect(await until(() => said.some((line) => line.includes('runs again')), 120_000)).toBe(true);
    expect(said.join('\n')).toMatch(/takes nothing any more \(.*WT_PANIC/);
    expect(isAlive(panicked)).toBe(false);
    expect(found.value.uri).toBe(uri);
    expect(await stored(uri)).toEqual(new Set([1, 2, 3]));
    await put(uri, [4]);
  },
);

test('a server that only does not answer for a while is left alone', LONG, async () => {
  const dataDir = folder();
  const { found, said } = await find(dataDir);
  if (!found.ok) throw new Error(found.error.detail);
  const pid = stateOf(dataDir).pid!;
  const before = said.length;
  signal(pid, 'SIGSTOP');
  // Longer than four checks that are refused would take.
  await until(() => said.length > before, 15_000);
  signal(pid, 'SIGCONT');
  await put(found.value.uri, [1]);
  expect(said.slice(before)).toEqual([]);
  expect(stateOf(dataDir).pid).toBe(pid);
});
