import { describe, expect, test } from 'vitest';
import { phaseOf, timeLeft } from '../../../src/core/campaigns/phase.ts';
import { type Counts, NO_COUNTS } from '../../../src/core/recipients/recipient.ts';

const counts = (some: Partial<Counts>): Counts => ({ ...NO_COUNTS, ...some });
const lane = (state: string, waiting = 1, open = 0) => ({ state, waiting, connections: { open } });
const PENDING = counts({ pending: 5 });

describe('the phase of a running campaign', () => {
  test.each([
    ['waitingForWindow', 'outside its window, whatever else', false, PENDING, [lane('slowed')]],
    ['sending', 'with nothing known of any lane', true, PENDING, []],
    ['sending', 'while one busy lane goes freely', true, PENDING, [lane('stopped'), lane('steady')]],
    [
      'throttled',
      'while all busy lanes are held back',
      true,
      PENDING,
      [lane('slowed'), lane('stopped'), lane('paused')],
    ],
    ['throttled', 'even if an idle lane is free', true, PENDING, [lane('slowed'), lane('steady', 0, 0)]],
    ['sending', 'while the free lane has sessions open', true, PENDING, [lane('slowed'), lane('steady', 0, 1)]],
    ['sending', 'while a lane probes', true, PENDING, [lane('probing')]],
    ['retrying', 'while only deferred rows wait', true, counts({ deferred: 3, sent: 9 }), [lane('steady')]],
    ['sending', 'while a fresh row waits too', true, counts({ deferred: 3, claimed: 1 }), [lane('steady')]],
    ['sending', 'when nobody waits any more', true, counts({ sent: 9 }), []],
  ] as const)('is %s %s', (phase, _when, isOpen, some, lanes) => {
    expect(phaseOf(isOpen, some, lanes)).toBe(phase);
  });
});

describe('the time left', () => {
  const HOUR = 3_600_000;
  const ALWAYS = [{ opensAt: 0, closesAt: null }];
  const left = (some: Counts, rate: number, lanes = [lane('steady')], when = {}) => {
    const { seconds, unknown } = timeLeft(some, rate, lanes, { now: HOUR, deadline: null, openings: ALWAYS, ...when });
    return seconds ?? unknown;
  };

  test('counts those who wait, at the present rate', () => {
    expect(left(counts({ pending: 9, sent: 100 }), 2)).toBe(5);
    expect(left(counts({ sent: 100 }), 0)).toBe(0);
    expect(left(PENDING, 0)).toBe('nothingMoves');
  });

  test('is not known while a lane stands still for which somebody waits', () => {
    expect(left(PENDING, 2, [lane('steady'), lane('stopped')])).toBe('laneStandsStill');
    expect(left(PENDING, 2, [lane('steady'), lane('paused', 0)])).toBe(3);
  });

  test('leaves closed windows out, and ends with them', () => {
    const openings = [
      { opensAt: 0, closesAt: 2 * HOUR },
      { opensAt: 10 * HOUR, closesAt: 12 * HOUR },
    ];
    expect(left(counts({ pending: 5_400 }), 1, undefined, { openings })).toBe(9.5 * 3_600);
    expect(left(counts({ pending: 36_000 }), 1, undefined, { openings })).toBe('windowClosed');
    expect(left(PENDING, 0, undefined, { openings: openings.slice(1) })).toBe('windowClosed');
  });

  test('is no time where the deadline comes first', () => {
    expect(left(counts({ pending: 3_600 }), 1, undefined, { deadline: 1.5 * HOUR })).toBe('deadlineComesFirst');
    expect(left(counts({ pending: 900 }), 1, undefined, { deadline: 1.5 * HOUR })).toBe(900);
  });
});
