import type { Timers } from '../../src/core/life-cycle.ts';

/** A clock that stands still until it is told to go on. */
export type FakeClock = Timers & {
  /** Goes on by so much; whatever falls due on the way runs at its time, and what follows from it at once. */
  advance(ms: number): Promise<void>;
  /** Timers set and neither run nor taken back. */
  pending(): number;
};

type Timer = { readonly at: number; readonly run: () => void };

export function makeFakeClock(startsAt = 1_800_000_000_000): FakeClock {
  let now = startsAt;
  const timers = new Set<Timer>();

  /** Lets everything run that waits for nothing but a turn. */
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const earliest = (until: number) =>
    [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0] ?? null;

  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + Math.max(0, ms), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (let next = earliest(until); next; next = earliest(until)) {
        timers.delete(next);
        now = next.at;
        next.run();
        await settled();
      }
      now = until;
      await settled();
    },
    pending: () => timers.size,
  };
}
