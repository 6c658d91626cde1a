import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Connection, connect } from '../../../src/adapters/mongo/client.ts';
import { collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { mongoLanes } from '../../../src/adapters/mongo/lanes.ts';
import type { LaneStore, LaneView } from '../../../src/app/lanes/ports.ts';
import { NO_ORDERS } from '../../../src/core/lanes/lane.ts';
import { newId } from '../../setup/ids.ts';

let connection: Connection;
let lanes: LaneStore;
beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `lanes_${randomBytes(6).toString('hex')}`);
  lanes = mongoLanes(collectionsOf(connection.db), newId);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

const lane = (id: string) => ({ id, route: 'relay', provider: id });

const viewOf = (id: string, owner: string): LaneView => ({
  id,
  route: 'relay',
  provider: id,
  state: 'steady',
  ratePerSecond: 5,
  realPerSecond: 4,
  throttledShare: 0,
  waiting: 0,
  connections: { open: 1, limit: 2 },
  pausedUntil: null,
  lastDecision: null,
  orders: NO_ORDERS,
  owner,
  updatedAt: new Date(),
});

test('a lane has one owner, who may renew, and each opening has a fence of its own', async () => {
  const taken = await Promise.all(['a', 'b', 'c'].map((owner) => lanes.acquire(lane('one'), owner, 60_000)));
  const owners = taken.flatMap((one, index) => (one ? ['abc'[index]!] : []));
  expect(owners).toHaveLength(1);
  const [owner, { fence }] = [owners[0]!, taken.find(Boolean)!];
  expect(await lanes.renew('one', owner, fence, 60_000)).toEqual(NO_ORDERS);
  expect(await lanes.renew('one', 'd', fence, 60_000)).toBeNull();
  const again = await lanes.acquire(lane('one'), owner, 60_000);
  expect(again?.fence).toBe(fence + 1);
  // What the one before it still does is not done to the one after it.
  expect(await lanes.renew('one', owner, fence, 60_000)).toBeNull();
  await lanes.release('one', fence);
  expect(await lanes.renew('one', owner, fence + 1, 60_000)).toEqual(NO_ORDERS);
});

test('a lane whose owner is gone changes hands, and its fence rises', async () => {
  const first = await lanes.acquire(lane('two'), 'a', -1_000);
  const second = await lanes.acquire(lane('two'), 'b', 60_000);
  expect(second!.fence).toBe(first!.fence + 1);
  expect(await lanes.save(viewOf('two', 'a'), { rate: {}, connections: {} }, first!.fence)).toBe(false);
  expect(await lanes.save(viewOf('two', 'b'), { rate: {}, connections: {} }, second!.fence)).toBe(true);
});

test('what was learned is there for the next owner', async () => {
  const first = await lanes.acquire(lane('three'), 'a', 60_000);
  expect(first!.control).toBeNull();
  const control = { rate: { mode: 'hold', ceiling: 42 }, connections: { limit: 3 } };
  await lanes.save(viewOf('three', 'a'), control, first!.fence);
  await lanes.release('three', first!.fence);
  const next = await lanes.acquire(lane('three'), 'b', 60_000);
  expect(next!.control).toEqual(control);
});
