import { type LifeCycle, makeLifeCycle, orUntil, type Timers } from '../../core/life-cycle.ts';
import type { Log } from '../ports.ts';

/** Things done again and again, each never twice at once; a failure is told once until it works again. */

export type Loop = { readonly everyMs: number; readonly run: () => Promise<void> };

export type Loops<Name extends string> = LifeCycle & {
  /** Does it as soon as its present turn is over, besides its regular turns. */
  soon(name: Name): void;
};

type State = { cancel: (() => void) | null; running: Promise<void> | null; again: boolean; failing: boolean };

export function makeLoops<Name extends string>(
  loops: Readonly<Record<Name, Loop>>,
  clock: Timers,
  log: Log,
): Loops<Name> {
  const names = Object.keys(loops) as Name[];
  const states = new Map<Name, State>(
    names.map((name) => [name, { cancel: null, running: null, again: false, failing: false }]),
  );
  let isUp = false;

  function turn(name: Name): void {
    const state = states.get(name)!;
    if (!isUp) return;
    if (state.running) {
      state.again = true;
      return;
    }
    state.cancel?.();
    state.again = false;
    state.running = once(name, state).finally(() => {
      state.running = null;
      if (isUp) state.cancel = clock.after(state.again ? 0 : loops[name].everyMs, () => turn(name));
    });
  }

  async function once(name: Name, state: State): Promise<void> {
    try {
      await loops[name].run();
      if (state.failing) log.info('loop works again', { loop: name });
      state.failing = false;
    } catch (error) {
      if (!state.failing) log.error('loop failed', { loop: name, reason: String(error) });
      state.failing = true;
    }
  }

  const cycle = makeLifeCycle(clock, {
    begin() {
      isUp = true;
      names.forEach(turn);
    },
    async end(over) {
      isUp = false;
      for (const { cancel } of states.values()) cancel?.();
      await orUntil(over, Promise.all([...states.values()].map(({ running }) => running)));
    },
  });

  return { ...cycle, soon: turn };
}
