import { makeRoundRobin } from '../../core/lanes/round-robin.ts';
import { type LifeCycle, onAbort } from '../../core/life-cycle.ts';
import type { Dispenser } from './ports.ts';

/** Who waits for a permit, and who is next: within a number in hand, an allowance and what the dispenser gives; in turns between campaigns. */

export type Permits = LifeCycle & {
  /** Waits for a permit; false once `stop` fires or the permits are stopped. Every one given is ended by `done`. */
  acquire(campaignId: string, stop: AbortSignal): Promise<boolean>;
  done(): void;
  /** Letters per second, Infinity for no limit, 0 to hold everybody. */
  setRate(perSecond: number): void;
  /** Most letters in hand at once. */
  setWidth(letters: number): void;
  /** How many more may be given until the next call; null: as many as the dispenser gives. */
  setAllowance(letters: number | null): void;
  inHand(): number;
  /** How many were given so far. */
  given(): number;
};

type Waiter = { readonly go: (turn: boolean) => void; readonly stop: AbortSignal };

/** Permits asked for ahead; one at low rates, where a permit that nobody waits for any more would be a burst later. */
const AHEAD = 4;
const FAST = 50;

export function makePermits(dispenser: Dispenser): Permits {
  /** By campaign. */
  const queues = new Map<string, Waiter[]>();
  const turns = makeRoundRobin(1);
  let waiting = 0;
  /** Signals that are listened to: once each, not once a letter. */
  const told = new WeakSet<AbortSignal>();
  let inHand = 0;
  let given = 0;
  let width = 1;
  let rate = 0;
  let allowance: number | null = null;
  /** Letters that may go now, and permits asked for. */
  let spare = 0;
  let asked = 0;
  let isUp = false;

  const free = () => inHand < width && allowance !== 0;

  function pump(): void {
    if (!isUp) return;
    while (waiting > 0 && free() && (spare > 0 || rate === Number.POSITIVE_INFINITY)) letOneIn();
    const ahead = rate > FAST ? AHEAD : 1;
    while (rate !== Number.POSITIVE_INFINITY && waiting > asked + spare && free() && asked < ahead) ask();
  }

  function letOneIn(): void {
    const waiter = takeNext();
    if (spare > 0) spare -= 1;
    if (allowance !== null) allowance -= 1;
    inHand += 1;
    given += 1;
    waiter.go(true);
  }

  function takeNext(): Waiter {
    const heads = new Map([...queues.keys()].map((key) => [key, 1]));
    const key = turns.next(heads)!;
    const queue = queues.get(key)!;
    const waiter = queue.shift()!;
    if (queue.length === 0) queues.delete(key);
    waiting -= 1;
    return waiter;
  }

  function ask(): void {
    asked += 1;
    void dispenser.dispense().then((letters) => {
      asked -= 1;
      spare += letters;
      pump();
    });
  }

  function dismiss(isGone: (waiter: Waiter) => boolean): void {
    const gone: Waiter[] = [];
    for (const [key, queue] of queues) {
      gone.push(...queue.filter(isGone));
      const left = queue.filter((waiter) => !isGone(waiter));
      if (left.length > 0) queues.set(key, left);
      else queues.delete(key);
    }
    waiting -= gone.length;
    for (const { go } of gone) go(false);
  }

  function listenTo(stop: AbortSignal): void {
    if (told.has(stop)) return;
    told.add(stop);
    onAbort(stop, () => dismiss((waiter) => waiter.stop === stop));
  }

  return {
    async start() {
      if (isUp) return;
      isUp = true;
      spare = 0;
      await dispenser.start();
      pump();
    },
    async stop() {
      isUp = false;
      dismiss(() => true);
      await dispenser.stop(0);
    },
    acquire(campaignId, stop) {
      if (!isUp || stop.aborted) return Promise.resolve(false);
      listenTo(stop);
      return new Promise<boolean>((go) => {
        const queue = queues.get(campaignId) ?? [];
        queue.push({ go, stop });
        queues.set(campaignId, queue);
        waiting += 1;
        pump();
      });
    },
    done() {
      inHand -= 1;
      pump();
    },
    setRate(perSecond) {
      // What was handed out at a higher rate is taken back.
      if (perSecond < rate) spare = 0;
      rate = perSecond;
      if (perSecond !== Number.POSITIVE_INFINITY) dispenser.setRate(perSecond);
      pump();
    },
    setWidth(letters) {
      width = letters;
      pump();
    },
    setAllowance(letters) {
      allowance = letters;
      pump();
    },
    inHand: () => inHand,
    given: () => given,
  };
}
