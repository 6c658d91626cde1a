/** How long each phase of a session may last. Absolute: bytes that trickle in do not prolong it. RFC 5321 4.5.3.2. */

/** All in milliseconds. */
export type Deadlines = {
  /** TCP, TLS from the first byte, and the greeting; for each host tried. */
  readonly connectMs: number;
  /** EHLO to AUTH as one phase; MAIL, RCPT and DATA as one phase; RSET. */
  readonly commandMs: number;
  /** From the 354 to the last byte of the body, our own mark included. */
  readonly bodyMs: number;
  /** From the last byte to the reply. A client that gives up early makes copies (RFC 1047). */
  readonly dotMs: number;
  /** An established session without a letter is ended after this. */
  readonly idleMs: number;
  readonly quitMs: number;
  /** After a refused connect no further one is tried for this long while other sessions of the site still work. */
  readonly holdMs: number;
};

export const DEADLINES: Deadlines = {
  connectMs: 30_000,
  commandMs: 300_000,
  bodyMs: 300_000,
  dotMs: 600_000,
  idleMs: 30_000,
  quitMs: 2_000,
  holdMs: 10_000,
};

/** Something that must end; `dueAt` is on the ticker's clock and may be moved at any time. */
export type Timed = { dueAt: number; readonly onDue: () => void };

export type Ticker = {
  /** Monotonic milliseconds: a wall clock set back or forth must neither cut nor spare a session. */
  now(): number;
  watch(timed: Timed): void;
  forget(timed: Timed): void;
};

/** One coarse timer for all sessions instead of one per letter; it runs only while there is something to watch. */
export function makeTicker(tickMs: number): Ticker {
  const watched = new Set<Timed>();
  let timer: NodeJS.Timeout | null = null;

  function checkDue(): void {
    const now = performance.now();
    for (const timed of watched) if (now >= timed.dueAt) timed.onDue();
  }

  return {
    now: () => performance.now(),
    watch(timed) {
      watched.add(timed);
      timer ??= setInterval(checkDue, tickMs);
    },
    forget(timed) {
      watched.delete(timed);
      if (watched.size > 0 || !timer) return;
      clearInterval(timer);
      timer = null;
    },
  };
}

/** Fine enough for the shortest deadline, never finer than 10 ms nor coarser than a second. */
export const tickFor = (deadlines: Deadlines): number =>
  Math.min(1_000, Math.max(10, Math.min(...Object.values(deadlines)) / 4));
