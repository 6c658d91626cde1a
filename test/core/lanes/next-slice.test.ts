import { expect, test } from 'vitest';
import { nextSlice } from '../../../src/core/lanes/next-slice.ts';

const fresh = (slice: number, dueAt = 0) => ({ slice, dueAt, hasFresh: true });
const retries = (slice: number, dueAt = 0) => ({ slice, dueAt, hasFresh: false });

test('slices with somebody new go in their order', () => {
  expect(nextSlice([fresh(7), fresh(2, 9), fresh(4)], 0, 3)?.slice).toBe(2);
});

test('retries alone go before them, the longest overdue first', () => {
  expect(nextSlice([fresh(0), retries(3, 20), retries(9, 10)], 0, 3)?.slice).toBe(9);
});

test('but leave a place to somebody new, of whatever number of places', () => {
  const slices = [fresh(8), retries(3)];
  expect(nextSlice(slices, 1, 3)?.slice).toBe(3);
  expect(nextSlice(slices, 2, 3)?.slice).toBe(8);
  expect(nextSlice(slices, 0, 1)?.slice).toBe(8);
});

test('and take all places when nobody new waits', () => {
  expect(nextSlice([retries(3)], 2, 3)?.slice).toBe(3);
  expect(nextSlice([], 0, 3)).toBeUndefined();
});
