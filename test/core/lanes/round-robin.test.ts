import { describe, expect, test } from 'vitest';
import { makeRoundRobin } from '../../../src/core/lanes/round-robin.ts';

/** Serves so much in all from queues of pieces of one size each; answers what each got. */
function serve(sizes: Readonly<Record<string, number>>, amount: number, quantum: number): Record<string, number> {
  const round = makeRoundRobin(quantum);
  const got: Record<string, number> = {};
  const heads = new Map(Object.entries(sizes));
  for (let served = 0; served < amount; ) {
    const key = round.next(heads)!;
    got[key] = (got[key] ?? 0) + sizes[key]!;
    served += sizes[key]!;
  }
  return got;
}

describe('deficit round robin', () => {
  test('takes turns where all pieces cost the same', () => {
    const round = makeRoundRobin(1);
    const heads = new Map([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    expect(Array.from({ length: 6 }, () => round.next(heads))).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('gives queues of large and small pieces the same amount', () => {
    const got = serve({ large: 1_000, middle: 70, small: 1 }, 60_000, 500);
    for (const amount of Object.values(got)) expect(Math.abs(amount - 20_000)).toBeLessThanOrEqual(1_500);
  });

  test('saves nothing up for a queue that has nothing to do', () => {
    const round = makeRoundRobin(10);
    const only = new Map([['a', 1]]);
    for (let turn = 0; turn < 1_000; turn++) expect(round.next(only)).toBe('a');
    const both = new Map([...only, ['b', 1]]);
    const next = Array.from({ length: 40 }, () => round.next(both));
    expect(next.filter((key) => key === 'b')).toHaveLength(20);
  });

  test('has no turn for nobody', () => expect(makeRoundRobin(1).next(new Map())).toBeNull());
});
