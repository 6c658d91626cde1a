import { type EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fail, ok, type Result } from '../core/result.ts';
import { parseProfile, type SimFault, type SimProfile } from './profile.ts';
import { makeSim } from './server.ts';
import type { SimSummary } from './summary.ts';

/** `offpeak sim profile.json`: runs until SIGINT or SIGTERM, then tells what came of it. */

export type RunSimOptions = {
  /** Gets one JSON line at a time, without its line end. */
  readonly print: (line: string) => void;
  /** Where the signals come from. */
  readonly signals?: EventEmitter;
};

const fault = (code: SimFault['code'], detail: string): Result<never, SimFault> => fail({ code, detail, errors: [] });

async function readProfile(path: string): Promise<Result<SimProfile, SimFault>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return fault('sim.profile', `the profile can't be read: ${(error as Error).message}`);
  }
  try {
    return parseProfile(JSON.parse(text));
  } catch (error) {
    return fault('sim.profile', `${path} is not JSON: ${(error as Error).message}`);
  }
}

export async function runSim(path: string, options: RunSimOptions): Promise<Result<SimSummary, SimFault>> {
  const { print, signals = process } = options;
  const profile = await readProfile(path);
  if (!profile.ok) return profile;
  const sim = makeSim(profile.value);
  try {
    await sim.start();
  } catch (error) {
    return fault('sim.listen', `the simulator can't start: ${(error as Error).message}`);
  }
  print(JSON.stringify({ event: 'listening', providers: sim.ports(), control: sim.controlPort() }));
  await firstSignal(signals);
  const summary = sim.summary();
  await sim.stop(0);
  print(JSON.stringify({ event: 'summary', ...summary }));
  return ok(summary);
}

async function firstSignal(signals: EventEmitter): Promise<void> {
  const signalled = new AbortController();
  await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(signals, name, { signal: signalled.signal })));
  // The losing wait must not keep its listener: a second signal then ends the process at once.
  signalled.abort();
}
