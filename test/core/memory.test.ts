import { expect, test } from 'vitest';
import { makeMemory } from '../../src/core/memory.ts';

test('keeps what was used lately and never more than it may', () => {
  const memory = makeMemory<number>(10);
  for (let key = 0; key < 100; key++) {
    memory.set(String(key), key);
    expect(memory.get('0')).toBe(0);
  }
  const kept = Array.from({ length: 100 }, (_, key) => memory.get(String(key))).filter((value) => value !== undefined);
  expect(kept.length).toBeLessThanOrEqual(10);
  expect(kept).toContain(99);
  expect(memory.get('50')).toBeUndefined();
});

test('the last value of a key counts', () => {
  const memory = makeMemory<string>(4);
  for (const key of ['a', 'b', 'c', 'd']) memory.set(key, 'old');
  memory.set('a', 'new');
  expect(memory.get('a')).toBe('new');
});
