import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { type Connection, connect } from '../../../src/adapters/mongo/client.ts';
import { type Collections, collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { ensureIndexes } from '../../../src/adapters/mongo/indexes.ts';
import { mongoLedger } from '../../../src/adapters/mongo/ledger.ts';
import { mongoSlices } from '../../../src/adapters/mongo/slices.ts';
import type { Ledger, Slices } from '../../../src/app/sending/ports.ts';
import { aSlice, settlement } from './a-slice.ts';

let connection: Connection;
let all: Collections;
let ledger: Ledger;
let slices: Slices;

beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `give_up_${randomBytes(6).toString('hex')}`);
  await ensureIndexes(connection.db);
  all = collectionsOf(connection.db);
  ledger = mongoLedger(all, systemClock);
  slices = mongoSlices(all, systemClock);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

const REPLY = { code: 421, enhanced: '4.7.0', text: 'Try again later' };
const NOON = Date.UTC(2026, 10, 24, 12);

/** A slice in which these many were tried at noon and heard 421, and are due again. */
async function tried(count: number, of: number) {
  const set = await aSlice(all, ledger, of);
  const rows = await set.claim(count, 'first');
  await ledger.settle(
    rows.map((row) => ({
      ...settlement(row, { state: 'pending', dueAt: -1_000 }),
      ...{ attempted: false, reply: REPLY, firstTriedAt: NOON },
    })),
  );
  await slices.refresh(set.ref);
  const row = () => all.recipients.findOne({ _id: rows[0]!.id });
  return { ...set, row };
}

describe('a row that was tried and goes back', () => {
  test('keeps when that was and what was said, also over a try that says nothing', async () => {
    const { claim, row } = await tried(1, 1);
    expect(await row()).toMatchObject({ state: 'pending', lastReply: REPLY, firstTriedAt: new Date(NOON) });
    const [again] = await claim(1, 'second');
    expect(again).toMatchObject({ firstTriedAt: NOON });
    await ledger.settle([{ ...settlement(again!, { state: 'pending', dueAt: 0 }), firstTriedAt: again!.firstTriedAt }]);
    expect(await row()).toMatchObject({ state: 'pending', lastReply: REPLY, firstTriedAt: new Date(NOON) });
  });

  test('is offered until its time is over, and then ends with its last words', async () => {
    const { claim, row, states } = await tried(3, 5);
    expect(await claim(1, 'early', NOON - 1)).toHaveLength(1);
    const taken = await claim(10, 'late', NOON);
    expect(taken).toHaveLength(2);
    expect(taken.every(({ firstTriedAt }) => firstTriedAt === null)).toBe(true);
    expect(await states()).toEqual(['claimed', 'claimed', 'claimed', 'expired', 'expired']);
    const expired = await all.recipients.findOne({ campaignId: (await row())!.campaignId, state: 'expired' });
    expect(expired).toMatchObject({ lastReply: REPLY, dueAt: null, settledAt: expect.any(Date) });
  });
});

describe('giving up', () => {
  test('ends those whose time is over, and nobody who was never tried or is in work', async () => {
    const { ref, claim, states } = await tried(3, 5);
    expect(await slices.expireTried(ref.campaignId, NOON - 1, 10)).toBe(0);
    await claim(2, 'mine', NOON - 1);
    expect(await slices.expireTried(ref.campaignId, NOON, 10)).toBe(1);
    expect((await states()).filter((state) => state === 'expired')).toHaveLength(1);
    expect((await slices.sums(ref.campaignId)).counts).toMatchObject({ expired: 1, claimed: 2, pending: 2 });
  });

  test('takes deferred ones too, whenever they were due', async () => {
    const { ref, states } = await tried(2, 2);
    const later = new Date(Date.now() + 3_600_000);
    await all.recipients.updateMany(ref, { $set: { state: 'deferred', dueAt: later } });
    expect(await slices.expireTried(ref.campaignId, NOON, 10)).toBe(2);
    expect(await states()).toEqual(['expired', 'expired']);
    expect((await slices.sums(ref.campaignId)).nextDueAt).toBeNull();
  });

  test('looks at no more slices at once than it may, and at none in which nobody is old', async () => {
    const { ref } = await tried(1, 1);
    const doc = (await all.slices.findOne({ campaignId: ref.campaignId }))!;
    await all.slices.insertOne({ ...doc, _id: `${ref.campaignId}:1`, slice: 1 });
    const row = (await all.recipients.findOne({ campaignId: ref.campaignId }))!;
    await all.recipients.insertOne({ ...row, _id: `${row._id}x`, key: 'other', slice: 1 });
    expect(await slices.expireTried(ref.campaignId, NOON, 1)).toBe(1);
    expect(await slices.expireTried(ref.campaignId, NOON, 1)).toBe(1);
    expect(await slices.expireTried(ref.campaignId, NOON, 1)).toBe(0);
  });

  test('a letter that a dead worker had under way is a try', async () => {
    const { ref, claim } = await aSlice(all, ledger, 1);
    const lease = await slices.lease(ref, 'dead', -1_000);
    const [row] = await claim(1, 'dead.1');
    await ledger.mark([row!], Date.now() - 1_000);
    await slices.recover(lease!, 'resend');
    expect(await slices.resendDoubtful()).toBe(1);
    const { firstTriedAt } = (await all.recipients.findOne(ref))!;
    expect(Math.abs(firstTriedAt!.getTime() - Date.now())).toBeLessThan(60_000);
    expect(await slices.expireTried(ref.campaignId, firstTriedAt!.getTime(), 10)).toBe(1);
  });
});
