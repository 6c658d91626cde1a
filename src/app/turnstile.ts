import type { Pace } from './ports.ts';

/** Lets senders through one at a time: within a number in hand, an allowance, and the pace. */

export type Turnstile = {
  /** Waits for a turn; null once `stop` fires or the turnstile closes. Every turn given must come back by `leave`. */
  enter(stop: AbortSignal): Promise<boolean>;
  leave(): void;
  /** Letters per second, Infinity for no limit, 0 to hold everybody. */
  setRate(perSecond: number): void;
  /** Most letters in hand at once. */
  setWidth(letters: number): void;
  /** How many more may enter until the next call; null: as many as the pace gives. */
  setAllowance(letters: number | null): void;
  inHand(): number;
  close(): void;
};

type Waiter = { readonly go: (turn: boolean) => void; readonly stop: AbortSignal };

/** Permits asked for ahead; one at low rates, where a permit that nobody waits for any more would be a burst later. */
const AHEAD = 4;
const FAST = 50;

export function makeTurnstile(pace: Pace): Turnstile {
  let waiters: Waiter[] = [];
  /** One listener a signal, not one a letter. */
  const heard = new WeakSet<AbortSignal>();
  let inHand = 0;
  let width = 1;
  let rate = 0;
  let allowance: number | null = null;
  /** Letters that may go now, and permits asked for. */
  let spare = 0;
  let asked = 0;
  let closed = false;

  const free = () => inHand < width && allowance !== 0;

  function pump(): void {
    if (closed) return;
    while (waiters.length > 0 && free() && (spare > 0 || rate === Number.POSITIVE_INFINITY)) letOneIn();
    const ahead = rate > FAST ? AHEAD : 1;
    while (rate !== Number.POSITIVE_INFINITY && waiters.length > asked + spare && free() && asked < ahead) ask();
  }

  function letOneIn(): void {
    const waiter = waiters.shift()!;
    if (spare > 0) spare -= 1;
    if (allowance !== null) allowance -= 1;
    inHand += 1;
    waiter.go(true);
  }

  function ask(): void {
    asked += 1;
    void pace.permit().then((letters) => {
      asked -= 1;
      spare += letters;
      pump();
    });
  }

  function dismiss(isGone: (waiter: Waiter) => boolean): void {
    const gone = waiters.filter(isGone);
    waiters = waiters.filter((waiter) => !isGone(waiter));
    for (const { go } of gone) go(false);
  }

  function listenTo(stop: AbortSignal): void {
    if (heard.has(stop)) return;
    heard.add(stop);
    stop.addEventListener('abort', () => dismiss((waiter) => waiter.stop === stop), { once: true });
  }

  return {
    enter(stop) {
      if (closed || stop.aborted) return Promise.resolve(false);
      listenTo(stop);
      return new Promise<boolean>((go) => {
        waiters.push({ go, stop });
        pump();
      });
    },
    leave() {
      inHand -= 1;
      pump();
    },
    setRate(perSecond) {
      // What was handed out at a higher rate is taken back.
      if (perSecond < rate) spare = 0;
      rate = perSecond;
      if (perSecond !== Number.POSITIVE_INFINITY) pace.setRate(perSecond);
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
    close() {
      closed = true;
      pace.stop();
      dismiss(() => true);
    },
  };
}
