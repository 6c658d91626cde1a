import { describe, expect, test } from 'vitest';
import { onFresh, startGuard, takeRetry } from '../../../src/core/lanes/retry-guard.ts';

describe('retries', () => {
  test('are at most a fifth of the traffic while letters wait that were never tried', () => {
    let guard = startGuard(0);
    let retries = 0;
    for (let fresh = 0; fresh < 1_000; fresh++) {
      guard = onFresh(guard, fresh);
      for (let wish = 0; wish < 3; wish++) {
        const next = takeRetry(guard, fresh);
        if (next) retries += 1;
        guard = next ?? guard;
      }
    }
    expect(retries / (1_000 + retries)).toBeCloseTo(0.2, 2);
  });

  test('do not save up for a flood', () => {
    let guard = startGuard(0);
    for (let fresh = 0; fresh < 1_000; fresh++) guard = onFresh(guard, 0);
    let retries = 0;
    for (let next = takeRetry(guard, 0); next; next = takeRetry(guard, 0)) {
      guard = next;
      retries += 1;
    }
    expect(retries).toBe(10);
  });

  test('go freely when there is nobody to crowd out', () => {
    let guard = startGuard(0);
    for (let wish = 0; wish < 50; wish++) guard = takeRetry(guard, 0) ?? guard;
    expect(takeRetry(guard, 5_000)).toBeNull();
    expect(takeRetry(guard, 11_000)).not.toBeNull();
  });
});
