import { describe, expect, test } from 'vitest';
import { NO_ORDERS } from '../../../src/core/lanes/lane.ts';
import { ratePolicyOf, sessionCapOf } from '../../../src/core/lanes/policy.ts';
import { profileOf } from '../../../src/core/providers/profile.ts';
import { advance, defaultRatePolicy, rateNow, startRate, suspend } from '../../../src/core/rate/rate.ts';

const general = defaultRatePolicy;
const profile = profileOf('nobody.example');

describe('the limits of a lane', () => {
  test('are the general ones where neither profile nor orders say otherwise', () => {
    expect(ratePolicyOf(general, profile, NO_ORDERS)).toEqual(general);
  });

  test('come from the profile, and above it from orders', () => {
    const known = { ...profile, ceiling: 10, floor: 1, startRate: 5 };
    expect(ratePolicyOf(general, known, NO_ORDERS)).toMatchObject({ ceiling: 10, floor: 1, startRate: 5 });
    expect(ratePolicyOf(general, known, { ...NO_ORDERS, ceiling: 3 })).toMatchObject({ ceiling: 3, floor: 1 });
    expect(ratePolicyOf(general, known, { ...NO_ORDERS, floor: 4 })).toMatchObject({ ceiling: 10, floor: 4 });
    expect(ratePolicyOf(general, { ...known, strict: true }, NO_ORDERS).strict).toBe(true);
    expect(sessionCapOf({ connections: 5 }, NO_ORDERS)).toBe(5);
    expect(sessionCapOf({ connections: 5 }, { ...NO_ORDERS, connections: 2 })).toBe(2);
  });

  test('keep the floor below the ceiling', () => {
    expect(ratePolicyOf(general, { ...profile, floor: 8 }, { ...NO_ORDERS, ceiling: 2 })).toMatchObject({
      floor: 2,
      ceiling: 2,
    });
  });

  test('of a pinned lane leave no room, but for a stop', () => {
    const policy = ratePolicyOf(general, profile, { ...NO_ORDERS, pin: 7 });
    const pinned = advance(startRate(policy, 0, null), 1, policy);
    expect(rateNow(pinned)).toBe(7);
    expect(rateNow(suspend(pinned, 60, 2, policy, 0.5))).toBe(0);
  });
});
