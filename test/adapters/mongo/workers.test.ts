import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Connection, connect } from '../../../src/adapters/mongo/client.ts';
import { type Collections, collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { mongoLanes } from '../../../src/adapters/mongo/lanes.ts';
import { mongoRouteShares, mongoWorkerRegistry } from '../../../src/adapters/mongo/workers.ts';
import { type Holder, shareOf } from '../../../src/core/lanes/share.ts';
import { newId } from '../../setup/ids.ts';

let connection: Connection;
let collections: Collections;
beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `workers_${randomBytes(6).toString('hex')}`);
  collections = collectionsOf(connection.db);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

describe('the roll of workers', () => {
  test('names who said so lately, and who holds which lane', async () => {
    const roll = mongoWorkerRegistry(collections);
    const lanes = mongoLanes(collections, newId);
    await lanes.acquire({ id: 'r:gmail', route: 'r', provider: 'gmail' }, 'ann', 60_000);
    await lanes.acquire({ id: 'r:qq', route: 'r', provider: 'qq' }, 'ann', 1);
    await roll.renew('ann', 60_000);
    expect((await roll.renew('bob', 300)).workers).toEqual(['ann', 'bob']);
    await sleep(400);
    const seen = await roll.renew('ann', 60_000);
    expect(seen.workers).toEqual(['ann']);
    expect([...seen.owners]).toEqual([['r:gmail', 'ann']]);
    await roll.release('ann');
    expect((await roll.renew('cyd', 60_000)).workers).toEqual(['cyd']);
  });
});

describe('the shares of a route', () => {
  const cap = { rate: 90, sessions: 9 };
  const HUNGRY = { lanes: 1, weight: 1, wantsRate: 90, wantsSessions: 9 };
  const wish = (worker: string) => (others: readonly Holder[]) => shareOf({ worker, ...HUNGRY }, others, cap);

  test('one takes all, gives back half when a second comes, and the sum is never above the cap', async () => {
    const shares = mongoRouteShares(collections);
    const claim = (worker: string) => shares.claim('one', worker, wish(worker), 60_000);
    expect((await claim('ann'))?.mine).toMatchObject({ rate: 90, sessions: 9 });
    expect((await claim('bob'))?.mine).toMatchObject({ rate: 0, sessions: 0 });
    expect((await claim('ann'))?.mine).toMatchObject({ rate: 45, sessions: 5 });
    const bob = await claim('bob');
    expect(bob?.mine).toMatchObject({ rate: 45, sessions: 4 });
    expect(bob?.others).toEqual([{ worker: 'ann', ...HUNGRY, rate: 45, sessions: 5 }]);
    await shares.release('one', 'ann');
    expect((await claim('bob'))?.mine).toMatchObject({ rate: 90, sessions: 9 });
  });

  test('what a dead worker held is free when its lease is over', async () => {
    const shares = mongoRouteShares(collections);
    await shares.claim('two', 'ann', wish('ann'), 300);
    expect((await shares.claim('two', 'bob', wish('bob'), 60_000))?.mine.rate).toBe(0);
    await sleep(400);
    expect((await shares.claim('two', 'bob', wish('bob'), 60_000))?.mine.rate).toBe(90);
  });

  test('what a worker of an earlier version holds is taken to be all it could use', async () => {
    const shares = mongoRouteShares(collections);
    const until = new Date(Date.now() + 60_000);
    const old = { worker: 'old', weight: 2, rate: 60, sessions: 6, until };
    await collections.routeShares.insertOne({ _id: 'four', version: 1, holders: [old] });
    expect((await shares.claim('four', 'bob', wish('bob'), 60_000))?.mine).toMatchObject({ rate: 30, sessions: 3 });
  });

  test('of claims at the same instant, none is made on a sight that is out of date', async () => {
    const shares = mongoRouteShares(collections);
    const names = Array.from({ length: 8 }, (_, index) => `w${index}`);
    const held = new Map<string, number>();
    for (let round = 0; round < 12; round++) {
      const claims = await Promise.all(names.map((name) => shares.claim('three', name, wish(name), 60_000)));
      for (const claim of claims) if (claim) held.set(claim.mine.worker, claim.mine.rate!);
      const stored = (await collections.routeShares.findOne({ _id: 'three' }))!.holders;
      expect(stored.reduce((sum, holder) => sum + holder.rate!, 0)).toBeLessThanOrEqual(90 + 1e-9);
      for (const { worker, rate } of stored) expect(held.get(worker)).toBe(rate);
    }
  });
});
