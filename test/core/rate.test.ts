import { describe, expect, test } from 'vitest';
import {
  allowance,
  decisionOf,
  defaultRatePolicy,
  laneStateOf,
  learnedCeiling,
  observe,
  type RateState,
  rateNow,
  type Signal,
  startRate,
  suspend,
  tick,
} from '../../src/core/rate.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const SECOND = 1000;
const HOUR = 3_600_000;
const policy = defaultRatePolicy;
const MIDDLE = 0.5;

const signal = (state: RateState, kind: Signal['kind'], more: Partial<Signal> = {}): Signal => ({
  kind,
  sentEpoch: state.epoch,
  explicit: false,
  pauseSeconds: 0,
  ...more,
});
const answer = (state: RateState, kind: Signal['kind'], now = NOON, more: Partial<Signal> = {}) =>
  observe(state, signal(state, kind, more), now, policy, MIDDLE);
const answers = (state: RateState, kinds: string, now = NOON) =>
  [...kinds].reduce((s, k) => answer(s, k === 'R' ? 'refusedForPace' : 'accepted', now), state);

/** A lane that has known its ceiling of 20/s for a while. */
const settled = () => startRate(policy, NOON, { ceiling: 20, at: NOON });
/** Everything is accepted at the rate allowed, or at `share` of it. */
function use(state: RateState, seconds: number, begin = NOON, share = 1): RateState {
  let next = state;
  let due = 0;
  for (let ms = begin + 50; ms <= begin + seconds * SECOND; ms += 50) {
    for (due += (rateNow(next) * share) / 20; due >= 1; due -= 1) next = answer(next, 'accepted', ms);
    next = tick(next, ms, policy);
  }
  return next;
}

describe('the start of a lane', () => {
  test('doubles every three seconds while the messages are accepted', () => {
    expect(startRate(policy, NOON, null).rate).toBe(2);
    const rate = use(startRate(policy, NOON, null), 15).rate;
    expect(rate).toBeGreaterThan(30);
    expect(rate).toBeLessThanOrEqual(2 * 2 ** 5);
  });

  test('rises by no more than a doubling per eight accepted messages, however long it takes', () => {
    const state = answers(startRate(policy, NOON, null), 'AAAAAAAA', NOON + SECOND);
    expect(tick(state, NOON + 20 * SECOND, { ...policy, usedShare: 0 }).rate).toBe(4);
  });

  test('begins near what was learned, the less so the longer ago', () => {
    const begin = (age: number) => startRate(policy, NOON, { ceiling: 100, at: NOON - age }).rate;
    expect([HOUR / 2, 2 * HOUR, 48 * HOUR, 10 * 24 * HOUR, 90 * 24 * HOUR].map(begin)).toEqual([90, 80, 50, 25, 2]);
  });

  test('never passes the cap of the operator, and is steady there', () => {
    const capped = { ...policy, ceiling: 5 };
    let state = startRate(capped, NOON, { ceiling: 100, at: NOON });
    expect(state.rate).toBe(5);
    state = tick(answer(startRate(capped, NOON, { ceiling: 5.2, at: NOON }), 'accepted'), NOON + SECOND, capped);
    expect(state.rate).toBeLessThanOrEqual(5);
  });

  test('stays where it is while the rate is not used', () => {
    const state = use(startRate(policy, NOON, null), 60, NOON, 0.3);
    expect(state.rate).toBeLessThan(4.5);
  });
});

describe('a refusal for pace', () => {
  test('costs nothing when it stands alone', () => {
    expect(answer(settled(), 'refusedForPace').rate).toBe(settled().rate);
  });

  test('brakes when it is the second within a hundred attempts', () => {
    const state = answers(settled(), `R${'A'.repeat(30)}R`);
    expect(state).toMatchObject({ mode: 'measure', action: 'brake', epoch: 1 });
    expect(state.rate).toBeCloseTo(18 * 0.7);
  });

  test('does not brake when the first was more than a hundred attempts ago', () => {
    expect(answers(settled(), `R${'A'.repeat(100)}R`).mode).not.toBe('measure');
  });

  test('brakes at once when the reply names its own limit', () => {
    expect(answer(settled(), 'refusedForPace', NOON, { explicit: true }).action).toBe('brake');
  });

  test('of a message sent before the brake does not brake again', () => {
    const braked = answers(settled(), 'RR');
    const late = Array.from({ length: 20 }).reduce<RateState>(
      (s) => observe(s, signal(settled(), 'refusedForPace'), NOON, policy, MIDDLE),
      braked,
    );
    expect(late).toMatchObject({ rate: braked.rate, epoch: braked.epoch, mode: 'measure' });
  });

  test('is measured by the gap between two of them: one in ten refused is a ceiling a tenth lower', () => {
    const cold = use(startRate(policy, NOON, null), 12);
    const state = answers(cold, `R${'A'.repeat(9)}R`, NOON + 12 * SECOND);
    const found = answers(state, 'AAAAAAA', NOON + 12 * SECOND);
    expect(found.action).toBe('found');
    expect(found.ceiling).toBeCloseTo(cold.rate * 0.9);
  });

  test('that was the last of them leaves the ceiling near the rate at which it came', () => {
    const state = answers(answers(settled(), 'RAAAR'), 'AAAAAAA');
    expect(state).toMatchObject({ action: 'shallow', mode: 'climb', epoch: 2 });
    expect(state.ceiling).toBeCloseTo(18 * 0.95);
  });

  test('followed by more goes straight to the rate that was accepted', () => {
    const braked = answers(settled(), 'RAAAR');
    const state = answers(braked, 'ARRARRA');
    expect(state).toMatchObject({ action: 'deep', mode: 'climb' });
    expect(state.ceiling).toBeCloseTo((braked.rate * 3) / 7);
  });
});

describe('a provider that refuses everything', () => {
  const shut = answers(answers(answers(settled(), 'RR'), 'RRRR'), 'RRRR');

  test('is looked at twice, then left alone', () => {
    expect(answers(answers(settled(), 'RR'), 'RRRR').action).toBe('look');
    expect(shut).toMatchObject({ mode: 'open', action: 'open', pausedUntil: NOON + 10 * SECOND });
    expect([rateNow(shut), allowance(shut), laneStateOf(shut)]).toEqual([0, 0, 'stopped']);
  });

  test('gets one message after the pause, and twice the pause when that is refused', () => {
    const single = tick(shut, NOON + 10 * SECOND, policy);
    expect([single.mode, allowance(single), laneStateOf(single)]).toEqual(['single', 1, 'probing']);
    const again = answer(single, 'refusedForPace', NOON + 11 * SECOND);
    expect(again).toMatchObject({ mode: 'open', pausedUntil: NOON + 31 * SECOND });
    expect(again.epoch).toBeGreaterThan(single.epoch);
  });

  test('is asked again when the one message told nothing, or was never answered', () => {
    const single = tick(shut, NOON + 10 * SECOND, policy);
    for (const next of [answer(single, 'ignored'), tick(single, NOON + 200 * SECOND, policy)]) {
      expect([next.mode, allowance(next)]).toEqual(['single', 1]);
      expect(next.epoch).toBe(single.epoch + 1);
    }
  });

  test('is resumed at half the share of time in which it was open', () => {
    const single = tick({ ...shut, onSince: NOON - 30 * SECOND }, NOON + 10 * SECOND, policy);
    const state = answer(single, 'accepted', NOON + 10 * SECOND);
    expect(state).toMatchObject({ action: 'resume', mode: 'climb', caution: 0 });
    expect(state.ceiling).toBeCloseTo(18 * 0.75);
    expect(state.rate).toBeCloseTo(state.ceiling! / 2);
  });

  test('makes the lane careful when it was shut for longer than open: the first refusal then acts', () => {
    const single = tick(shut, NOON + 10 * SECOND, policy);
    const state = answer(single, 'accepted', NOON + 10 * SECOND);
    expect(state.caution).toBe(1);
    expect(answer(state, 'refusedForPace', NOON + 11 * SECOND).action).toBe('brake');
    expect(tick(state, NOON + HOUR, policy).caution).toBe(0);
  });

  test('is climbed from where it resumed, though its answer was long in coming', () => {
    const single = tick(shut, NOON + 10 * SECOND, policy);
    const state = answer(single, 'accepted', NOON + 100 * SECOND);
    const idle = tick(state, NOON + 100.25 * SECOND, policy);
    const busy = tick(answers(idle, 'AAAAAAAAAAAAAAAAAAAA', NOON + 100.3 * SECOND), NOON + 100.5 * SECOND, policy);
    expect(busy.rate).toBeGreaterThan(state.rate);
  });

  test('that names a time is not asked before it', () => {
    const braked = answers(answers(settled(), 'RR'), 'RRRR');
    const state = Array.from({ length: 4 }).reduce<RateState>(
      (s) => answer(s, 'refusedForPace', NOON, { pauseSeconds: 600 }),
      braked,
    );
    expect(state.pausedUntil).toBeGreaterThanOrEqual(NOON + 600 * SECOND);
  });

  test('is one pause, however many answers order it', () => {
    const once = suspend(settled(), 600, NOON, policy, MIDDLE);
    expect(once.pausedUntil).toBeGreaterThanOrEqual(NOON + 600 * SECOND);
    const twice = suspend(once, 900, NOON + SECOND, policy, MIDDLE);
    expect(twice).toMatchObject({ epoch: once.epoch, pauses: once.pauses, pausedUntil: NOON + 901 * SECOND });
    expect(suspend(twice, 5, NOON + SECOND, policy, MIDDLE)).toEqual(twice);
  });
});

describe('a known ceiling', () => {
  test('is climbed to, held and then probed, and the lane says so', () => {
    const climbed = use(settled(), 14);
    expect([climbed.mode, laneStateOf(climbed)]).toEqual(['climb', 'slowed']);
    const held = use(settled(), 17);
    expect([held.mode, laneStateOf(held)]).toEqual(['hold', 'steady']);
    expect(held.rate).toBeCloseTo(20 * 0.99);
    const probed = use(settled(), 120);
    expect(probed.rate).toBeGreaterThan(21);
    expect([probed.mode, laneStateOf(probed)]).toEqual(['probe', 'probing']);
    expect(learnedCeiling(probed)).toBe(probed.rate);
  });

  test('is not probed by a lane that has too few letters to reach it', () => {
    expect(use(settled(), 300, NOON, 0.4).rate).toBeLessThan(20);
  });

  test('refused at a rate below the one allowed is judged by the rate that was used', () => {
    const state = answers(use(settled(), 120, NOON, 0.3), 'RR', NOON + 120 * SECOND);
    expect(state.action).toBe('brake');
    expect(state.rate).toBeLessThan(18 * 0.3);
  });
});

test('a decision is named once, and nothing is decided between two equal states', () => {
  const braked = answers(settled(), 'RR');
  expect(decisionOf(settled(), braked)).toEqual({ action: 'brake' });
  expect(decisionOf(braked, answer(braked, 'accepted'))).toBeNull();
});
