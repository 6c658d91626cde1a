import { describe, expect, test } from 'vitest';
import { advance, allowance, laneStateOf, type RateState, rateNow, suspend } from '../../../src/core/rate/rate.ts';
import { answer, answers, HOUR, MIDDLE, NOON, policy, SECOND, settled } from './lane.ts';

describe('a provider that refuses everything', () => {
  const shut = answers(answers(answers(settled(), 'RR'), 'RRRR'), 'RRRR');

  test('is looked at twice, then left alone', () => {
    expect(answers(answers(settled(), 'RR'), 'RRRR').action).toBe('look');
    expect(shut).toMatchObject({ mode: 'open', action: 'open', pausedUntil: NOON + 11 * SECOND });
    expect([rateNow(shut), allowance(shut), laneStateOf(shut)]).toEqual([0, 0, 'stopped']);
  });

  test('gets one message after the pause, and a longer pause when that is refused', () => {
    const single = advance(shut, NOON + 11 * SECOND, policy);
    expect([single.mode, allowance(single), laneStateOf(single)]).toEqual(['single', 1, 'probing']);
    const again = answer(single, 'refusedForPace', NOON + 12 * SECOND);
    expect(again).toMatchObject({ mode: 'open', pausedUntil: NOON + (12 + 16.5) * SECOND });
    expect(again.epoch).toBeGreaterThan(single.epoch);
  });

  test('is asked again when the one message told nothing, or was never answered', () => {
    const single = advance(shut, NOON + 11 * SECOND, policy);
    for (const next of [answer(single, 'ignored'), advance(single, NOON + 200 * SECOND, policy)]) {
      expect([next.mode, allowance(next)]).toEqual(['single', 1]);
      expect(next.epoch).toBe(single.epoch + 1);
    }
  });

  test('is resumed at half the share of time in which it was open', () => {
    const single = advance({ ...shut, onSince: NOON - 30 * SECOND }, NOON + 11 * SECOND, policy);
    const state = answer(single, 'accepted', NOON + 11 * SECOND);
    expect(state).toMatchObject({ action: 'resume', mode: 'climb', caution: 0 });
    expect(state.ceiling).toBeCloseTo((18 * 30) / 41);
    expect(state.rate).toBeCloseTo(state.ceiling! / 2);
  });

  test('for minutes and longer than it was open makes the lane careful: the first refusal then acts', () => {
    const briefly = answer(advance(shut, NOON + 11 * SECOND, policy), 'accepted', NOON + 12 * SECOND);
    expect(briefly.caution).toBe(0);
    const state = answer(advance(shut, NOON + 130 * SECOND, policy), 'accepted', NOON + 131 * SECOND);
    expect(state.caution).toBe(policy.cautionMost);
    expect(answer(state, 'refusedForPace', NOON + 132 * SECOND).action).toBe('brake');
    expect(advance(state, NOON + HOUR, policy).caution).toBe(policy.cautionMost - 1);
  });

  test('for having been refused often is left alone at once for as long as it took before', () => {
    const knows = { ...shut, pauses: 1, caution: 1, penaltyMs: 600 * SECOND };
    const single = advance({ ...knows, pausedUntil: NOON }, NOON + SECOND, policy);
    expect(answer(single, 'refusedForPace', NOON + SECOND).pausedUntil).toBe(NOON + 661 * SECOND);
  });

  test('is climbed from where it resumed, though its answer was long in coming', () => {
    const single = advance(shut, NOON + 11 * SECOND, policy);
    const state = answer(single, 'accepted', NOON + 100 * SECOND);
    const idle = advance(state, NOON + 100.25 * SECOND, policy);
    const busy = advance(answers(idle, 'AAAAAAAAAAAAAAAAAAAA', NOON + 100.3 * SECOND), NOON + 100.5 * SECOND, policy);
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

  test('for hours by its own words is looked at after 12 minutes, then after twice as long, up to what it said', () => {
    let state = settled();
    let now = NOON;
    const minutes: number[] = [];
    for (let look = 0; look < 6; look++) {
      state = suspend(state, 7_200, now, policy, 0);
      // Letters still under way hear the same, and change nothing.
      state = suspend(state, 7_200, now, policy, 0.9);
      minutes.push((state.pausedUntil! - now) / 60_000);
      now = state.pausedUntil!;
      state = advance(state, now, policy);
      expect(allowance(state)).toBe(1);
    }
    expect(minutes).toEqual([12, 24, 48, 96, 120, 120]);
  });

  test('is one pause, however many answers order it', () => {
    const once = suspend(settled(), 600, NOON, policy, MIDDLE);
    expect(once.pausedUntil).toBeGreaterThanOrEqual(NOON + 600 * SECOND);
    const twice = suspend(once, 900, NOON + SECOND, policy, MIDDLE);
    expect(twice).toMatchObject({ epoch: once.epoch, pauses: once.pauses, pausedUntil: NOON + 901 * SECOND });
    expect(suspend(twice, 5, NOON + SECOND, policy, MIDDLE)).toEqual(twice);
  });
});
