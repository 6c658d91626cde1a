import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { type Client, makeClient } from '../../src/cli/client.ts';
import { makeSimProcess, type SimProcess } from '../../src/cli/sim-process.ts';
import type { SimEvent } from '../../src/sim/event.ts';
import { acceptedIn, simEvents } from '../setup/sim-log.ts';

/** The built product as processes, driven through its API, against the simulator as another process. */

const OFFPEAK = [process.execPath, 'scripts/offpeak.js'] as const;
export const KEY = 'a-key-that-only-this-test-knows';

export type Product = {
  readonly client: Client;
  readonly pid: number;
  /** What it wrote to stderr so far. */
  readonly errors: () => string;
  /** Sends a signal and answers how it ended: exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string | null>;
};

export type Env = Readonly<Record<string, string>>;

export async function startProduct(env: Env, role = 'serve'): Promise<Product> {
  const child = spawn(OFFPEAK[0], [OFFPEAK[1], role], {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'warn', OFFPEAK_API_KEY: KEY, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes;
  });
  const exited = once(child, 'exit');
  const baseUrl = await listening(child, () => errors);
  return {
    client: makeClient(baseUrl, KEY),
    pid: child.pid!,
    errors: () => errors,
    async end(signal) {
      child.kill(signal);
      const [code, by] = (await exited) as [number | null, string | null];
      return code ?? by;
    },
  };
}

async function listening(child: ChildProcess, errors: () => string): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const found = /listens on (\S+)/.exec(line);
      if (found) resolve(found[1]!);
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code}:\n${errors()}`)));
  });
}

/** What a test opens is closed after it, the last first. */
export function closedAfterEach(): (() => Promise<unknown>)[] {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  return closers;
}

/** A folder that goes away with the test. */
export async function scratch(closers: (() => Promise<unknown>)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'offpeak-whole-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A port that is free there: a program that can't choose one itself is told this one. */
export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** How long a simulator may take to write its summary and end. */
export const GRACE_MS = 10_000;

export type LoggedSim = SimProcess & {
  /** What it wrote to its log up to now; its own count says when all of it is there. */
  events(): Promise<SimEvent[]>;
};

export async function startSim(folder: string, profile: object): Promise<LoggedSim> {
  const log = join(folder, 'sim.jsonl');
  const file = join(folder, 'profile.json');
  await writeFile(file, JSON.stringify({ seed: 7, control: { port: 0 }, log, ...profile }));
  const sim = makeSimProcess([...OFFPEAK, 'sim'], file, systemClock);
  await sim.start();
  const events = async () => {
    const { accepted } = (await sim.summary()).total;
    const isWhole = (all: SimEvent[]) => acceptedIn(all).length >= accepted;
    return until('the log of the simulator', () => simEvents(log), isWhole, 20_000);
  };
  return { ...sim, events };
}

export const newDatabaseName = () => `whole_${randomBytes(6).toString('hex')}`;

const API = '/api/v1';

/** Routes each simulated provider by its domain, `NAME.example`. */
export async function routeTo(client: Client, sim: SimProcess, connections = 10): Promise<void> {
  for (const [name, port] of Object.entries(sim.ports())) {
    await client.send('PUT', `${API}/routes/${name}`, { url: `smtp://127.0.0.1:${port}`, connections });
  }
  const rules = Object.keys(sim.ports()).map((name) => ({ domain: `${name}.example`, route: name }));
  await client.send('PUT', `${API}/routing`, rules);
}

export type Imported = Readonly<Record<'records' | 'accepted' | 'duplicate' | 'suppressed' | 'rejected', number>>;

export async function newCampaign(client: Client, csv: string): Promise<{ id: string; imported: Imported }> {
  const campaign = await client.send<{ id: string }>('POST', `${API}/campaigns`, {
    name: 'whole',
    content: {
      subject: 'Hello {{ first_name }}',
      from: { address: 'news@sender.example' },
      html: '<p>Dear {{ first_name }}, this is a letter.</p>',
    },
  });
  const body = new Blob([csv]).stream();
  const imported = await client.upload<Imported>(`${API}/campaigns/${campaign.id}/imports`, body);
  return { id: campaign.id, imported };
}

/** A CSV of so many people at each of the domains. */
export function people(counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).flatMap(([domain, count]) =>
    Array.from({ length: count }, (_, index) => `person${index}@${domain},Ann ${index}`),
  );
  return ['email,first_name', ...rows, ''].join('\n');
}

export type Progress = {
  readonly state: string;
  readonly phase: string | null;
  readonly waitingUntil: string | null;
  readonly blockedBecause: string | null;
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
};

export const progressOf = (client: Client, id: string) => client.get<Progress>(`${API}/campaigns/${id}/progress`);

export const act = (client: Client, id: string, action: 'start' | 'pause' | 'resume' | 'cancel') =>
  client.send('POST', `${API}/campaigns/${id}/${action}`);

/** Asks until the answer is the one wanted; the limit is for a product that hangs, not for a slow machine. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  isIt: (answer: T) => boolean,
  limitMs = 600_000,
): Promise<T> {
  const giveUpAt = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    if (Date.now() > giveUpAt) throw new Error(`waited in vain for ${what}; last: ${JSON.stringify(answer)}`);
    await sleep(200);
  }
}

export const untilFinished = (client: Client, id: string) =>
  until(
    'the end of the campaign',
    () => progressOf(client, id),
    ({ state }) => state !== 'running' && state !== 'scheduled',
  );

export type LedgerRow = {
  readonly id: string;
  readonly address: string;
  readonly state: string;
  readonly attempts: number;
};

export async function ledgerOf(client: Client, id: string): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page: { items: LedgerRow[]; nextCursor: string | null } = await client.get(
      `${API}/campaigns/${id}/recipients?limit=500${query}`,
    );
    rows.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return rows;
}
