import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Env, Say } from './database.ts';
import { makeFolder } from './folder.ts';
import { isExecutable } from './programs.ts';

/** A real `mongod` from its vendor, fetched by mongodb-memory-server-core into the cache folder. */

/** A download that has not grown for this long is given up. */
const STALLED_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 1_000;
/** Hours for which a failure is remembered, so that not every start waits for it. */
const FORGET_AFTER_MS = 6 * 3_600_000;

// In a process of its own, for the library has no way to give up.
const FETCH = `
require(process.argv[1]).MongoBinary.getPath({ downloadDir: process.argv[2] }).then(
  (path) => process.stdout.write('\\nmongod=' + path + '\\n'),
  (error) => { process.stderr.write(String(error.message)); process.exitCode = 1; },
);`;

/** The path of a downloaded `mongod`, or null. */
export async function downloadedMongod(cacheDir: string, env: Env, say: Say): Promise<string | null> {
  const folder = join(cacheDir, 'mongod');
  const known = await textOf(join(folder, 'path'));
  if (known && isExecutable(known)) return known;
  if (env['OFFPEAK_NO_DOWNLOAD'] === '1') return null;

  const failed = join(folder, 'failed');
  if (existsSync(failed) && Date.now() - statSync(failed).mtimeMs < FORGET_AFTER_MS) return null;

  say('No mongod on the PATH; trying to download one (OFFPEAK_NO_DOWNLOAD=1 skips this).');
  await makeFolder(folder);
  const { path, why } = await fetchInto(folder, env, say);
  if (path === null) {
    say(`No mongod could be downloaded (${why}). Not tried again for six hours.`);
    await writeFile(failed, `${why}\n`);
    return null;
  }
  await rm(failed, { force: true });
  await writeFile(join(folder, 'path'), path);
  return path;
}

type Fetched = { readonly path: string | null; readonly why: string };

function fetchInto(folder: string, env: Env, say: Say): Promise<Fetched> {
  const library = createRequire(import.meta.url).resolve('mongodb-memory-server-core');
  const child = spawn(process.execPath, ['-e', FETCH, library, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its count of retries includes the first try, and it checks no certificate unless npm's setting says so.
    env: { ...env, MONGOMS_MAX_RETRIES: '1', MONGOMS_PREFER_GLOBAL_PATH: 'false', npm_config_strict_ssl: 'true' },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)));

  let [size, grewAt, saidAt] = [0, performance.now(), performance.now()];
  let why: string | null = null;
  const watch = setInterval(() => {
    const now = performance.now();
    const found = sizeOf(folder);
    if (found > size) [size, grewAt] = [found, now];
    if (now - grewAt > STALLED_AFTER_MS) {
      why = `nothing came for ${STALLED_AFTER_MS / 1_000} s`;
      child.kill('SIGKILL');
    } else if (size > 0 && now - saidAt > 5_000) {
      say(`Downloading mongod: ${Math.round(size / 1e6)} MB so far.`);
      saidAt = now;
    }
  }, LOOK_EVERY_MS);

  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ path: null, why: error.message }));
    child.once('close', () => {
      clearInterval(watch);
      const text = output.join('');
      const path = /^mongod=(.+)$/m.exec(text)?.[1] ?? null;
      resolve({ path, why: why ?? text.trim().split('\n').at(-1)?.slice(0, 200) ?? '' });
    });
  });
}

const sizeOf = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + (statSync(join(folder, entry.name), { throwIfNoEntry: false })?.size ?? 0), 0);

async function textOf(path: string): Promise<string | null> {
  return existsSync(path) ? (await readFile(path, 'utf8')).trim() : null;
}
