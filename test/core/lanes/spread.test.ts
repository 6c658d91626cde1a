import { describe, expect, test } from 'vitest';
import { type Owned, spread } from '../../../src/core/lanes/spread.ts';

const lane = (name: string, owner: string | null = null, unit = name): Owned => ({ lane: name, unit, owner });
const names = (count: number) => Array.from({ length: count }, (_, index) => `lane${index}`);

function loads(assigned: ReadonlyMap<string, string>, workers: readonly string[]): number[] {
  return workers.map((worker) => [...assigned.values()].filter((owner) => owner === worker).length);
}

describe('lanes are spread over workers', () => {
  test('evenly, whatever the numbers, and whoever held what before', () => {
    for (let count = 0; count < 40; count++) {
      for (let ownership = 1; ownership < 6; ownership++) {
        const workers = names(ownership).map((name) => `worker-${name}`);
        const lanes = names(count).map((name, index) =>
          lane(name, index % 3 === 0 ? workers[index % ownership]! : null),
        );
        const each = loads(spread(lanes, workers), workers);
        expect(each.reduce((sum, load) => sum + load, 0)).toBe(count);
        expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
      }
    }
  });

  test('alike by everybody, in whatever order the lists come', () => {
    const lanes = names(17).map((name) => lane(name));
    const workers = ['ann', 'bob', 'cyd'];
    const one = spread(lanes, workers);
    const other = spread([...lanes].reverse(), workers);
    expect(new Map([...one].sort())).toEqual(new Map([...other].sort()));
  });

  test('so that a worker keeps what it holds', () => {
    const before = spread(
      names(9).map((name) => lane(name)),
      ['ann', 'bob', 'cyd'],
    );
    const held = names(9).map((name) => lane(name, before.get(name)!));
    expect(spread(held, ['ann', 'bob', 'cyd'])).toEqual(before);
    const without = spread(held, ['ann', 'bob']);
    for (const [name, owner] of before) if (owner !== 'cyd') expect(without.get(name)).toBe(owner);
  });

  test('so that a newcomer takes no more than its part', () => {
    const held = names(9).map((name) => lane(name, 'ann'));
    const after = spread(held, ['ann', 'bob', 'cyd']);
    expect(loads(after, ['ann', 'bob', 'cyd'])).toEqual([3, 3, 3]);
  });

  test('but those of one unit go together', () => {
    const lanes = [lane('r:gmail', null, 'r'), lane('r:yahoo', 'bob', 'r'), lane('s:gmail')];
    const assigned = spread(lanes, ['ann', 'bob']);
    expect(assigned.get('r:gmail')).toBe('bob');
    expect(assigned.get('r:yahoo')).toBe('bob');
    expect(assigned.get('s:gmail')).toBe('ann');
  });

  test('and nobody alive gets nothing', () => expect(spread([lane('one')], []).size).toBe(0));
});
