/** Deficit round robin (Shreedhar and Varghese, 1995): equal shares of the work, however large one piece of it is. */

export type RoundRobin = {
  /** Whose turn it is. `heads`: what the next piece of each queue costs; queues that are not named have nothing to do. */
  next(heads: ReadonlyMap<string, number>): string | null;
};

export function makeRoundRobin(quantum: number): RoundRobin {
  /** In the order of their turns; the first one is served until its credit is used up. */
  const credits = new Map<string, number>();

  function keepOnly(heads: ReadonlyMap<string, number>): void {
    // Whoever has nothing to do saves nothing up.
    for (const key of credits.keys()) if (!heads.has(key)) credits.delete(key);
    for (const key of heads.keys()) if (!credits.has(key)) credits.set(key, 0);
  }

  function toTheEnd(key: string, credit: number): void {
    credits.delete(key);
    credits.set(key, credit);
  }

  return {
    next(heads) {
      keepOnly(heads);
      if (credits.size === 0) return null;
      for (;;) {
        const [key, credit] = credits.entries().next().value!;
        const cost = heads.get(key)!;
        if (credit >= cost) {
          credits.set(key, credit - cost);
          return key;
        }
        toTheEnd(key, credit + quantum);
      }
    },
  };
}
