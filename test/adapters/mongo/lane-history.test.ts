import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Connection, connect } from '../../../src/adapters/mongo/client.ts';
import { type Collections, collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { ensureIndexes } from '../../../src/adapters/mongo/indexes.ts';
import { mongoLaneHistory } from '../../../src/adapters/mongo/lane-history.ts';
import { mongoLaneReader, mongoLanes } from '../../../src/adapters/mongo/lanes.ts';
import type { LaneHistory, LaneSample } from '../../../src/app/lanes/ports.ts';
import { newId } from '../../setup/ids.ts';

let connection: Connection;
let collections: Collections;
let history: LaneHistory;
beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `lane_history_${randomBytes(6).toString('hex')}`);
  collections = collectionsOf(connection.db);
  await ensureIndexes(connection.db);
  history = mongoLaneHistory(collections);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

const START = Date.UTC(2026, 10, 24, 11, 59, 58);
const sample = (second: number, more: Partial<LaneSample> = {}): LaneSample => ({
  ...{ at: new Date(START + second * 1_000), allowed: 5.25, accepted: second, throttled: 1, other: 0, sessions: 2 },
  ...more,
});
const samples = (count: number) => Array.from({ length: count }, (_, i) => sample(i));
const ALL = [new Date(0), new Date(START + 86_400_000)] as const;

test('seconds come back as they were, in order, whatever the order of writing', async () => {
  const some = samples(130);
  await history.add('relay:a', some.slice(65));
  await history.add('relay:a', some.slice(0, 65));
  await history.add('relay:a', []);
  expect(await history.read('relay:a', ...ALL)).toEqual(some);
  expect(await collections.laneSamples.countDocuments({ _id: /^relay:a\|/ })).toBe(4);
});

test('a span begins with its first second and ends before its last', async () => {
  await history.add('relay:b', samples(130));
  const [from, until] = [sample(1).at, sample(63).at];
  const seconds = (await history.read('relay:b', from, until)).map(({ accepted }) => accepted);
  expect(seconds).toEqual(Array.from({ length: 62 }, (_, i) => i + 1));
  expect(await history.read('relay:b', until, until)).toEqual([]);
});

test('a second that is written again keeps the last, and its neighbours', async () => {
  await history.add('relay:c', samples(3));
  await history.add('relay:c', [sample(1, { accepted: 99 })]);
  expect((await history.read('relay:c', ...ALL)).map(({ accepted }) => accepted)).toEqual([0, 99, 2]);
});

test('lanes do not see each other, even where one name begins another', async () => {
  await history.add('relay:d', samples(1));
  await history.add('relay:dd', samples(3));
  expect(await history.read('relay:d', ...ALL)).toHaveLength(1);
  expect(await history.last('relay:d')).toEqual(sample(0).at);
});

test('knows the last second of a lane', async () => {
  expect(await history.last('relay:nobody')).toBeNull();
  await history.add('relay:e', [sample(9), sample(70), sample(4)]);
  expect(await history.last('relay:e')).toEqual(sample(70).at);
});

test('is forgotten after a week', async () => {
  const [ttl] = (await collections.laneSamples.indexes()).filter((index) => index['expireAfterSeconds']);
  expect(ttl).toMatchObject({ key: { m: 1 }, expireAfterSeconds: 7 * 86_400 });
  await history.add('relay:f', samples(1));
  expect((await collections.laneSamples.findOne({ _id: /^relay:f\|/ }))!.m).toBeInstanceOf(Date);
});

test('turns are the latest decisions of the kinds asked for within a span, the oldest first', async () => {
  const { decide } = mongoLanes(collections, newId);
  const now = Date.now();
  const decision = (action: string, at: number, lane = 'relay:g') => ({
    ...{ lane, at: new Date(now + at), action, rateBefore: 2, rateAfter: 1, connections: 1, pausedUntil: null },
    ...{ cause: 'throttling' as const, rule: 'code.421', reply: '421 later' },
  });
  const made = [decision('brake', -3), decision('climb', -2), decision('deep', -1), decision('open', 0)];
  for (const one of [...made, decision('brake', -2, 'relay:h'), decision('brake', 5)]) await decide(one);
  const turns = (limit: number, from = -10_000) =>
    mongoLaneReader(collections)
      .turns('relay:g', new Date(now + from), new Date(now + 5), ['brake', 'deep', 'open'], limit)
      .then((found) => found.map(({ action }) => action));
  expect(await turns(10)).toEqual(['brake', 'deep', 'open']);
  expect(await turns(2)).toEqual(['deep', 'open']);
  expect(await turns(10, 0)).toEqual(['open']);
});
