import { describe, expect, test } from 'vitest';
import type { ImportDeps } from '../../src/app/import/import.ts';
import { makeRemoveLeftovers } from '../../src/app/import/leftovers.ts';
import type { SliceRange } from '../../src/app/import/ports.ts';
import { importingInto, people } from './importing.ts';

/** What is left of failed imports and of deleted campaigns. */

/** More than a batch. */
const MANY = 1_100;
const good = people(MANY);

const importing = importingInto('offpeak_test_leftovers');

describe('a failed import', () => {
  test('frees its campaign at once: its rows are out of sight, make room, and go later', async () => {
    const { deps } = importing;
    const campaignId = await importing.draft();
    await importing.loaded(campaignId, 'email\nann@b.ee\np3@example.com');
    const never: ImportDeps['loader'] = { ...deps.loader, removeRows: () => new Promise(() => {}) };
    expect((await importing.load(campaignId, `${good}x@b.ee,"X`, { with: { loader: never } })).ok).toBe(false);
    const rows = await importing.rowsOf(campaignId);
    expect(rows).toHaveLength(2 + 999);
    await importing.expectWhole(campaignId, 2);
    const left = rows.find(({ address }) => address === 'p7@example.com')!;
    expect(await importing.reader.get(campaignId, left._id)).toBeNull();
    expect((await importing.reader.list(campaignId, { limit: 1_000, cursor: null })).items).toHaveLength(2);

    const again = await importing.loaded(campaignId, `${people(MANY)}ann@b.ee,Ann\n`);
    expect(again).toMatchObject({ accepted: MANY - 1, duplicate: 2 });
    await importing.expectWhole(campaignId, 2 + MANY - 1);
    const own = await importing.reader.get(campaignId, rows[0]!._id);
    expect(own?.address).toBe('ann@b.ee');
    await importing.removeLeftovers();
    expect(await deps.imports.withLeftover(campaignId)).toEqual([]);
    expect(await importing.rowsOf(campaignId)).toHaveLength(2 + MANY - 1);
    await importing.expectWhole(campaignId, 2 + MANY - 1);
  });

  test('of more slices than were reserved at first leaves none of its numbers to the next', async () => {
    const campaignId = await importing.draft();
    const domains = Array.from({ length: 50 }, (_, at) => `p@company${at}.example,P\n`).join('');
    const rows = people(53_000).replace(people(0), '');
    expect((await importing.load(campaignId, `${people(0)}${domains}${rows}x@b.ee,"X`)).ok).toBe(false);
    const last = Math.max(...(await importing.rowsOf(campaignId)).map(({ slice }) => slice));
    expect(last).toBeGreaterThan(100);
    const next = await importing.loaded(campaignId, good);
    expect(next.firstSlice).toBeGreaterThan(last);
    await importing.expectWhole(campaignId, MANY);
    await importing.removeLeftovers();
    expect(await importing.rowsOf(campaignId)).toHaveLength(MANY);
  });

  test('and its rows go for a second at a time, so that nobody waits for it', async () => {
    const { deps } = importing;
    const campaignId = await importing.draft();
    expect((await importing.load(campaignId, `${good}x@b.ee,"X`)).ok).toBe(false);
    const steps: SliceRange[] = [];
    let now = 0;
    const loader = {
      removeRows: async (_: string, range: SliceRange) => {
        steps.push(range);
        now += 400;
      },
    };
    const turn = makeRemoveLeftovers({ ...deps, loader, clock: { now: () => now } });
    await turn();
    expect(steps).toEqual([
      { from: 0, to: 10 },
      { from: 10, to: 20 },
      { from: 20, to: 30 },
    ]);
    await turn();
    expect(steps[3]).toEqual({ from: 30, to: 40 });
  });
});

describe('a deleted campaign', () => {
  test('goes in steps, and a removal that was cut short goes on where it was', async () => {
    const { campaigns } = importing.deps;
    const campaignId = await importing.draft();
    const domains = Array.from({ length: 25 }, (_, at) => `p@${at}.example\nbad\n`).join('');
    await importing.loaded(campaignId, `email\n${domains}`);
    expect((await importing.load(campaignId, `${good}x@b.ee,"X`)).ok).toBe(false);
    expect(await campaigns.hide(campaignId, (await importing.campaignOf(campaignId)).version)).toBe(true);
    let steps = 0;
    expect(await campaigns.remove(campaignId, () => ++steps > 2)).toBe(false);
    expect(await importing.rowsOf(campaignId)).toHaveLength(5 + 1_000);
    expect(await campaigns.hiddenBefore(new Date(Date.now() + 1_000))).toContain(campaignId);
    expect(await campaigns.remove(campaignId, () => false)).toBe(true);
    expect(await importing.rowsOf(campaignId)).toEqual([]);
    expect(await importing.importsOf(campaignId)).toEqual([]);
    expect(await campaigns.hiddenBefore(new Date(Date.now() + 1_000))).not.toContain(campaignId);
    expect(await campaigns.remove(campaignId, () => false)).toBe(true);
  });
});
