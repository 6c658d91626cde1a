import { describe, expect, test } from 'vitest';
import { phaseOf, secondsLeft } from '../../../src/core/campaigns/phase.ts';
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

test.each([
  [counts({ pending: 9, sent: 100 }), 2, 5],
  [counts({ sent: 100 }), 0, 0],
  [PENDING, 0, null],
])('the time left counts those who wait, at the present rate', (some, rate, expected) => {
  expect(secondsLeft(some, rate)).toBe(expected);
});
