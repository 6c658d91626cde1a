import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Connection, connect } from '../../../src/adapters/mongo/client.ts';
import { collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { ensureIndexes } from '../../../src/adapters/mongo/indexes.ts';
import { mongoReplyStores } from '../../../src/adapters/mongo/replies.ts';
import type { ReplyStores, UnknownNote } from '../../../src/app/replies/ports.ts';
import { TALLY_SLOT_MS, type Tally } from '../../../src/core/replies/tally.ts';

let connection: Connection;
let books: ReplyStores;
beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `replies_${randomBytes(6).toString('hex')}`);
  await ensureIndexes(connection.db);
  books = mongoReplyStores(collectionsOf(connection.db));
});
beforeEach(async () => {
  const { refusals, unknownReplies, replyRules } = collectionsOf(connection.db);
  await Promise.all([refusals.deleteMany({}), unknownReplies.deleteMany({}), replyRules.deleteMany({})]);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

const NOON = Date.UTC(2026, 10, 24, 12);

const tally = (change: Partial<Tally> = {}): Tally => ({
  ...{
    campaignId: 'c1',
    lane: 'relay:gmail',
    slot: NOON,
    rule: 'general.rate',
    code: 421,
    enhanced: '4.7.0',
    count: 3,
  },
  verdict: { cause: 'throttling', meaning: 'rate_limit', reaction: 'lower_rate', scope: 'provider', explicit: false },
  ...{ firstAt: NOON + 1, lastAt: NOON + 9, examples: ['421 4.7.0 slow down'], ...change },
});

describe('tallies', () => {
  test('are read as they were written, however often that was', async () => {
    await books.refusals.write('w1', [tally({ count: 1 }), tally({ rule: null, verdict: null, examples: [] })]);
    await books.refusals.write('w1', [tally()]);
    await books.refusals.write('w1', [tally()]);
    const read = await books.refusals.read({ lane: 'relay:gmail' }, NOON);
    expect(read.toSorted((a, b) => a.examples.length - b.examples.length)).toEqual([
      tally({ rule: null, verdict: null, examples: [] }),
      tally(),
    ]);
  });

  test('of two workers stand beside each other', async () => {
    await books.refusals.write('w1', [tally()]);
    await books.refusals.write('w2', [tally({ count: 4 })]);
    const counts = (await books.refusals.read({ campaignId: 'c1' }, NOON)).map(({ count }) => count);
    expect(counts.toSorted()).toEqual([3, 4]);
  });

  test('are read by lane, by campaign and from a time on, the slot in which it lies included', async () => {
    await books.refusals.write('w1', [
      tally({ slot: NOON - TALLY_SLOT_MS }),
      tally(),
      tally({ lane: 'relay:yahoo' }),
      tally({ campaignId: 'c2' }),
    ]);
    expect(await books.refusals.read({}, NOON + 1000)).toHaveLength(3);
    expect(await books.refusals.read({ lane: 'relay:yahoo' }, NOON)).toHaveLength(1);
    expect(await books.refusals.read({ campaignId: 'c1' }, NOON)).toHaveLength(2);
    const slots = (await books.refusals.read({ lane: 'relay:gmail', campaignId: 'c1' }, NOON - 1)).map(
      ({ slot }) => slot,
    );
    expect(slots).toEqual([NOON - TALLY_SLOT_MS, NOON]);
  });
});

describe('unknown replies', () => {
  const note = (shape: string, change: Partial<UnknownNote> = {}): UnknownNote => ({
    ...{ provider: 'gmail', code: 451, enhanced: null, text: shape, shape, count: 1, lanes: ['relay:gmail'] },
    ...{ firstAt: new Date(NOON), lastAt: new Date(NOON), ...change },
    sorted: { rule: 'code.4xx', meaning: 'server_busy', reaction: 'retry_recipient' },
  });
  const list = async (order: 'frequent' | 'newest', limit = 10, cursor: string | null = null) =>
    books.unknownReplies.list({ order, limit, cursor });

  test('add up under the same provider, codes and words, with the first text', async () => {
    await books.unknownReplies.add([note('moon', { text: 'MOON 1' }), note('sun')]);
    await books.unknownReplies.add([
      note('moon', { text: 'MOON 2', count: 4, lanes: ['b:gmail'], lastAt: new Date(NOON + 5) }),
      note('moon', { code: 550 }),
      note('moon', { provider: 'yahoo' }),
      note('moon', { enhanced: '4.7.1' }),
    ]);
    const { items } = await list('frequent');
    expect(items).toHaveLength(5);
    expect(items[0]).toMatchObject({
      ...{ count: 5, text: 'MOON 1', firstAt: new Date(NOON), lastAt: new Date(NOON + 5) },
      lanes: ['relay:gmail', 'b:gmail'],
    });
    expect(items[0]).not.toHaveProperty('dismissed');
  });

  test('are listed by number or by time, in pages', async () => {
    const words = ['a', 'b', 'c', 'd', 'e'];
    await books.unknownReplies.add(
      words.map((word, index) =>
        note(word, { count: 10 - Math.floor(index / 2), lastAt: new Date(NOON + index * 1000) }),
      ),
    );
    const collect = async (order: 'frequent' | 'newest') => {
      const found: string[] = [];
      for (let cursor: string | null = null; ; ) {
        const page = await list(order, 2, cursor);
        found.push(...page.items.map(({ text }) => text));
        cursor = page.nextCursor;
        if (cursor === null) return found;
      }
    };
    expect((await collect('frequent')).map((word) => 'aabbc'['abcde'.indexOf(word)])).toEqual([...'aabbc']);
    expect(await collect('newest')).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  test('that were dismissed stay away though heard again; those forgotten come back', async () => {
    await books.unknownReplies.add([note('moon'), note('sun')]);
    const [moon] = (await list('frequent')).items.filter(({ text }) => text === 'moon');
    expect(await books.unknownReplies.dismiss(moon!.id)).toBe(true);
    expect(await books.unknownReplies.dismiss('f'.repeat(24))).toBe(false);
    await books.unknownReplies.add([note('moon')]);
    expect((await list('newest')).items.map(({ text }) => text)).toEqual(['sun']);
    await books.unknownReplies.forget(moon!.id);
    await books.unknownReplies.add([note('moon')]);
    expect((await list('newest')).items.map(({ id, count, text }) => [id, count, text])).toContainEqual([
      moon!.id,
      1,
      'moon',
    ]);
  });
});

test('reply rules are put, replaced, listed newest first and removed', async () => {
  const rule = (id: string, minute: number, pauseSeconds = 60) => ({
    ...({ id, provider: null, reply: '451 The moon is full', meaning: 'rate_limit', reaction: 'lower_rate' } as const),
    ...{ pauseSeconds, explicit: false, at: new Date(NOON + minute * 60_000) },
  });
  await books.replyRules.put(rule('a', 1));
  await books.replyRules.put(rule('b', 2));
  await books.replyRules.put(rule('a', 3, 90));
  expect(await books.replyRules.all()).toEqual([rule('a', 3, 90), rule('b', 2)]);
  expect(await books.replyRules.get('b')).toEqual(rule('b', 2));
  expect(await books.replyRules.remove('b')).toBe(true);
  expect(await books.replyRules.remove('b')).toBe(false);
  expect(await books.replyRules.get('b')).toBeNull();
});
