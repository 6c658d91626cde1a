import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_COUNTS, RECIPIENT_STATES, type RecipientState } from '../../src/core/recipients/recipient.ts';
import { newId } from '../setup/ids.ts';
import { type Harness, NOON, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_recipients');
});
afterAll(() => api.close());

type Layout = readonly {
  readonly states: readonly RecipientState[];
  readonly counts?: object;
  readonly leased?: boolean;
}[];

/** A campaign with these slices; `visible` of them are loaded, the rest belongs to an import under way. */
async function campaignWith(layout: Layout, visible = layout.length): Promise<{ id: string; rows: string[] }> {
  const id = await api.draft();
  const rows: string[] = [];
  // Later slices have smaller ids, so that nothing leans on the order in which ids are made.
  const ids = layout
    .toReversed()
    .map(({ states }) => states.map(() => newId()))
    .toReversed();
  for (const [slice, { states, counts, leased }] of layout.entries()) {
    const found = { ...NO_COUNTS } as Record<RecipientState, number>;
    for (const state of states) found[state]++;
    const docs = states.map((state, at) => ({
      ...{ _id: ids[slice]![at]!, campaignId: id, slice, state, dueAt: new Date(NOON), line: at + 2 },
      ...{
        address: `r${slice}-${at}@example.com`,
        key: `r${slice}-${at}@example.com`,
        domain: 'example.com',
        fields: {},
      },
    }));
    if (docs.length > 0) await api.collections.recipients.insertMany(docs);
    await api.collections.slices.insertOne({
      ...{ _id: `${id}:${slice}`, campaignId: id, slice, domains: ['example.com'], size: states.length },
      ...{ counts: { ...found, ...counts }, dueAt: new Date(NOON) },
      ...(leased && { lease: { by: 'worker', until: new Date(NOON + 30_000) } }),
    });
    rows.push(...docs.map((doc) => doc._id));
  }
  await api.collections.campaigns.updateOne({ _id: id }, { $set: { sliceCount: visible } });
  return { id, rows };
}

async function walk(id: string, query: string): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await api.call('get', `/api/v1/campaigns/${id}/recipients?${query}${more}`);
    seen.push(...body.items.map((item: { id: string }) => item.id));
    cursor = body.nextCursor;
  }
  return seen;
}

describe('listing recipients', () => {
  const three: Layout = [
    { states: ['sent', 'pending', 'sent'] },
    { states: [] },
    { states: ['bounced', 'sent'] },
    { states: ['pending', 'pending', 'pending', 'sent'] },
  ];

  test.each([1, 2, 3, 4, 9, 50])('goes over every row once and in order, %s at a time', async (limit) => {
    const { id, rows } = await campaignWith(three);
    expect(await walk(id, `limit=${limit}`)).toEqual(rows);
  });

  test.each(['sent', 'pending', 'bounced', 'uncertain'] as const)('finds who is %s', async (state) => {
    const { id, rows } = await campaignWith(three);
    const expected = rows.filter((_, at) => three.flatMap((slice) => slice.states)[at] === state);
    expect(await walk(id, `state=${state}&limit=2`)).toEqual(expected);
  });

  test('trusts the counts of a slice, unless somebody works on it', async () => {
    const { id, rows } = await campaignWith([
      { states: ['sent'], counts: { sent: 0 } },
      { states: ['sent'], counts: { sent: 0 }, leased: true },
    ]);
    expect(await walk(id, 'state=sent')).toEqual([rows[1]]);
  });

  test('shows nothing of an import under way', async () => {
    const { id, rows } = await campaignWith(three, 1);
    expect(await walk(id, 'limit=50')).toEqual(rows.slice(0, 3));
    expect((await api.call('get', `/api/v1/campaigns/${id}/recipients/${rows[3]}`)).status).toBe(404);
  });

  test('refuses a state and a cursor that are none', async () => {
    const { id } = await campaignWith([]);
    const cursor = Buffer.from('recipients\n{"$gt":""}').toString('base64url');
    for (const query of ['state=gone', 'state[$ne]=sent', `cursor=${cursor}`]) {
      expect((await api.call('get', `/api/v1/campaigns/${id}/recipients?${query}`)).status).toBe(400);
    }
  });
});

describe('reading a recipient', () => {
  test("tells its history in the servers' words", async () => {
    const { id, rows } = await campaignWith([{ states: ['deferred'] }]);
    const recipientId = rows[0]!;
    const reply = { code: 421, enhanced: '4.7.0', text: 'Try again later' };
    const verdict = { meaning: 'rate_limit', reaction: 'lower_rate', cause: 'throttling', rule: 'code.421' } as const;
    for (const at of [NOON + 1_000, NOON]) {
      await api.collections.attempts.insertOne({
        ...{ _id: newId(), campaignId: id, recipientId, lane: 'relay:other', at: new Date(at), tookMs: 12 },
        ...{ outcome: 'refused', stage: 'mail', reused: false, reply, verdict, counted: false },
      });
    }
    const { body, status } = await api.call('get', `/api/v1/campaigns/${id}/recipients/${recipientId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: 'deferred',
      attempts: 0,
      history: [{ reply, verdict, stage: 'mail' }, { reply }],
    });
    expect(body.history.map((attempt: { at: string }) => Date.parse(attempt.at))).toEqual([NOON, NOON + 1_000]);
  });

  test('of another campaign is answered as if it were not there', async () => {
    const { rows } = await campaignWith([{ states: ['sent'] }]);
    const { id } = await campaignWith([]);
    expect((await api.call('get', `/api/v1/campaigns/${id}/recipients/${rows[0]}`)).body.code).toBe(
      'recipient.notFound',
    );
  });
});

describe('the progress of a campaign', () => {
  const progress = async (id: string) => (await api.call('get', `/api/v1/campaigns/${id}/progress`)).body;
  const run = (id: string, more: object = {}) =>
    api.collections.campaigns.updateOne({ _id: id }, { $set: { state: 'running', ...more } });
  const lane = (id: string, state: string, realPerSecond: number, campaign: string, updatedAt = NOON) =>
    api.collections.lanes.replaceOne(
      { _id: id },
      {
        ...{
          route: 'relay',
          provider: id.split(':')[1]!,
          state,
          realPerSecond,
          ratePerSecond: 9,
          throttledShare: 0,
          waiting: 2,
          campaigns: { [campaign]: 2 },
        },
        ...{ connections: { open: 1, limit: 5 }, pausedUntil: null, lastDecision: null, owner: 'w' },
        updatedAt: new Date(updatedAt),
      },
      { upsert: true },
    );

  test('sums the visible slices, and the sum is the total', async () => {
    const { id } = await campaignWith(
      [{ states: RECIPIENT_STATES }, { states: ['sent', 'sent'] }, { states: ['sent'] }],
      2,
    );
    const body = await progress(id);
    expect(body.total).toBe(RECIPIENT_STATES.length + 2);
    expect(body.counts).toMatchObject({ sent: 3, pending: 1, uncertain: 1 });
    expect(body).toMatchObject({ state: 'draft', phase: null, lanes: [], ratePerSecond: 0, secondsLeft: null });
  });

  test('adds the real rates of its lanes and tells the time that is left', async () => {
    await api.routing();
    const { id } = await campaignWith([{ states: Array.from({ length: 10 }, () => 'pending' as const) }]);
    await run(id);
    await lane('relay:other', 'steady', 4, id);
    await lane('relay:gmail', 'steady', 40, 'f'.repeat(24));
    expect(await progress(id)).toMatchObject({
      phase: 'sending',
      lanes: ['relay:other'],
      ratePerSecond: 4,
      secondsLeft: 3,
    });
  });

  test('does not count the rate of a lane that nobody has written for a while', async () => {
    await api.routing();
    const { id } = await campaignWith([{ states: ['pending'] }]);
    await run(id);
    await lane('relay:other', 'steady', 4, id, NOON - 31_000);
    expect(await progress(id)).toMatchObject({ ratePerSecond: 0, secondsLeft: null });
  });

  test('is throttled while all its lanes are held back', async () => {
    await api.routing();
    const { id } = await campaignWith([{ states: ['pending'] }]);
    await run(id);
    await lane('relay:other', 'slowed', 1, id);
    expect((await progress(id)).phase).toBe('throttled');
  });

  test('waits for its window and says until when', async () => {
    const { id } = await campaignWith([{ states: ['pending'] }]);
    const windows = [{ days: ['tue'], from: '22:00', until: '23:00', zone: 'UTC' }];
    await run(id, { schedule: { startAt: null, windows, deadline: null, missedStart: 'now' } });
    expect(await progress(id)).toMatchObject({ phase: 'waitingForWindow', waitingUntil: '2026-11-24T22:00:00.000Z' });
  });
});
