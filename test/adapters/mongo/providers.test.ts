import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Connection, connect } from '../../../src/adapters/mongo/client.ts';
import { type Collections, collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { mongoProviders } from '../../../src/adapters/mongo/providers.ts';
import type { ProviderStore } from '../../../src/app/providers/ports.ts';

let connection: Connection;
let collections: Collections;
let book: ProviderStore;
beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `providers_${randomBytes(6).toString('hex')}`);
  collections = collectionsOf(connection.db);
  book = mongoProviders(collections);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

test('a provider that nobody changed has an empty patch', async () => {
  expect(await book.get('gmail')).toEqual({});
  expect((await book.all()).has('gmail')).toBe(false);
});

test('a patch is kept whole, and an empty one leaves nothing behind', async () => {
  expect(await book.put('yahoo', { ceiling: 5, strict: false }, {})).toBe(true);
  expect(await book.get('yahoo')).toEqual({ ceiling: 5, strict: false });
  expect(await book.put('yahoo', { floor: 1 }, { ceiling: 5, strict: false })).toBe(true);
  expect((await book.all()).get('yahoo')).toEqual({ floor: 1 });
  expect(await book.put('yahoo', {}, { floor: 1 })).toBe(true);
  expect(await collections.providers.countDocuments({ _id: 'yahoo' })).toBe(0);
  expect(await book.put('yahoo', {}, {})).toBe(true);
});

test('who read an older patch changes nothing', async () => {
  await book.put('alpha.example', { ceiling: 5 }, {});
  expect(await book.put('alpha.example', { ceiling: 6 }, {})).toBe(false);
  expect(await book.put('alpha.example', { ceiling: 6 }, { ceiling: 4 })).toBe(false);
  expect(await book.put('alpha.example', {}, { ceiling: 4 })).toBe(false);
  expect(await book.put('nobody.example', { ceiling: 6 }, { ceiling: 4 })).toBe(false);
  expect(await book.get('alpha.example')).toEqual({ ceiling: 5 });
  expect(await book.get('nobody.example')).toEqual({});
});

test('of many writers who read the same patch one wins', async () => {
  const wins = await Promise.all([1, 2, 3, 4].map((ceiling) => book.put('beta.example', { ceiling }, {})));
  expect(wins.filter(Boolean)).toHaveLength(1);
});
