import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mongoLanes } from '../../src/adapters/mongo/lanes.ts';
import type { LaneSample } from '../../src/app/lanes/ports.ts';
import { NO_ORDERS } from '../../src/core/lanes/lane.ts';
import { newId } from '../setup/ids.ts';
import { type Harness, NOON, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_lanes');
});
afterAll(() => api.close());

const ID = 'relay:gmail';
const LANE = `/api/v1/lanes/${ID}`;
const MERGE = { 'Content-Type': 'application/merge-patch+json' };
const patch = (body: object | string) => api.call('patch', LANE, { body, headers: MERGE });

beforeEach(async () => {
  await api.collections.lanes.replaceOne(
    { _id: ID },
    {
      ...{ route: 'relay', provider: 'gmail', state: 'steady', ratePerSecond: 5, realPerSecond: 4, throttledShare: 0 },
      ...{
        waiting: 0,
        campaigns: { c1: 0 },
        connections: { open: 1, limit: 2 },
        pausedUntil: null,
        lastDecision: null,
        owner: 'w',
      },
      updatedAt: new Date(NOON),
    },
    { upsert: true },
  );
});

describe('orders for a lane', () => {
  test('may be given before its first letter, and hold for it', async () => {
    const early = '/api/v1/lanes/early:yahoo';
    expect((await api.call('patch', early, { body: { ceiling: 7 }, headers: MERGE })).status).toBe(404);
    await api.call('put', '/api/v1/routes/early', { body: { url: 'direct' } });
    const answer = await api.call('patch', early, { body: { ceiling: 7 }, headers: MERGE });
    expect(answer.body).toMatchObject({ id: 'early:yahoo', owner: null, orders: { ceiling: 7 } });
    const taken = await mongoLanes(api.collections, newId).acquire(
      { id: 'early:yahoo', route: 'early', provider: 'yahoo' },
      'w1',
      60_000,
    );
    expect(taken!.orders).toMatchObject({ ceiling: 7, paused: false });
    expect((await api.call('post', '/api/v1/lanes/early:gmx/pause')).body).toMatchObject({ state: 'paused' });
    expect((await api.call('post', '/api/v1/lanes/early:N%20O/pause')).status).toBe(404);
    await api.collections.lanes.deleteMany({ route: 'early' });
  });

  test('are shown with it, change field by field, and null takes one back', async () => {
    expect((await api.call('get', LANE)).body.orders).toEqual(NO_ORDERS);
    const first = await patch({ ceiling: 10, floor: 0.5, connections: 3 });
    expect(first.status).toBe(200);
    expect(first.body.orders).toEqual({ ...NO_ORDERS, ceiling: 10, floor: 0.5, connections: 3 });
    const second = await patch({ pin: 2.5, connections: null });
    expect(second.body.orders).toEqual({ ...NO_ORDERS, ceiling: 10, floor: 0.5, pin: 2.5 });
    expect((await patch({})).body.orders).toEqual(second.body.orders);
    expect((await api.call('get', '/api/v1/lanes')).body.items[0].orders).toEqual(second.body.orders);
    expect(await api.deps.laneOrders.orders(ID)).toEqual(second.body.orders);
  });

  test.each([
    ['no rate', { ceiling: 0 }, '/ceiling', 'tooSmall'],
    ['a negative rate', { pin: -1 }, '/pin', 'tooSmall'],
    ['a rate that nobody has', { floor: 10_001 }, '/floor', 'tooBig'],
    ['an endless rate', '{"pin":1e309}', '/pin', 'type'],
    ['a text for a number', { ceiling: '5' }, '/ceiling', 'type'],
    ['no session', { connections: 0 }, '/connections', 'tooSmall'],
    ['half a session', { connections: 1.5 }, '/connections', 'type'],
    ['too many sessions', { connections: 501 }, '/connections', 'tooBig'],
    ['a pause, which has a path of its own', { paused: true }, '/paused', 'unknownField'],
  ])('can not be %s', async (_what, body, pointer, code) => {
    const answer = await patch(body);
    expect([answer.status, answer.body.code]).toEqual([422, 'body.invalid']);
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer, code })]);
    expect(await api.deps.laneOrders.orders(ID)).toEqual(NO_ORDERS);
  });

  test.each([
    ['a floor above the ceiling', {}, { ceiling: 2, floor: 3 }, '/floor', 'floorAboveCeiling'],
    ['a ceiling below the floor', { floor: 3 }, { ceiling: 2 }, '/ceiling', 'floorAboveCeiling'],
    ['a pin above the ceiling', { ceiling: 2 }, { pin: 3 }, '/pin', 'pinOutside'],
    ['a ceiling below the pin', { pin: 3 }, { ceiling: 2 }, '/ceiling', 'pinOutside'],
    ['a pin below the floor', { floor: 3 }, { pin: 2 }, '/pin', 'pinOutside'],
  ])('can not be %s', async (_what, before, body, pointer, code) => {
    await patch(before);
    const answer = await patch(body);
    expect([answer.status, answer.body.code]).toEqual([422, 'lane.invalid']);
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer, code })]);
    expect(await api.deps.laneOrders.orders(ID)).toEqual({ ...NO_ORDERS, ...before });
  });

  test('may be equal', async () => {
    expect((await patch({ ceiling: 2, floor: 2, pin: 2 })).status).toBe(200);
  });

  test('can not be given to a route as a whole, which would not obey them', async () => {
    const { _id, ...lane } = (await api.collections.lanes.findOne({ _id: ID }))!;
    await api.collections.lanes.insertOne({ ...lane, _id: 'relay:*', provider: '*' });
    for (const answer of [
      await api.call('post', '/api/v1/lanes/relay:*/pause'),
      await api.call('patch', '/api/v1/lanes/relay:*', { body: { ceiling: 1 } }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'lane.invalid']);
    }
    expect(await api.deps.laneOrders.orders('relay:*')).toEqual(NO_ORDERS);
    await api.collections.lanes.deleteOne({ _id: 'relay:*' });
  });

  test('pause and resume; again is without effect', async () => {
    for (const [command, paused, state] of [
      ['pause', true, 'paused'],
      ['pause', true, 'paused'],
      ['resume', false, 'steady'],
      ['resume', false, 'steady'],
    ] as const) {
      const answer = await api.call('post', `${LANE}/${command}`);
      expect([answer.status, answer.body.state, answer.body.orders.paused]).toEqual([200, state, paused]);
      expect((await api.call('get', LANE)).body).toEqual(answer.body);
    }
  });
});

describe('the picture of a lane', () => {
  const START = NOON - 3_600_000;
  const sample = (second: number, more: Partial<LaneSample> = {}): LaneSample => ({
    ...{ at: new Date(START + second * 1_000), allowed: 5, accepted: 4, throttled: 0, other: 0, sessions: 2 },
    ...more,
  });
  const draw = (query = '') => api.call('get', `${LANE}/chart.svg${query}`);
  const svgOf = async (query = '') => String((await draw(query)).body);
  const ticksOf = (svg: string) => [...svg.matchAll(/>(\d\d:\d\d(?::\d\d)?)</g)].map((found) => found[1]);
  const words = (svg: string) => [...svg.matchAll(/<g><title>([^<]*)/g)].map((found) => found[1]);

  test('of one that never sent is empty', async () => {
    expect(await svgOf()).toContain('Nothing was measured.');
  });

  describe('that has sent', () => {
    beforeAll(async () => {
      const refusals = Array.from({ length: 7_200 }, (_, i) => sample(i - 3_600, { throttled: i === 5_400 ? 60 : 0 }));
      await api.deps.laneHistory.add(ID, refusals);
      const { decide } = mongoLanes(api.collections, newId);
      const at = (second: number) => new Date(START + second * 1_000);
      const decision = (action: string, second: number) => ({
        ...{ lane: ID, at: at(second), action, rateBefore: 5, rateAfter: 3, connections: 2, pausedUntil: null },
        ...{ cause: 'throttling' as const, rule: 'gmail.4728', reply: '421 4.7.28 <b>slow</b>' },
      });
      for (const one of [decision('brake', 1_800), decision('deep', 1_802), decision('brake', 1_803)])
        await decide(one);
      for (const one of [decision('hold', 1_900), decision('connections', 2_400)]) await decide(one);
    });

    test('is an SVG that is kept nowhere and may run nothing', async () => {
      const { headers } = await draw();
      expect(headers['content-type']).toBe('image/svg+xml; charset=utf-8');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-security-policy']).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(Number((await api.call('head', `${LANE}/chart.svg`)).headers['content-length'])).toBeGreaterThan(1_000);
    });

    test('shows the last hour that is known, by name', async () => {
      const svg = await svgOf();
      expect(svg).toContain('<title>Lane relay:gmail</title>');
      expect(ticksOf(svg)).toEqual(['11:00', '11:10', '11:20', '11:30', '11:40', '11:50']);
      expect(svg).toContain('accepted: 4 to 4 letters per second');
      // 60 refusals in one second of a stretch of 15.
      expect(svg).toContain('refused for pace: 0 to 4 refused for pace, per second');
      expect(svg.length).toBeLessThan(40_000);
    });

    test('marks the decisions that matter, close ones together, and only those of its span', async () => {
      expect(words(await svgOf())).toEqual(['brake, deep', 'connections']);
      expect(words(await svgOf('?minutes=25'))).toEqual(['connections']);
    });

    test('shows as many minutes as are asked for, or exactly a span', async () => {
      expect(ticksOf(await svgOf('?minutes=5'))).toEqual(['11:55:00', '11:56:00', '11:57:00', '11:58:00', '11:59:00']);
      expect(ticksOf(await svgOf('?from=2026-11-24T10:30:00Z&until=2026-11-24T12:00:00%2B01:00'))).toEqual([
        '10:30',
        '10:35',
        '10:40',
        '10:45',
        '10:50',
        '10:55',
      ]);
      expect(await svgOf('?from=2026-11-23T10:00:00Z&until=2026-11-23T11:00:00Z')).toContain('Nothing was measured.');
    });
  });

  test.each([
    ['minutes=0', '/minutes'],
    ['minutes=1441', '/minutes'],
    ['minutes=1.5', '/minutes'],
    ['minutes=', '/minutes'],
    ['from=2026-11-24T10:30:00Z', '/until'],
    ['until=2026-11-24T10:30:00Z', '/from'],
    ['from=yesterday&until=2026-11-24T10:30:00Z', '/from'],
    ['from=2026-11-24T10:30:00&until=2026-11-24T11:30:00Z', '/from'],
    ['from=2026-11-24T10:30:00Z&until=2026-11-24T10:30:00Z', '/until'],
    ['from=2026-11-23T10:30:00Z&until=2026-11-24T10:30:01Z', '/until'],
    ['minutes=5&from=2026-11-24T10:30:00Z&until=2026-11-24T11:30:00Z', '/minutes'],
  ])('can not be asked for with ?%s', async (query, pointer) => {
    const answer = await draw(`?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'query.invalid']);
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer })]);
  });
});

test('decisions tell the cause, the rule and the words of the server', async () => {
  const { decide } = mongoLanes(api.collections, newId);
  await decide({
    ...{ lane: ID, at: new Date(NOON), action: 'brake', rateBefore: 5, rateAfter: 3.5, connections: 2 },
    ...{ pausedUntil: null, cause: 'throttling', rule: 'gmail.4728', reply: '421 4.7.28 slow' },
  });
  const { body } = await api.call('get', `${LANE}/decisions?limit=1`);
  expect(body.items[0]).toMatchObject({ cause: 'throttling', rule: 'gmail.4728', reply: '421 4.7.28 slow' });
});
