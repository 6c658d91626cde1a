/** Group commit: whatever gathers while one write is under way goes with the next, in one write for all sessions. */

export type Group<Item, Answer> = {
  /** Resolves with this item's answer once the write that carries it is acknowledged; rejects when that write failed. */
  add(item: Item): Promise<Answer>;
  /** Items not yet acknowledged. */
  waiting(): number;
};

export function makeGroup<Item, Answer>(
  most: number,
  write: (items: readonly Item[]) => Promise<(item: Item) => Answer>,
): Group<Item, Answer> {
  type Entry = {
    readonly item: Item;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: unknown) => void;
  };
  const queue: Entry[] = [];
  let inFlight: readonly Entry[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    while (queue.length > 0) {
      inFlight = queue.splice(0, most);
      try {
        const answerOf = await write(inFlight.map(({ item }) => item));
        for (const { item, resolve } of inFlight) resolve(answerOf(item));
      } catch (error) {
        for (const { reject } of inFlight) reject(error);
      }
    }
    inFlight = [];
    isRunning = false;
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        // A turn of the event loop lets every session that just heard its server join the same write.
        if (isRunning) return;
        isRunning = true;
        setImmediate(() => void run());
      }),
    waiting: () => queue.length + inFlight.length,
  };
}
