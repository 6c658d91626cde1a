import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { SimSums } from './sums.ts';

/** The simulator as a process of its own, so that it shares nothing with the sender but the network. */

export type SimProcess = {
  /** SMTP ports by provider. */
  readonly ports: Readonly<Record<string, number>>;
  summary(): Promise<SimTotals>;
  /** From now on this hidden capacity, letters per second. */
  setRate(provider: string, ratePerSecond: number): Promise<void>;
  stop(): Promise<void>;
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

export async function startSimProcess(command: readonly string[], profile: string): Promise<SimProcess> {
  const [program, ...args] = command;
  // Its own process group: Ctrl-C is for the demo, which stops the simulator when it is done with it.
  const child = spawn(program!, [...args, profile], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const { providers, control } = await new Promise<Listening>((resolve, reject) => {
    lines.once('line', (line) => resolve(JSON.parse(line) as Listening));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the simulator ended at once (exit code ${code})`)));
  });
  return {
    ports: providers,
    async summary() {
      const response = await fetch(`http://127.0.0.1:${control}/summary`);
      return (await response.json()) as SimTotals;
    },
    async setRate(provider, ratePerSecond) {
      const response = await fetch(`http://127.0.0.1:${control}/providers/${provider}/rate`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ratePerSecond }),
      });
      if (!response.ok) throw new Error(`the simulator refused: ${await response.text()}`);
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
