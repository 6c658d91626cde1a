import { describe, expect, test } from 'vitest';
import { makeSiteLimiters, type SitePermit } from '../../../src/app/lanes/site-limiters.ts';
import type { Lesson } from '../../../src/core/lanes/lesson.ts';
import { defaultRatePolicy } from '../../../src/core/rate/rate.ts';

const ACCEPTED: Lesson = { pace: 'accepted', suspendSeconds: 0, pauseSeconds: 0, explicit: false, sessions: null };
const REFUSED: Lesson = { ...ACCEPTED, pace: 'refusedForPace' };

function limiters() {
  let now = 1_000_000;
  const own = makeSiteLimiters({ policy: defaultRatePolicy, clock: { now: () => now }, random: () => 0.5 });
  return { own, pass: (ms: number) => (now += ms) };
}

function sent(turn: ReturnType<ReturnType<typeof makeSiteLimiters>['acquire']>): SitePermit {
  if ('waitMs' in turn) throw new Error(`told to wait ${turn.waitMs} ms`);
  return turn;
}

describe('sites of a lane of unknown providers', () => {
  test('begin at the start rate each, and independent of one another', () => {
    const { own, pass } = limiters();
    sent(own.acquire('a'));
    expect(own.acquire('a')).toEqual({ waitMs: 500 });
    sent(own.acquire('b'));
    pass(500);
    sent(own.acquire('a'));
  });

  test('that push back are slowed, while the others go on', () => {
    const { own, pass } = limiters();
    for (let round = 0; round < 40; round++) {
      const turn = own.acquire('bad');
      if (!('waitMs' in turn)) own.learn(REFUSED, turn);
      pass(500);
    }
    const turn = own.acquire('bad');
    expect('waitMs' in turn && turn.waitMs).toBeGreaterThan(1_000);
    sent(own.acquire('good'));
  });

  test('that ask for a pause get it', () => {
    const { own, pass } = limiters();
    own.learn({ ...REFUSED, suspendSeconds: 600 }, sent(own.acquire('a')));
    const turn = own.acquire('a');
    expect('waitMs' in turn && turn.waitMs).toBeGreaterThanOrEqual(600_000);
    pass(800_000);
    sent(own.acquire('a'));
    // One letter tells whether it is over.
    expect(own.acquire('a')).toEqual({ waitMs: 1_000 });
  });

  test('give the one letter after a pause to the next, when the first was not put to the server', () => {
    const { own, pass } = limiters();
    own.learn({ ...REFUSED, suspendSeconds: 600 }, sent(own.acquire('a')));
    pass(800_000);
    const first = sent(own.acquire('a'));
    pass(2_000);
    expect(own.acquire('a')).toEqual({ waitMs: 1_000 });
    own.giveBack(first);
    sent(own.acquire('a'));
    expect(own.acquire('a')).toEqual({ waitMs: 1_000 });
  });

  test('tell the lane what they accept, and what they refuse only when two of them do so together', () => {
    const { own, pass } = limiters();
    expect(own.learn(ACCEPTED, sent(own.acquire('a')))).toBe(true);
    expect(own.learn(REFUSED, sent(own.acquire('b')))).toBe(false);
    pass(1_000);
    expect(own.learn(REFUSED, sent(own.acquire('b')))).toBe(false);
    expect(own.learn(REFUSED, sent(own.acquire('c')))).toBe(true);
    pass(120_000);
    expect(own.learn(REFUSED, sent(own.acquire('d')))).toBe(false);
  });

  test('are forgotten when very many others came since', () => {
    const { own } = limiters();
    sent(own.acquire('first'));
    for (let site = 0; site < 20_000; site++) sent(own.acquire(`site${site}`));
    sent(own.acquire('first'));
  });
});
