import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultRatePolicy,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  type Signal,
  startRate,
  tick,
} from '../../src/core/rate.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const policy = defaultRatePolicy;

describe('whatever happens', () => {
  const step = fc.record({
    kind: fc.constantFrom<Signal['kind']>('accepted', 'accepted', 'accepted', 'refusedForPace', 'ignored'),
    times: fc.integer({ min: 1, max: 20 }),
    late: fc.constantFrom(0, 0, 0, 1, 2),
    wait: fc.constantFrom(0, 10, 250, 5_000, 400_000),
    explicit: fc.boolean(),
    pauseSeconds: fc.constantFrom(0, 0, 60),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
  const policies = fc
    .record({ floor: fc.double({ min: 0.01, max: 1, noNaN: true }), span: fc.constantFrom(1, 3, 1000, Infinity) })
    .map(({ floor, span }): RatePolicy => ({ ...policy, floor, ceiling: floor * span }));
  const learned = fc.option(
    fc.record({ ceiling: fc.double({ min: 0.001, max: 1e5, noNaN: true }), at: fc.constant(NOON) }),
  );

  /** Every state the steps lead through, with the one before it. */
  function walk(
    p: RatePolicy,
    begin: RateState,
    steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  ) {
    const pairs: { before: RateState; after: RateState; now: number }[] = [];
    let state = begin;
    let now = NOON;
    const become = (after: RateState) => {
      pairs.push({ before: state, after, now });
      state = after;
    };
    for (const { kind, times, late, wait, explicit, pauseSeconds, random } of steps) {
      for (let i = 0; i < times; i += 1) {
        now += wait / times;
        const sentEpoch = state.epoch - late;
        become(observe(state, { kind, sentEpoch, explicit: explicit && i === 0, pauseSeconds }, now, p, random));
        become(tick(state, now, p));
      }
    }
    return pairs;
  }

  const always = (check: (p: RatePolicy, pair: { before: RateState; after: RateState; now: number }) => void) =>
    fc.assert(
      fc.property(policies, learned, fc.array(step, { maxLength: 25 }), (p, known, steps) => {
        for (const pair of walk(p, startRate(p, NOON, known), steps)) check(p, pair);
      }),
    );

  test('the rate stays between the floor and the cap, and is nought exactly while stopped', () => {
    always((p, { after }) => {
      expect(after.rate).toBeGreaterThanOrEqual(p.floor);
      expect(after.rate).toBeLessThanOrEqual(p.ceiling);
      expect(rateNow(after) === 0).toBe(after.mode === 'open');
      expect(after.pausedUntil !== null).toBe(after.mode === 'open');
    });
  });

  test('the rate is cut at most once per epoch', () => {
    always((_p, { before, after }) => {
      if (after.epoch === before.epoch) expect(after.rate).toBeGreaterThanOrEqual(before.rate * (1 - 1e-9));
      expect(after.epoch - before.epoch).toBeLessThanOrEqual(1);
      expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
    });
  });

  test('the state survives JSON and a tick repeated at the same time', () => {
    always((p, { after, now }) => {
      expect(JSON.parse(JSON.stringify(after))).toEqual(after);
      const ticked = tick(after, now, p);
      expect(tick(ticked, now, p)).toBe(ticked);
    });
  });

  test('no answer to an older epoch is decided on', () => {
    always((p, { after, now }) => {
      const old: Signal = { kind: 'refusedForPace', sentEpoch: after.epoch - 1, explicit: true, pauseSeconds: 9 };
      const next = observe(after, old, now, p, 0.5);
      expect([next.rate, next.mode, next.epoch]).toEqual([after.rate, after.mode, after.epoch]);
    });
  });
});
