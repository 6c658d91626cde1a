import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type LifeCycle, makeLifeCycle, onAbort, type Timers } from '../core/life-cycle.ts';
import type { SimSums } from './sums.ts';

/** The simulator as a process of its own, so that it shares nothing with the sender but the network. */

export type SimProcess = LifeCycle & {
  /** SMTP ports by provider; while it runs. */
  ports(): Readonly<Record<string, number>>;
  summary(): Promise<SimTotals>;
  /** From now on this hidden capacity, letters per second. */
  setRate(provider: string, ratePerSecond: number): Promise<void>;
};

export type SimProviderSums = SimSums & {
  readonly attempts: number;
  readonly refused: { readonly total: number; readonly byWhy: Readonly<Record<string, number>> };
  readonly utilisation: number | null;
  /** Epoch, ms. */
  readonly firstMailAt: number | null;
  readonly lastAcceptAt: number | null;
};

export type SimTotals = {
  readonly total: SimProviderSums;
  readonly providers: Readonly<Record<string, SimProviderSums>>;
};

type Listening = { readonly providers: Readonly<Record<string, number>>; readonly control: number };
type Running = Listening & { readonly child: ChildProcess; readonly exited: Promise<void> };

/** A stop lets it write its summary, and kills it when the grace is over. */
export function makeSimProcess(command: readonly string[], profile: string, timers: Timers): SimProcess {
  let running: Running | null = null;

  const cycle = makeLifeCycle(timers, {
    async begin(over) {
      running = await spawned(command, profile, over);
    },
    async end(over) {
      const { child, exited } = running!;
      child.kill('SIGTERM');
      onAbort(over, () => child.kill('SIGKILL'));
      await exited;
      running = null;
    },
  });

  function up(): Running {
    if (!running) throw new Error('the simulator does not run');
    return running;
  }

  return {
    ...cycle,
    ports: () => up().providers,
    async summary() {
      const response = await fetch(`http://127.0.0.1:${up().control}/summary`);
      return (await response.json()) as SimTotals;
    },
    async setRate(provider, ratePerSecond) {
      const response = await fetch(`http://127.0.0.1:${up().control}/providers/${provider}/rate`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ratePerSecond }),
      });
      if (!response.ok) throw new Error(`the simulator refused: ${await response.text()}`);
    },
  };
}

async function spawned([program, ...args]: readonly string[], profile: string, over: AbortSignal): Promise<Running> {
  // Its own process group: Ctrl-C is for the demo, which stops the simulator when it is done with it.
  const child = spawn(program!, [...args, profile], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const forget = onAbort(over, () => child.kill('SIGKILL'));
  const listening = await new Promise<Listening>((resolve, reject) => {
    lines.once('line', (line) => resolve(JSON.parse(line) as Listening));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the simulator ended at once (exit code ${code})`)));
  });
  forget();
  return { ...listening, child, exited };
}
