import type { AttemptRecord, Dispenser, SendResult, SessionPool } from '../../src/app/lanes/ports.ts';
import type { JobHandlers, JobRunner } from '../../src/app/sending/ports.ts';
import { makeLifeCycle, orUntil, type Timers } from '../../src/core/life-cycle.ts';

/** Servers, permits and jobs on a fake clock, as far as the sending half can tell them from real ones. */

/** Answers a letter; by default every one is accepted after 20 ms. */
export type Server = (to: string, carried: number) => { readonly tookMs: number } & Partial<SendResult>;

/** What the servers of a test saw. */
type Net = { server: Server; readonly sent: string[]; open: number };

/** One session a letter; a stop lets letters under way finish and cuts them at its end. */
export function makeMemoryPool(clock: Timers, world: Net): SessionPool {
  const underWay = new Set<() => void>();
  let isUp = false;
  let emptied: (() => void) | null = null;

  async function attempt(to: string, mark: () => Promise<boolean>): Promise<SendResult> {
    const startedAt = clock.now();
    const result = (outcome: AttemptRecord['outcome'], more: Partial<SendResult> = {}): SendResult => ({
      ...{ outcome, stage: 'dot', reused: false, reply: null, detail: null, startedAt, carried: 0 },
      ...{ tookMs: clock.now() - startedAt, ...more },
    });
    if (!isUp) return result('withdrawn', { stage: 'connect' });
    if (!(await mark().catch(() => false))) return result('withdrawn', { stage: 'body' });
    world.sent.push(to);
    world.open += 1;
    const { tookMs, ...more } = world.server(to, 0);
    const isCut = await new Promise<boolean>((resolve) => {
      const cancel = clock.after(tookMs, () => end(false));
      const cut = () => end(true);
      underWay.add(cut);
      function end(wasCut: boolean): void {
        cancel();
        underWay.delete(cut);
        resolve(wasCut);
      }
    });
    world.open -= 1;
    if (underWay.size === 0) emptied?.();
    return isCut ? result('unknown', { detail: 'closed by us' }) : result(more.outcome ?? 'accepted', more);
  }

  return {
    async start() {
      isUp = true;
    },
    async stop(graceMs) {
      isUp = false;
      if (underWay.size === 0) return;
      const cancel = clock.after(graceMs, () => {
        for (const cut of [...underWay]) cut();
      });
      await new Promise<void>((resolve) => {
        const before = emptied;
        emptied = () => {
          before?.();
          resolve();
        };
      });
      cancel();
    },
    send: ({ to }, mark) => attempt(to, mark),
    setLimits: () => undefined,
    open: () => (isUp ? 1 : 0),
  };
}

/** Gives a permit as often as the rate says; a new rate counts from the last permit. */
export function makeMemoryDispenser(clock: Timers): Dispenser {
  let rate = 0;
  let isUp = false;
  let givenAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;
  let waiting: ((letters: number) => void)[] = [];
  function next(): void {
    cancel?.();
    cancel = null;
    if (!isUp) for (const go of waiting.splice(0)) go(0);
    if (waiting.length === 0 || rate === 0) return;
    const dueAt = Math.max(clock.now(), givenAt + 1_000 / rate);
    cancel = clock.after(dueAt - clock.now(), () => {
      givenAt = dueAt;
      waiting.shift()?.(1);
      next();
    });
  }
  return {
    async start() {
      isUp = true;
    },
    async stop() {
      isUp = false;
      next();
      waiting = [];
    },
    setRate(perSecond) {
      rate = perSecond;
      next();
    },
    dispense: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (!cancel || !isUp) next();
      }),
  };
}

/** Begins what is asked for in 5 ms, and waits for it at a stop, as Agenda does. */
export function makeMemoryJobs(clock: Timers, answer: () => Promise<void>): JobRunner {
  let handlers: JobHandlers | null = null;
  let isUp = false;
  const timers = new Set<() => void>();
  const running = new Set<Promise<void>>();
  const cycle = makeLifeCycle(clock, {
    begin() {
      isUp = true;
    },
    end(over) {
      isUp = false;
      for (const cancel of timers) cancel();
      timers.clear();
      return orUntil(over, Promise.allSettled(running));
    },
  });

  return {
    ...cycle,
    handle(given) {
      handlers = given;
    },
    async requestSlice(job) {
      await answer();
      if (!isUp) return;
      const cancel = clock.after(5, () => {
        timers.delete(cancel);
        const work = handlers!
          .slice(job)
          .catch(() => undefined)
          .finally(() => running.delete(work));
        running.add(work);
      });
      timers.add(cancel);
    },
    requestOpening: async () => undefined,
    forgetOthers: async () => undefined,
  };
}
