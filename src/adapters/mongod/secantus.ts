import { spawn } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../core/result.ts';
import type { DatabaseEngine, DatabaseFault, Env, Say } from './database.ts';
import { withLock } from './lock.ts';
import { isExecutable, onPath } from './programs.ts';

/** The embedded server: SecantusDB, MongoDB's protocol on the WiredTiger engine, built once by cargo. */

const CRATE = 'secantus-mdb';
const VERSION = '0.5.3-beta.196';
const PROGRAM = 'secantusd-rs';
const SAY_EVERY_MS = 5_000;

const homeOf = (cacheDir: string) => join(cacheDir, `secantus-${VERSION}`);
export const secantusProgram = (cacheDir: string) => join(homeOf(cacheDir), 'bin', PROGRAM);

export const secantusEngine = (program: string): DatabaseEngine => ({
  kind: 'embedded',
  program,
  replicaSet: 'secantus',
  printsPort: true,
  args: ({ dbPath, dataDir, port }) => [
    // An empty file, so that no settings of some other installation are found.
    ...[
      '--config',
      join(dataDir, 'database.toml'),
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--storage-path',
      dbPath,
    ],
    // Without it acknowledged writes are lost when the machine or the server dies.
    ...['--sync-on-commit', '--cache-size', '512M', '--log-level', 'WARNING'],
  ],
});

export type Built = Result<string, DatabaseFault>;

/** The path of the server, built first when it is not there yet; `database.none` without cargo. */
export async function builtSecantus(cacheDir: string, env: Env, say: Say): Promise<Built> {
  const program = secantusProgram(cacheDir);
  if (isExecutable(program)) return ok(program);
  const cargo = onPath(
    'cargo',
    env,
    [env['CARGO_HOME'] ?? join(env['HOME'] ?? '', '.cargo')].map((home) => join(home, 'bin')),
  );
  if (!cargo) return fail(NO_WAY_LEFT);
  return withLock(
    `${homeOf(cacheDir)}.lock`,
    (pid) => say(`Another program (${pid ?? 'unknown'}) is building the embedded database; waiting for it.`),
    async () => (isExecutable(program) ? ok(program) : build(cargo, cacheDir, env, say)),
  );
}

const NO_WAY_LEFT: DatabaseFault = {
  code: 'database.none',
  detail:
    'There is no MongoDB, and no way to get one. Do one of these: set MONGODB_URI to a replica set; ' +
    'install mongod (5 or later) so that it is on the PATH; give this machine access to the internet, so that mongod ' +
    'can be downloaded; or install Rust with cargo (rustup.rs), so that the embedded database can be built.',
};

async function build(cargo: string, cacheDir: string, env: Env, say: Say): Promise<Built> {
  const draft = `${homeOf(cacheDir)}.building`;
  const target = `${homeOf(cacheDir)}.target`;
  await rm(draft, { recursive: true, force: true });
  say(`Building the embedded database ${CRATE} ${VERSION}: once, some four minutes.`);
  const args = ['install', CRATE, '--version', VERSION, '--locked', '--ignore-rust-version', '--root', draft];
  const { code, output } = await runCargo(cargo, [...args, '--target-dir', target], env, say);
  if (code !== 0 || !isExecutable(join(draft, 'bin', PROGRAM))) {
    const log = join(cacheDir, 'secantus-build.log');
    await writeFile(log, output);
    const why = output.match(/^error.*$/gm)?.at(-1) ?? `cargo ended with ${code}`;
    return fail({
      code: 'database.build',
      detail: `The embedded database could not be built: ${why}. All of it is in ${log}.`,
    });
  }
  await rm(homeOf(cacheDir), { recursive: true, force: true });
  await rename(draft, homeOf(cacheDir));
  await rm(target, { recursive: true, force: true });
  say('The embedded database is built.');
  return ok(secantusProgram(cacheDir));
}

function runCargo(
  cargo: string,
  args: readonly string[],
  env: Env,
  say: Say,
): Promise<{ code: number | null; output: string }> {
  // The progress bar is the only place where cargo tells how many crates there are.
  const child = spawn(cargo, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, CARGO_TERM_PROGRESS_WHEN: 'always', CARGO_TERM_PROGRESS_WIDTH: '80', CARGO_TERM_COLOR: 'never' },
  });
  const output: string[] = [];
  const began = performance.now();
  let progress = 'fetching crates';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      const text = String(chunk);
      output.push(text);
      const done = [...text.matchAll(/Building \[[^\]]*\] (\d+)\/(\d+)/g)].at(-1);
      if (done) progress = `${done[1]} of ${done[2]} steps`;
    });
  const told = setInterval(
    () => say(`Building the embedded database: ${progress}, ${Math.round((performance.now() - began) / 1_000)} s.`),
    SAY_EVERY_MS,
  );
  return new Promise((resolve) => {
    child.once('error', (error) => output.push(`error: ${error.message}`));
    child.once('close', (code) => {
      clearInterval(told);
      resolve({ code, output: output.join('') });
    });
  });
}
