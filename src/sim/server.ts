import { performance } from 'node:perf_hooks';
import { startControl } from './control.ts';
import type { SimEvent } from './event.ts';
import { openEventLog } from './event-log.ts';
import type { SimProfile } from './profile.ts';
import { makeProvider, type Provider } from './provider.ts';
import type { SimLetter } from './session.ts';
import { type SimSummary, summarise } from './summary.ts';
import { makeTally } from './tally.ts';

/** The simulated world: every provider of a profile, listening. Plain SMTP, no TLS. */

export type SimOptions = {
  readonly log?: (event: SimEvent) => void;
  /** Whole letters as accepted; without it no body is kept. */
  readonly onLetter?: (letter: SimLetter) => void;
  /** Epoch, whole ms; must not go backwards. */
  readonly now?: () => number;
};

export type Sim = {
  readonly ports: Readonly<Record<string, number>>;
  /** The port of the control door, if the profile has one. */
  readonly controlPort: number | null;
  summary(): SimSummary;
  /** What a provider accepted, in order; of all providers without a name. */
  accepted(name?: string): Iterable<{ readonly to: string; readonly messageId: string }>;
  /** From now on this hidden rate, letters per second, whatever the schedule says; false: no such provider. */
  setRate(name: string, perSecond: number | null): boolean;
  /** Cuts every session and gives the ports back. */
  close(): Promise<void>;
};

// Wall time that a clock correction doesn't bend.
const steadyNow = () => Math.round(performance.timeOrigin + performance.now());

/** Rejects when a port or the log can't be had; then nothing is left open. */
export async function startSim(profile: SimProfile, options: SimOptions = {}): Promise<Sim> {
  const now = options.now ?? steadyNow;
  const eventLog = profile.log === undefined ? null : await openEventLog(profile.log);
  const total = makeTally();
  const emit = (event: SimEvent) => {
    options.log?.(event);
    eventLog?.write(event);
  };
  const deps = { seed: profile.seed, now, emit, total, keepLetter: options.onLetter ?? null };
  const providers = new Map(profile.providers.map((one) => [one.name, makeProvider(one, deps)]));
  let closeControl = async () => {};

  async function close(): Promise<void> {
    await closeControl();
    await Promise.all([...providers.values()].map((provider) => provider.close()));
    await eventLog?.close();
  }

  const sim = {
    summary: () => summarise([...providers.values()], total),
    accepted: (name?: string) => acceptedBy(providers, name),
    setRate(name: string, perSecond: number | null): boolean {
      const provider = providers.get(name);
      provider?.gate.setRate(perSecond, now());
      return provider !== undefined;
    },
    close,
  };

  try {
    const ports: Record<string, number> = {};
    for (const [name, provider] of providers) ports[name] = await provider.listen();
    const control = profile.control
      ? await startControl(profile.control.port, { ...sim, has: (name) => providers.has(name) })
      : null;
    if (control) closeControl = control.close;
    return { ...sim, ports, controlPort: control?.port ?? null };
  } catch (error) {
    await close();
    throw error;
  }
}

function* acceptedBy(providers: ReadonlyMap<string, Provider>, name: string | undefined) {
  for (const provider of providers.values()) {
    if (name === undefined || name === provider.name) yield* provider.accepted;
  }
}
