import { describe, expect, test } from 'vitest';
import { seeded } from '../../../scripts/shaping/random.ts';
import { recentUses, type ShareUse, wantedRate } from '../../../src/core/lanes/demand.ts';
import { type Holder, shareOf } from '../../../src/core/lanes/share.ts';

const seconds = (count: number, allowed: number, used: number): ShareUse[] =>
  Array.from({ length: count }, () => ({ seconds: 1, allowed, used }));

describe('what a worker wants', () => {
  test('is all that its lanes may send, until it can be judged', () => {
    expect(wantedRate([], false, 40)).toBe(40);
    expect(wantedRate(seconds(4, 10, 0), false, 40)).toBe(40);
  });

  test('is a little more than it used, when its share did not hold it', () => {
    expect(wantedRate(seconds(5, 10, 4), false, 40)).toBeCloseTo(4.2);
    expect(wantedRate(seconds(5, 10, 0), false, 40)).toBe(0);
  });

  test('is twice its share when it used that up, and never more than its lanes may send', () => {
    expect(wantedRate(seconds(5, 10, 10), false, 40)).toBe(20);
    expect(wantedRate(seconds(5, 10, 10), false, 12)).toBe(12);
  });

  test('is all when a letter waits for a share that is too small to be judged by', () => {
    expect(wantedRate(seconds(20, 0.1, 0), true, 40)).toBe(40);
    expect(wantedRate(seconds(20, 0.1, 0), false, 40)).toBe(0);
  });

  test('looks back until there are letters enough, and not for ever', () => {
    expect(recentUses(seconds(60, 100, 1))).toHaveLength(5);
    expect(recentUses(seconds(60, 3, 1))).toHaveLength(10);
    expect(recentUses(seconds(60, 0, 0))).toHaveLength(15);
  });
});

type Worker = {
  readonly name: string;
  /** Letters per second that it could send, and what its lanes' limiters would let go. */
  able: number;
  most: number;
  holder: Holder | null;
  uses: readonly ShareUse[];
  allowed: number;
  used: number;
  /** Letters begun, to a fraction. */
  credit: number;
};

/** Workers who share a route for a while, each looking about once a second; answers what they used of what they could. */
function share(seed: number, capRate: number, settledS: number) {
  const random = seeded(seed);
  const cap = { rate: capRate, sessions: 10 };
  const workers = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, at): Worker => {
    return { name: `w${at}`, able: 0, most: 0, holder: null, uses: [], allowed: 0, used: 0, credit: 0 };
  });
  const rateOf = ({ holder }: Worker) => holder?.rate ?? 0;
  const sum = (of: (worker: Worker) => number) => workers.reduce((total, worker) => total + of(worker), 0);

  function change(): void {
    for (const worker of workers) {
      worker.able = random() < 0.3 ? 0 : capRate * (0.05 + 1.5 * random());
      // Half of them are slow for a reason that no limiter knows.
      worker.most = random() < 0.5 ? worker.able : capRate;
      if (worker.able === 0) worker.uses = [];
    }
  }

  function look(worker: Worker, span: number): void {
    worker.uses = recentUses([...worker.uses, { seconds: span, allowed: worker.allowed, used: worker.used }]);
    const isHeld = worker.able > rateOf(worker);
    const wantsRate = worker.able > 0 ? wantedRate(worker.uses, isHeld, worker.most) : 0;
    const wish = { worker: worker.name, lanes: 1, weight: worker.able > 0 ? 1 : 0, wantsRate, wantsSessions: 10 };
    const others = workers.flatMap((other) => (other === worker || !other.holder ? [] : [other.holder]));
    worker.holder = shareOf(wish, others, cap);
    Object.assign(worker, { allowed: 0, used: 0 });
  }

  function pass(span: number): number {
    let letters = 0;
    for (const worker of workers) {
      worker.allowed += rateOf(worker) * span;
      worker.credit += Math.min(rateOf(worker), worker.able) * span;
      const sent = Math.floor(worker.credit);
      worker.credit -= sent;
      worker.used += sent;
      letters += sent;
    }
    return letters;
  }

  const TURN_S = 40;
  let [possible, used] = [0, 0];
  for (let turn = 0; turn < 10; turn++) {
    change();
    for (let at = 0; at < TURN_S; at++) {
      for (const worker of [...workers].sort(() => random() - 0.5)) {
        look(worker, 1);
        expect(sum(rateOf)).toBeLessThanOrEqual(capRate + 1e-9);
      }
      const letters = pass(1);
      if (at < settledS) continue;
      used += letters;
      possible += Math.min(
        capRate,
        sum(({ able }) => able),
      );
    }
  }
  return possible === 0 ? 1 : used / possible;
}

describe('workers who share a route', () => {
  // A few letters in ten seconds tell less of a worker than many.
  test.each([
    [3, 20, 0.9],
    [20, 4, 0.95],
    [200, 4, 0.95],
  ])('of %d/s use, %d s after a change, %d of what they could, while anything waits', (capRate, settledS, bar) => {
    const parts = Array.from({ length: 60 }, (_, seed) => share(seed + 1, capRate, settledS));
    expect(Math.min(...parts)).toBeGreaterThan(bar);
    expect(parts.reduce((sum, part) => sum + part, 0) / parts.length).toBeGreaterThan(0.97);
  });
});
