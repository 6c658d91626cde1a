import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Connection, connect } from '../../../src/adapters/mongo/client.ts';
import { collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { mongoLaneOrders, mongoLaneReader, mongoLanes } from '../../../src/adapters/mongo/lanes.ts';
import type { LaneOrderStore, LaneReader, LaneStore, LaneView } from '../../../src/app/lanes/ports.ts';
import { NO_ORDERS } from '../../../src/core/lanes/lane.ts';
import { newId } from '../../setup/ids.ts';

let connection: Connection;
let store: LaneStore;
let desk: LaneOrderStore;
let reader: LaneReader;
beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `lane_desk_${randomBytes(6).toString('hex')}`);
  const collections = collectionsOf(connection.db);
  store = mongoLanes(collections, newId);
  desk = mongoLaneOrders(collections);
  reader = mongoLaneReader(collections);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

const CONTROL = { rate: {}, connections: {} };
const viewOf = (id: string, more: Partial<LaneView> = {}): LaneView => ({
  ...{ id, route: 'relay', provider: 'gmail', state: 'steady', ratePerSecond: 5, realPerSecond: 4, throttledShare: 0 },
  ...{ waiting: 0, connections: { open: 1, limit: 2 }, pausedUntil: null, lastDecision: null, orders: NO_ORDERS },
  ...{ owner: 'a', updatedAt: new Date() },
  ...more,
});
const acquire = (id: string, owner = 'a') => store.acquire({ id, route: 'relay', provider: 'gmail' }, owner, 60_000);
async function written(id: string): Promise<number> {
  const { fence } = (await acquire(id))!;
  await store.save(viewOf(id), CONTROL, fence);
  return fence;
}

test('a lane that was never written takes no orders', async () => {
  expect(await desk.orders('relay:nobody')).toBeNull();
  expect(await desk.order('relay:nobody', { paused: true })).toBeNull();
  await acquire('relay:taken');
  expect(await desk.order('relay:taken', { paused: true })).toBeNull();
  expect((await acquire('relay:taken'))!.orders).toEqual(NO_ORDERS);
});

test('orders reach whoever renews or takes the lane, and what he writes does not undo them', async () => {
  const fence = await written('relay:one');
  expect(await desk.orders('relay:one')).toEqual(NO_ORDERS);
  const ordered = { ...NO_ORDERS, ceiling: 3, connections: 1 };
  expect(await desk.order('relay:one', { ceiling: 3, connections: 1 })).toEqual(ordered);
  expect(await store.renew('relay:one', 'a', fence, 60_000)).toEqual(ordered);
  // He had read the lane before.
  expect(await store.save(viewOf('relay:one', { orders: NO_ORDERS }), CONTROL, fence)).toBe(true);
  expect((await reader.get('relay:one'))!.orders).toEqual(ordered);
  await store.release('relay:one', fence);
  expect((await acquire('relay:one', 'b'))!.orders).toEqual(ordered);
});

test('an order changes its own fields only, and null takes one back', async () => {
  await written('relay:two');
  await Promise.all([desk.order('relay:two', { ceiling: 9 }), desk.order('relay:two', { floor: 1, pin: 2 })]);
  expect(await desk.order('relay:two', { pin: null })).toEqual({ ...NO_ORDERS, ceiling: 9, floor: 1 });
  expect(await desk.order('relay:two', {})).toEqual({ ...NO_ORDERS, ceiling: 9, floor: 1 });
});

test('a paused lane shows it at once, with an owner or without, and a resumed one too', async () => {
  const fence = await written('relay:three');
  await desk.order('relay:three', { paused: true });
  expect((await reader.get('relay:three'))!.state).toBe('paused');
  await store.save(viewOf('relay:three', { state: 'paused' }), CONTROL, fence);
  await store.release('relay:three', fence);
  expect((await reader.list()).find(({ id }) => id === 'relay:three')!.state).toBe('paused');
  await desk.order('relay:three', { paused: false });
  expect((await reader.get('relay:three'))!.state).toBe('steady');
});
