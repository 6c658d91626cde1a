import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Env } from '../../../src/adapters/mongod/database.ts';
import { keep } from '../../../src/adapters/mongod/keeper.ts';
import { until } from '../../../src/adapters/mongod/processes.ts';
import { secantusProgram } from '../../../src/adapters/mongod/secantus.ts';
import { CACHE, find, folder, GRACE_MS, LONG, start, stored } from './harness.ts';

describe('a database that is given', LONG, () => {
  test('is used as it is, and outlives stop()', async () => {
    const own = await start(folder());
    const { found } = await find(folder(), { uri: own.uri });
    expect(found).toMatchObject({ ok: true, value: { uri: own.uri, kind: 'given', embedded: false, warning: null } });
    if (found.ok) await found.value.stop(GRACE_MS);
    expect(await stored(own.uri)).toEqual(new Set());
  });

  test('is refused when it is a standalone server', async () => {
    await start(folder()).then((database) => database.stop(GRACE_MS));
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
      await kept.end(new AbortController().signal);
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
    await start(folder()).then((database) => database.stop(GRACE_MS));
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
