import { describe, expect, test } from 'vitest';
import type { Admission } from '../../../src/app/lanes/admit.ts';
import { makeSiteLimiters, type SitePermit } from '../../../src/app/lanes/site-limiters.ts';
import { defaultRatePolicy } from '../../../src/core/rate/rate.ts';
import { heardOf } from '../heard.ts';

const SLOWER = '421 4.7.0 Too much mail, slow down';
const AWAY = '421 4.7.1 [TSS09] Messages deferred due to user complaints';
const HOURS = 8 * 3_600_000;

function limiters() {
  let now = 1_000_000;
  const own = makeSiteLimiters({ policy: defaultRatePolicy, perSite: 2, clock: { now: () => now }, random: () => 0.5 });
  const pass = (ms: number) => {
    now += ms;
    own.advance();
  };
  /** One letter through, and what it heard; null: accepted. */
  const hear = (site: string, said: string | null, stage?: 'connect') => {
    const permit = sent(own.acquire(site));
    const judged = own.judge(heardOf({} as Admission, said, { domain: site, ...(stage && { stage }) }), permit);
    own.done(permit);
    return judged;
  };
  return { own, pass, hear };
}

function sent(turn: SitePermit | { readonly waitMs: number }): SitePermit {
  if ('waitMs' in turn) throw new Error(`told to wait ${turn.waitMs} ms`);
  return turn;
}

const waitOf = (turn: SitePermit | { readonly waitMs: number }) => ('waitMs' in turn ? turn.waitMs : 0);

describe('sites of a lane of unknown providers', () => {
  test('begin at the start rate each, and independent of one another', () => {
    const { own, pass, hear } = limiters();
    hear('a', null);
    expect(own.acquire('a')).toEqual({ waitMs: 500 });
    hear('b', null);
    pass(500);
    hear('a', null);
  });

  test('have one letter in hand until they first answer, and then no more than their sessions', () => {
    const { own, pass, hear } = limiters();
    const slow = sent(own.acquire('slow'));
    pass(60_000);
    expect(waitOf(own.acquire('slow'))).toBeGreaterThan(0);
    own.done(slow);
    hear('slow', null);
    const held = [500, 1_000].map((ms) => {
      pass(ms);
      return sent(own.acquire('slow'));
    });
    pass(60_000);
    expect(waitOf(own.acquire('slow'))).toBeGreaterThan(0);
    own.done(held[0]!);
    sent(own.acquire('slow'));
  });

  test('that push back are slowed, while the others go on', () => {
    const { own, pass, hear } = limiters();
    for (let letter = 0; letter < 12; letter++) {
      pass(500);
      let turn = own.acquire('bad');
      for (; 'waitMs' in turn && turn.waitMs <= 1_000; turn = own.acquire('bad')) pass(turn.waitMs);
      if ('waitMs' in turn) break;
      own.judge(heardOf({} as Admission, SLOWER, { domain: 'bad' }), turn);
      own.done(turn);
    }
    expect(waitOf(own.acquire('bad'))).toBeGreaterThan(1_000);
    hear('good', null);
  });

  test('that ask for a pause get it, and give the one letter after it to the next when it was not sent', () => {
    const { own, pass, hear } = limiters();
    hear('a', AWAY);
    expect(waitOf(own.acquire('a'))).toBeGreaterThanOrEqual(600_000);
    pass(HOURS);
    const first = sent(own.acquire('a'));
    own.done(first);
    pass(2_000);
    expect(own.acquire('a')).toEqual({ waitMs: 1_000 });
    own.giveBack(first);
    sent(own.acquire('a'));
  });

  test('that are away are tried patiently, and harm nobody else', () => {
    const { own, pass, hear } = limiters();
    expect(hear('dead', 'connect ECONNREFUSED', 'connect')).toMatchObject({
      ...{ hasStopped: true, finding: { blame: 'host' } },
      lesson: { pace: 'ignored' },
    });
    expect(own.stopped()).toMatchObject([{ site: 'dead', stop: { kind: 'away' } }]);
    for (let tries = 0; tries < 8; tries++) {
      pass(waitOf(own.acquire('dead')));
      expect(hear('dead', 'connect ECONNREFUSED', 'connect').hasStopped).toBe(false);
    }
    expect(waitOf(own.acquire('dead'))).toBeGreaterThanOrEqual(60_000);
    hear('good', null);
  });

  test('that have one session too few are asked less often', () => {
    const { hear } = limiters();
    expect(hear('a', '421 4.7.0 Too many concurrent connections').lesson.sessions).toBe('fewerConnections');
  });

  test('are forgotten when very many others came since', () => {
    const { own, hear } = limiters();
    hear('first', null);
    for (let site = 0; site < 5_000; site++) own.done(sent(own.acquire(`site${site}`)));
    hear('first', null);
  });
});
