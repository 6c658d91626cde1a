import { type LifeCycle, makeLifeCycle } from '../core/life-cycle.ts';
import { makeControl, type SimWorld } from './control.ts';
import type { SimEvent } from './event.ts';
import { makeEventLog } from './event-log.ts';
import type { SimProfile } from './profile.ts';
import { makeProvider, type Provider } from './provider.ts';
import type { SimLetter } from './session.ts';
import { summarise } from './summary.ts';
import { makeTally } from './tally.ts';
import { simTimers } from './timers.ts';

/** The simulated world: every provider of a profile, listening. Plain SMTP, no TLS. */

export type SimOptions = {
  readonly log?: (event: SimEvent) => void;
  /** Whole letters as accepted; without it no body is kept. */
  readonly onLetter?: (letter: SimLetter) => void;
  /** Epoch, whole ms; must not go backwards. */
  readonly now?: () => number;
};

/** A start rejects when a port or the log can't be had; then nothing is left open. A stop cuts every session. */
export type Sim = LifeCycle &
  Omit<SimWorld, 'has'> & {
    /** SMTP ports by provider, of those that listen. */
    ports(): Readonly<Record<string, number>>;
    /** The port of the control door; null while stopped, or if the profile has none. */
    controlPort(): number | null;
  };

export function makeSim(profile: SimProfile, options: SimOptions = {}): Sim {
  const timers = simTimers;
  const now = options.now ?? timers.now;
  const eventLog = profile.log === undefined ? null : makeEventLog(profile.log, timers);
  const total = makeTally();
  const emit = (event: SimEvent) => {
    options.log?.(event);
    eventLog?.write(event);
  };
  const deps = { seed: profile.seed, now, emit, total, keepLetter: options.onLetter ?? null, timers };
  const providers = new Map(profile.providers.map((one) => [one.name, makeProvider(one, deps)]));
  const world: SimWorld = {
    summary: () => summarise([...providers.values()], total),
    accepted: (name) => acceptedBy(providers, name),
    setRate(name, perSecond) {
      const provider = providers.get(name);
      provider?.gate.setRate(perSecond, now());
      return provider !== undefined;
    },
    has: (name) => providers.has(name),
  };
  const control = profile.control ? makeControl(profile.control.port, world, timers) : null;
  /** Each needs the ones before it. */
  const parts: readonly LifeCycle[] = [
    ...(eventLog ? [eventLog] : []),
    ...providers.values(),
    ...(control ? [control] : []),
  ];

  async function end(): Promise<void> {
    for (const part of parts.toReversed()) await part.stop(0);
  }

  const cycle = makeLifeCycle(timers, {
    async begin() {
      try {
        for (const part of parts) await part.start();
      } catch (error) {
        await end();
        throw error;
      }
    },
    end,
  });

  return {
    ...cycle,
    ...world,
    ports: () =>
      Object.fromEntries([...providers].flatMap(([name, { port }]) => (port() === null ? [] : [[name, port()!]]))),
    controlPort: () => control?.port() ?? null,
  };
}

function* acceptedBy(providers: ReadonlyMap<string, Provider>, name: string | undefined) {
  for (const provider of providers.values()) {
    if (name === undefined || name === provider.name) yield* provider.accepted;
  }
}
