import { describe, expect, test } from 'vitest';
import {
  advance,
  decisionOf,
  forgive,
  laneStateOf,
  learnedRate,
  observe,
  type RatePolicy,
  type RateState,
  rateNow,
  startRate,
  strictRatePolicy,
  suspend,
} from '../../../src/core/rate/rate.ts';
import { answer, answers, HOUR, MIDDLE, NOON, policy, SECOND, settled, signal, use } from './lane.ts';

describe('the start of a lane', () => {
  test('doubles every three seconds while the messages are accepted', () => {
    expect(startRate(policy, NOON, null).rate).toBe(2);
    const rate = use(startRate(policy, NOON, null), 15).rate;
    expect(rate).toBeGreaterThan(30);
    expect(rate).toBeLessThanOrEqual(2 * 2 ** 5);
  });

  test('rises by no more than a doubling per eight accepted messages, however long it takes', () => {
    const state = answers(startRate(policy, NOON, null), 'AAAAAAAA', NOON + SECOND);
    expect(advance(state, NOON + 20 * SECOND, { ...policy, usedShare: 0 }).rate).toBe(4);
  });

  test('begins near what was learned, the less so the longer ago', () => {
    const begin = (age: number) => startRate(policy, NOON, { ceiling: 100, at: NOON - age }).rate;
    expect([HOUR / 2, 2 * HOUR, 48 * HOUR, 10 * 24 * HOUR, 90 * 24 * HOUR].map(begin)).toEqual([90, 80, 50, 25, 2]);
  });

  test('never passes the cap of the operator, and is steady there', () => {
    const capped = { ...policy, ceiling: 5 };
    let state = startRate(capped, NOON, { ceiling: 100, at: NOON });
    expect(rateNow(state)).toBe(5);
    state = advance(answer(startRate(capped, NOON, { ceiling: 5.2, at: NOON }), 'accepted'), NOON + SECOND, capped);
    expect(rateNow(state)).toBeLessThanOrEqual(5);
  });

  test('that met no limit begins near what was taken, with none known, and goes on rising', () => {
    const last = use(startRate(policy, NOON, null), 30);
    expect(last.ceiling).toBeNull();
    const again = startRate(policy, last.at, learnedRate(last));
    expect(again.rate).toBeGreaterThan(0.6 * last.rate);
    expect(use(again, 10, last.at).rate).toBeGreaterThan(2 * again.rate);
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
    const state = answers(startRate(policy, NOON, null), `R${'A'.repeat(9)}R`);
    const found = answers(state, 'AAAAAAA');
    expect(found.action).toBe('found');
    expect(found.ceiling).toBeCloseTo(2 * 0.9);
  });

  test('is measured by what came through since the last one, where that is known', () => {
    const first = answers(answers(settled(), 'RR'), 'AAAAAAA');
    const used = use({ ...first, mode: 'hold', rate: 18, ceiling: 18.2 }, 20);
    // 20 seconds at 18/s, but only 14 of 18 came through.
    const later = NOON + 20 * SECOND;
    const state = answers({ ...used, delivered: 280, deliveredSince: NOON }, 'RR', later);
    expect(answers(state, 'AAAAAAA', later).ceiling).toBeCloseTo(14);
  });

  test('above the ceiling that is being probed acts alone, and says nothing against the ceiling', () => {
    const probing: RateState = { ...settled(), mode: 'probe', rate: 21, from: 20 };
    const state = answer({ ...probing, used: 21 }, 'refusedForPace');
    expect(state.action).toBe('brake');
    expect(answers(state, 'AAAAAAA').ceiling).toBe(20);
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
    expect(learnedRate(probed)).toEqual({ ceiling: probed.rate, at: probed.at });
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

test('where single refusals come again and again, one alone does not act on a probe either', () => {
  const noisy = answers(settled(), `R${'A'.repeat(102)}`);
  expect(noisy.strays).toBeGreaterThan(0.9);
  const probing: RateState = { ...noisy, mode: 'probe', rate: 21, from: 20, used: 21, sinceStrike: null };
  expect(answer(probing, 'refusedForPace').mode).toBe('probe');
  expect(answers(probing, `R${'A'.repeat(60)}R`).mode).toBe('probe');
  expect(answers(probing, `R${'A'.repeat(40)}R`).action).toBe('brake');
});

describe('a provider that is known to punish refusals', () => {
  const strict = strictRatePolicy;
  const observed = (state: RateState, kinds: string) =>
    [...kinds].reduce(
      (s, k) => observe(s, signal(s, k === 'R' ? 'refusedForPace' : 'accepted'), NOON, strict, MIDDLE),
      state,
    );
  const known = startRate(strict, NOON, { ceiling: 20, at: NOON });

  test('is braked for at the first refusal, and each further one halves the rate', () => {
    const braked = observed(known, 'R');
    expect(braked).toMatchObject({ action: 'brake', rate: 9 });
    expect(observed(braked, 'AAR').rate).toBe(4.5);
    expect(observed(braked, 'AARAAR').rate).toBe(2.25);
  });

  test('is shut when four in a row are refused, and only then', () => {
    expect(observed(known, 'RRRARRR').mode).toBe('measure');
    expect(observed(known, 'RRRRR').mode).toBe('open');
  });

  test('is begun with more slowly', () => {
    const begin = startRate(strict, NOON, null);
    expect(use(begin, 9, NOON, 1, strict).rate).toBeLessThan(use(begin, 9).rate / 2);
  });
});

test('a cap or floor that is changed holds from the next tick on', () => {
  const state = use(settled(), 20);
  const lowered = advance(state, NOON + 20 * SECOND, { ...policy, ceiling: 5 });
  expect(rateNow(lowered)).toBe(5);
  expect(rateNow(advance(lowered, NOON + 20 * SECOND, { ...policy, floor: 25 }))).toBe(25);
});

describe('a refusal that proved to be its recipient’s own', () => {
  test('is forgotten while it stands alone', () => {
    const struck = answer(settled(), 'refusedForPace');
    const forgiven = forgive(struck, 1, NOON, policy);
    expect(answer(forgiven, 'refusedForPace').rate).toBe(settled().rate);
  });

  test('takes the brake back once all that led to it were such', () => {
    const start = use(startRate(policy, NOON, null), 10);
    const braked = answers(start, 'RR', start.at);
    expect(braked.rate).toBeLessThan(0.8 * start.rate);
    const once = forgive(braked, 1, start.at, policy);
    expect(once.rate).toBe(braked.rate);
    const twice = forgive(once, 1, start.at, policy);
    expect(twice).toMatchObject({ mode: 'start', rate: start.rate, ceiling: null });
    expect(decisionOf(once, twice)).toEqual({ action: 'pardon' });
  });

  test('takes nothing back while others were refused too, or where it is shut', () => {
    const state = use(settled(), 20);
    const looked = answers(answers(state, 'RR', state.at), 'RRA', state.at);
    const forgiven = forgive(looked, 2, state.at, policy);
    expect(forgiven.rate).toBe(looked.rate);
    const shut = answers(answers(answers(state, 'RR', state.at), 'RRRR', state.at), 'RRRR', state.at);
    expect(shut.mode).toBe('open');
    expect(forgive(shut, 2, state.at, policy).mode).toBe('open');
  });
});

describe('an order hides what was learned, and gives it back whole', () => {
  const ordered = (state: RateState, order: Partial<RatePolicy>, from: number) => {
    const held = use(advance(state, from, { ...policy, ...order }), 120, from, 1, { ...policy, ...order });
    expect(rateNow(held)).toBe(order.ceiling);
    return rateNow(advance(held, held.at, policy));
  };

  test.each([
    ['a ceiling', { ceiling: 5 }],
    ['a pin', { ceiling: 0.5, floor: 0.5 }],
  ])('%s, on a lane that knows its limit', (_, order) => {
    const state = use(settled(), 20);
    expect(ordered(state, order, state.at)).toBeGreaterThan(0.95 * rateNow(state));
  });

  test.each([
    ['a ceiling', { ceiling: 5 }],
    ['a pin', { ceiling: 0.5, floor: 0.5 }],
  ])('%s, on a lane that never met one', (_, order) => {
    const state = use(startRate(policy, NOON, null), 30);
    expect(rateNow(state)).toBeGreaterThan(40);
    expect(ordered(state, order, state.at)).toBeGreaterThan(0.95 * rateNow(state));
  });

  test('a ceiling from the first letter on leaves no limit behind that nobody met', () => {
    const capped = use(startRate(policy, NOON, null), 60, NOON, 1, { ...policy, ceiling: 5 });
    expect(rateNow(capped)).toBe(5);
    expect(rateNow(use(capped, 20, capped.at))).toBeGreaterThan(40);
  });
});

test('a state stored by an earlier version is carried on', () => {
  const { heat, heatAt, heatBefore, pauseMs, penaltyMs, delivered, deliveredSince, ...old } = settled();
  const state = use(old as RateState, 60);
  expect(state.rate).toBeGreaterThan(19);
  const again = suspend({ ...old, pauses: 3, caution: 2 } as RateState, 0, NOON, policy, MIDDLE);
  expect(again.pausedUntil).toBe(NOON + 27.5 * SECOND);
});
