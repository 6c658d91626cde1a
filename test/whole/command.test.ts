import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { closedAfterEach, newDatabaseName, scratch } from './product.ts';

const run = promisify(execFile);
const closers = closedAfterEach();

/** Runs the built command; a non-zero exit code is an answer too. */
async function offpeak(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = ['node', 'scripts/offpeak.js'],
) {
  const [file, ...first] = program;
  try {
    const { stdout, stderr } = await run(file!, [...first, ...args], {
      env: { ...process.env, ...env },
      maxBuffer: 1e8,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test('npx offpeak config prints every setting with its meaning, and no secret', async () => {
  const { stdout } = await offpeak(['config'], { OFFPEAK_API_KEY: 'a-key-nobody-should-see' }, ['npx', 'offpeak']);
  for (const name of ['PORT=3000', 'MONGODB_URI=', 'OFFPEAK_DATA_DIR=', 'OFFPEAK_API_KEY=(set)', 'LOG_LEVEL=info']) {
    expect(stdout).toContain(name);
  }
  expect(stdout).not.toContain('nobody-should-see');
});

test.each(['serve', 'api', 'worker', 'sim', 'demo', 'doctor', 'config'])(
  'offpeak %s --help says what it does',
  async (command) => {
    const { code, stdout } = await offpeak([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: offpeak ${command}`);
  },
);

test('says everything that is wrong with the settings at once, and starts nothing', async () => {
  const { code, stderr } = await offpeak(['serve'], {
    PORT: 'http',
    OFFPEAK_STOP_GRACE: 'soon',
    OFFPEAK_RETRY: '5 apples',
  });
  expect(code).toBe(2);
  for (const name of ['PORT', 'OFFPEAK_STOP_GRACE', 'OFFPEAK_RETRY']) expect(stderr).toContain(name);
});

test('says clearly that the database is not there, without its password', async () => {
  const uri = 'mongodb://someone:a-secret@127.0.0.1:1/?directConnection=true';
  const { code, stderr } = await offpeak(['serve'], { MONGODB_URI: uri, PORT: '0' });
  expect(code).toBe(2);
  expect(stderr).toContain('database.unreachable');
  expect(stderr).toContain('127.0.0.1:1');
  expect(stderr).not.toContain('a-secret');
});

test.each([
  ['OFFPEAK_DATA_DIR', '/proc/offpeak', 'dataDir.unusable: /proc/offpeak can not be made.'],
  ['OFFPEAK_DATA_DIR', '/dev/null/data', 'dataDir.unusable: /dev/null/data is no folder.'],
  ['OFFPEAK_DATA_DIR', `/tmp/${'x'.repeat(300)}`, 'has too long a name.'],
  ['OFFPEAK_CACHE_DIR', '/proc/cache', 'cacheDir.unusable: /proc/cache can not be made. Set OFFPEAK_CACHE_DIR'],
])('a folder that can not be used is one sentence and exit code 2: %s=%s', async (name, path, sentence) => {
  const env = { PORT: '0', LOG_LEVEL: 'silent', OFFPEAK_DATA_DIR: await scratch(closers), [name]: path };
  const { code, stderr } = await offpeak(['serve'], env);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(sentence) });
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test('offpeak sim refuses a profile it does not understand, with a pointer', async () => {
  const { code, stderr } = await offpeak(['sim', 'package.json']);
  expect(code).toBe(2);
  expect(stderr).toContain('sim.profile');
  expect(stderr).toContain('/providers');
});

test('offpeak doctor claims nothing where nobody answers, and refuses what it can not read', async () => {
  const env = {
    MONGODB_URI: inject('mongodbUri'),
    OFFPEAK_DATABASE: newDatabaseName(),
    OFFPEAK_DATA_DIR: await scratch(closers),
    OFFPEAK_DNS_SERVERS: '127.0.0.1:1', // nobody listens there
  };
  const { code, stdout } = await offpeak(['doctor', '--json', '--from', 'example.com', '--ip', '192.0.2.7'], env);
  expect(code).toBe(3);
  expect(JSON.parse(stdout).counts).toEqual({ ok: 0, warn: 0, bad: 0, unknown: 10 });
  const { code: refused, stderr } = await offpeak(['doctor', '--ip', 'nonsense'], env);
  expect(refused).toBe(2);
  expect(stderr).toContain('doctor.ip');
});

test('the demo ends with 0 and one JSON line in which CSV, ledger and simulator agree', {
  timeout: 900_000,
}, async () => {
  const folder = await scratch(closers);
  const env = {
    PORT: '0',
    MONGODB_URI: inject('mongodbUri'),
    OFFPEAK_DATABASE: newDatabaseName(),
    OFFPEAK_DATA_DIR: folder,
  };
  const { code, stdout, stderr } = await offpeak(['demo', '--json'], env);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout.trim().split('\n')).toHaveLength(1);
  const summary = JSON.parse(stdout);
  expect(summary).toMatchObject({
    agrees: true,
    state: 'finished',
    csv: { records: 20_000, accepted: 19_250, duplicate: 400, rejected: 350 },
  });
  expect(summary.simulator.total.duplicates).toBe(0);
  const { accepted, refused } = summary.simulator.total;
  expect(refused.byWhy.rate / (accepted + refused.byWhy.rate), 'share of attempts refused for pace').toBeLessThan(0.02);
});
