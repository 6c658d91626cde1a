/** How everything that runs is put to work and ended: one contract, and the one mechanism behind it. */

/** May be woken; times in ms. */
export type Timers = {
  now(): number;
  /** Runs it once, after so long, ms; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
};

export type LifeCycle = {
  /** Resolves once it works, or a later stop has taken its place. Again without effect while it works; after a stop it works anew. */
  start(): Promise<void>;
  /**
   * Resolves when nothing of it is under way any more: no work, no timer, no socket, no listener. What is not over by
   * itself after `graceMs` is cut then. May come at any time, also before a start and twice; the shorter grace counts.
   */
  stop(graceMs: number): Promise<void>;
};

type Part = {
  /** Rejects when it can't; then it must have left nothing behind. `over` fires when a stop can't wait for it any longer. */
  begin(over: AbortSignal): void | Promise<void>;
  /** `over` fires when the grace is; it must then end what is left at once. `left` tells how much of it there still is, ms. */
  end(over: AbortSignal, left: () => number): void | Promise<void>;
};

type Waiter = { readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** Puts starts and stops that come at any time in order: never two at once, and the last word counts. */
export function makeLifeCycle(timers: Timers, part: Part): LifeCycle {
  let wanted: 'up' | 'down' = 'down';
  let actual: 'up' | 'down' = 'down';
  let isChanging = false;
  let over = new AbortController();
  /** When the grace is over; what is asked for last may make it sooner, never later. */
  let overAt = Number.POSITIVE_INFINITY;
  let graces: (() => void)[] = [];
  const starts: Waiter[] = [];
  const stops: Waiter[] = [];

  function change(): void {
    if (isChanging) return;
    if (actual === wanted) {
      settle();
      return;
    }
    isChanging = true;
    const to = wanted;
    let result: void | Promise<void>;
    try {
      result = to === 'up' ? part.begin(over.signal) : part.end(over.signal, () => Math.max(0, overAt - timers.now()));
    } catch (error) {
      failed(to, error);
      return;
    }
    if (result)
      result.then(
        () => changed(to),
        (error: unknown) => failed(to, error),
      );
    else changed(to);
  }

  function changed(to: 'up' | 'down'): void {
    actual = to;
    isChanging = false;
    if (to === 'down') forgetGraces();
    const done = (to === 'up' ? starts : stops).splice(0);
    for (const { resolve } of done) resolve();
    change();
  }

  /** What failed to begin is down, and was cut if a stop would not wait; what failed to end is down too, as far as it goes. */
  function failed(to: 'up' | 'down', error: unknown): void {
    const isCut = to === 'up' && over.signal.aborted;
    actual = 'down';
    isChanging = false;
    if (to === 'up' && !isCut) wanted = 'down';
    forgetGraces();
    for (const { resolve, reject } of (to === 'up' ? starts : stops).splice(0)) isCut ? resolve() : reject(error);
    change();
  }

  /** Nothing is left to do: whoever still waits was overtaken by a later call. */
  function settle(): void {
    forgetGraces();
    for (const { resolve } of [...starts.splice(0), ...stops.splice(0)]) resolve();
  }

  function forgetGraces(): void {
    for (const cancel of graces) cancel();
    graces = [];
    overAt = Number.POSITIVE_INFINITY;
    over = new AbortController();
  }

  const call = (to: 'up' | 'down', waiters: Waiter[]) =>
    new Promise<void>((resolve, reject) => {
      wanted = to;
      waiters.push({ resolve, reject });
      change();
    });

  return {
    start: () => call('up', starts),
    stop(graceMs) {
      const current = over;
      if (actual === 'up' || isChanging) {
        overAt = Math.min(overAt, timers.now() + graceMs);
        graces.push(timers.after(graceMs, () => current.abort()));
      }
      return call('down', stops);
    },
  };
}

/** Who waits for a signal. One listener serves them all: the platform takes more than ten for a leak. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Runs it once the signal fires, at once if it has; the answer takes it back. */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) {
    run();
    return () => undefined;
  }
  const runs = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) {
    waiting.set(signal, runs);
    signal.addEventListener('abort', () => [...runs].forEach((each) => void each()), { once: true });
  }
  runs.add(run);
  return () => void runs.delete(run);
}

/** Longer than any grace, and not too long for a timer. */
const AS_LONG_AS_IT_TAKES_MS = 2 ** 31 - 1;

/** Stops a part with its owner: it is cut when the owner's grace is over, however short that becomes. */
export function stopUntil(over: AbortSignal, part: LifeCycle): Promise<void> {
  const stopped = part.stop(AS_LONG_AS_IT_TAKES_MS);
  // Whatever goes wrong is told to who waits for the first stop.
  const forget = onAbort(over, () => void part.stop(0).catch(() => undefined));
  return stopped.finally(forget);
}

/** Waits for something that can't be cut, such as a write under way, but no longer than the grace. */
export function orUntil(over: AbortSignal, promise: Promise<unknown>): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const forget = onAbort(over, resolve);
    promise.then(() => resolve(), reject).finally(forget);
  });
}
