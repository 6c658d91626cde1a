import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Client, makeClient } from '../../src/cli/client.ts';

/** The whole product in a process of its own, in a folder of its own. */

export const API = '/api/v1';
export const OFFPEAK = [process.execPath, 'scripts/offpeak.js'] as const;
const KEY = 'bench-key-of-this-machine-only';

export type Server = {
  readonly client: Client;
  readonly pid: number;
  readonly databasePid: number;
  stop(): Promise<void>;
};

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'offpeak-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function startServer(folder: string, startRate: number): Promise<Server> {
  const dataDir = join(folder, 'data');
  const child = spawn(OFFPEAK[0], [OFFPEAK[1], 'serve'], {
    env: {
      ...process.env,
      PORT: '0',
      LOG_LEVEL: 'warn',
      OFFPEAK_API_KEY: KEY,
      OFFPEAK_DATA_DIR: dataDir,
      OFFPEAK_START_RATE: String(startRate),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { pid } = JSON.parse(await readFile(join(dataDir, 'database.json'), 'utf8')) as { pid: number };
  return {
    client: makeClient(/listens on (\S+)/.exec(line)![1]!, KEY),
    pid: child.pid!,
    databasePid: pid,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
