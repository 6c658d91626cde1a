import { describe, expect, test } from 'vitest';
import { isolation } from '../../scripts/shaping/isolation.ts';
import { doJob, type Figures } from '../../scripts/shaping/job.ts';
import { pictureOf } from '../../scripts/shaping/picture.ts';
import { capacityAt, makeProvider, type Scenario } from '../../scripts/shaping/provider.ts';
import { ours } from '../../scripts/shaping/rules.ts';
import { KINDS } from '../../scripts/shaping/scenarios.ts';
import { kindOf, variant } from '../../scripts/shaping/sets.ts';
import { bestOther, type Result, usedTable } from '../../scripts/shaping/table.ts';

const tuned = (kind: string, rule = 'ours', seed = 1) => doJob({ set: 'tuned', kind, rule, seed });

describe('the simulated provider', () => {
  const plain: Scenario = {
    name: 'plain',
    seconds: 100,
    capacity: [
      { from: 0, perSecond: 10 },
      { from: 50, perSecond: 1 },
    ],
    bucket: 2,
    latency: { accepted: 0.5, refused: 0.2 },
  };
  const takes = (scenario: Scenario, times: readonly number[]) => {
    const provider = makeProvider(scenario, () => 0.5);
    return times.map((ms) => (provider.attempt(ms) === 'accepted' ? 'A' : 'R')).join('');
  };

  test('lets a bucket through at once and then what flows into it', () => {
    expect(takes(plain, [0, 0, 0, 100, 100, 50_000, 50_001, 50_002])).toBe('AARARAAR');
  });

  test('charges refused attempts where it is said to', () => {
    expect(takes(plain, [0, 0, 50, 100])).toBe('AARA');
    expect(takes({ ...plain, charged: true }, [0, 0, 50, 100])).toBe('AARR');
  });

  test('shuts out who was refused too often, until nobody tried for long enough', () => {
    const boxed = { ...plain, box: { refusals: 2, within: 10, seconds: 20 } };
    expect(takes(boxed, [0, 0, 0, 1, 2, 15_000, 34_000, 55_000])).toBe('AARRRRRA');
  });

  test('counts no more than its sessions and the cap let through', () => {
    expect(capacityAt({ ...plain, sessions: { most: 3, openSeconds: 0.1 } }, 0)).toBe(6);
    expect(capacityAt({ ...plain, cap: [{ from: 0, perSecond: 4 }] }, 0)).toBe(4);
  });
});

describe('the contest', () => {
  test('gives the same figures for the same seed', () => {
    expect(tuned('O2')).toEqual(tuned('O2'));
    expect(tuned('O2', 'ours', 2)).not.toEqual(tuned('O2'));
  });

  test('draws other providers for the unseen set', () => {
    for (const kind of KINDS) {
      const { name, ...unseen } = variant(kind, 'unseen', 7101);
      expect(unseen).not.toEqual(variant(kind, 'tuned', 1));
      expect(variant(kind, 'unseen', 7101)).toEqual({ name, ...unseen });
    }
  });

  test('lets the connection loop find how many sessions there may be, and how long they last', () => {
    const few = tuned('O8');
    expect(few.used).toBeGreaterThan(0.95);
    expect(few.refusedSessions).toBeGreaterThan(0);
    expect(tuned('O9').used).toBeGreaterThan(0.95);
  });

  test('never sees our rule above a cap that rises by the day', () => {
    expect(tuned('O11').overCap).toBe(0);
  });

  test('sees a dead provider cost the others nothing', () => {
    expect(isolation(ours(), 1)).toBeGreaterThanOrEqual(0.99);
  });

  test('names the best rule beside ours, of those not refused all the time', () => {
    const figures = (used: number, refused: number) => ({ used, refused }) as Figures;
    const result = (rule: string, used: number, refused: number): Result => ({
      job: { set: 'tuned', kind: 'S1', rule, seed: 1 },
      figures: figures(used, refused),
    });
    const results = [result('ours', 1, 0), result('cubic', 0.9, 0.01), result('aimd5', 0.8, 0), result('sre', 1, 0.3)];
    expect(bestOther(results, 'S1')).toBe('cubic');
    expect(usedTable(results, [{ id: 'S1', title: 'steady' }], [{ key: 'sre', name: 'SRE' }])).toContain('1.00 / 30.0');
  });

  test('draws a small picture', () => {
    const picture = pictureOf(variant(kindOf('S2'), 'tuned', 1), 'cubic', 1);
    expect(picture).toMatch(/^<svg/);
    expect(picture.length).toBeLessThan(40_000);
  });
});
