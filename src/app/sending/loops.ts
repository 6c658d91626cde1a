import type { Log } from '../ports.ts';

/** Things done again and again, each never twice at once; a failure is told once until it works again. */

export type Loop = { readonly everyMs: number; readonly run: () => Promise<void> };

export type Loops<Name extends string> = {
  start(): void;
  /** Does it as soon as its present run is over, besides its regular turns. */
  soon(name: Name): void;
  stop(name: Name): void;
  /** Resolves when nothing is under way any more. */
  stopAll(): Promise<void>;
};

type State = {
  timer: NodeJS.Timeout | null;
  running: Promise<void> | null;
  again: boolean;
  stopped: boolean;
  failing: boolean;
};

export function makeLoops<Name extends string>(rounds: Readonly<Record<Name, Loop>>, log: Log): Loops<Name> {
  const names = Object.keys(rounds) as Name[];
  const states = Object.fromEntries(
    names.map((name) => [name, { timer: null, running: null, again: false, stopped: false, failing: false }]),
  ) as Record<Name, State>;

  function go(name: Name): void {
    const state = states[name];
    if (state.stopped) return;
    if (state.running) {
      state.again = true;
      return;
    }
    if (state.timer) clearTimeout(state.timer);
    state.running = once(name, state).finally(() => {
      state.running = null;
      if (state.stopped) return;
      state.timer = setTimeout(go, state.again ? 0 : rounds[name].everyMs, name);
      state.again = false;
    });
  }

  async function once(name: Name, state: State): Promise<void> {
    try {
      await rounds[name].run();
      if (state.failing) log.info('round works again', { round: name });
      state.failing = false;
    } catch (error) {
      if (!state.failing) log.error('round failed', { round: name, reason: String(error) });
      state.failing = true;
    }
  }

  function stop(name: Name): void {
    states[name].stopped = true;
    if (states[name].timer) clearTimeout(states[name].timer);
  }

  return {
    start: () => names.forEach(go),
    soon: go,
    stop,
    async stopAll() {
      names.forEach(stop);
      await Promise.all(names.map((name) => states[name].running));
    },
  };
}
