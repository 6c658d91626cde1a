import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advance,
  defaultRatePolicy,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  type Signal,
  startRate,
} from '../../../src/core/rate/rate.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const HOUR = 3_600_000;
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
    stored = (state: RateState) => state,
  ) {
    const pairs: { before: RateState; after: RateState; now: number }[] = [];
    let state = begin;
    let now = NOON;
    const become = (after: RateState) => {
      pairs.push({ before: state, after, now });
      state = stored(after);
    };
    for (const { kind, times, late, wait, explicit, pauseSeconds, random } of steps) {
      for (let i = 0; i < times; i += 1) {
        now += wait / times;
        const sentEpoch = state.epoch - late;
        become(observe(state, { kind, sentEpoch, explicit: explicit && i === 0, pauseSeconds }, now, p, random));
        become(advance(state, now, p));
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
      expect(after.inForce).toBeGreaterThanOrEqual(Math.min(p.floor, p.ceiling));
      expect(after.inForce).toBeLessThanOrEqual(p.ceiling);
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
      const ticked = advance(after, now, p);
      expect(advance(ticked, now, p)).toBe(ticked);
    });
  });

  test('no answer to an older epoch is decided on', () => {
    always((p, { after, now }) => {
      const old: Signal = { kind: 'refusedForPace', sentEpoch: after.epoch - 1, explicit: true, pauseSeconds: 9 };
      const next = observe(after, old, now, p, 0.5);
      expect([next.rate, next.mode, next.epoch]).toEqual([after.rate, after.mode, after.epoch]);
    });
  });

  test('a state stored and read back has the same future', () => {
    fc.assert(
      fc.property(policies, learned, fc.array(step, { maxLength: 25 }), (p, known, steps) => {
        const stored = (state: RateState) => JSON.parse(JSON.stringify(state)) as RateState;
        const begin = startRate(p, NOON, known);
        const kept = walk(p, begin, steps);
        // Every state is stored before the next answer.
        const restored = walk(p, begin, steps, stored);
        expect(restored.at(-1)?.after).toEqual(kept.at(-1)?.after);
      }),
    );
  });

  test('a stop always ends, and from wherever it got to the rate comes back once nothing is refused any more', () => {
    const capped = fc.constantFrom(false, true).map((strict): RatePolicy => ({ ...policy, strict, ceiling: 20 }));
    fc.assert(
      fc.property(capped, learned, fc.array(step, { maxLength: 25 }), (p, known, steps) => {
        const last = walk(p, startRate(p, NOON, known), steps).at(-1);
        expect(rateNow(accepting(last?.after ?? startRate(p, NOON, known), last?.now ?? NOON, p))).toBeGreaterThan(
          0.9 * 20,
        );
      }),
      { numRuns: 30 },
    );
  });

  /** Five hours in which everything is accepted. */
  function accepting(begin: RateState, now: number, p: RatePolicy): RateState {
    let state = begin;
    let due = 0;
    for (let ms = now + 500; ms <= now + 5 * HOUR; ms += 500) {
      due = Math.min(20, due + rateNow(state) / 2);
      for (; due >= 1; due -= 1) {
        state = observe(
          state,
          { kind: 'accepted', sentEpoch: state.epoch, explicit: false, pauseSeconds: 0 },
          ms,
          p,
          0.5,
        );
      }
      state = advance(state, ms, p);
      if (rateNow(state) >= p.ceiling) return state;
    }
    return state;
  }
});
