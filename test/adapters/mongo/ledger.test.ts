import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { type Connection, connect } from '../../../src/adapters/mongo/client.ts';
import { type Collections, collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { ensureIndexes } from '../../../src/adapters/mongo/indexes.ts';
import { mongoLedger } from '../../../src/adapters/mongo/ledger.ts';
import { mongoRecipientReader } from '../../../src/adapters/mongo/recipient-reader.ts';
import { mongoSlices } from '../../../src/adapters/mongo/slices.ts';
import type { Ledger, Slices } from '../../../src/app/sending/ports.ts';
import { TERMINAL_STATES } from '../../../src/core/recipients/recipient.ts';
import { aSlice, settlement } from './a-slice.ts';

let connection: Connection;
let all: Collections;
let ledger: Ledger;
let slices: Slices;

beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `ledger_${randomBytes(6).toString('hex')}`);
  await ensureIndexes(connection.db);
  all = collectionsOf(connection.db);
  ledger = mongoLedger(all, systemClock);
  slices = mongoSlices(all, systemClock);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

const slice = (count: number) => aSlice(all, ledger, count);

describe('a claim', () => {
  test('takes each row for one claimant only, however many ask at once', async () => {
    const { claim } = await slice(300);
    const taken = await Promise.all(Array.from({ length: 10 }, (_, index) => claim(60, `w${index}`)));
    const ids = taken.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const rest = await claim(300, 'last');
    expect(ids.length + rest.length).toBe(300);
  });

  test('reads one slice through its index and nothing else', async () => {
    const { ref } = await slice(10);
    const filter = { ...ref, state: 'pending' as const, dueAt: { $lte: new Date() } };
    const plan = JSON.stringify(
      await all.recipients
        .find(filter as never)
        .limit(5)
        .explain('queryPlanner'),
    );
    expect(plan).toContain('IXSCAN');
    expect(plan).toContain('campaignId_1_slice_1_state_1_dueAt_1');
    expect(plan).not.toContain('COLLSCAN');
  });

  test('takes those that failed before first, as half of it while there are others, and all of either alone', async () => {
    const { ref, claim } = await slice(20);
    const retries = await all.recipients.find(ref, { projection: { _id: 1 }, limit: 12 }).toArray();
    const ids = retries.map(({ _id }) => _id);
    await all.recipients.updateMany({ _id: { $in: ids } }, { $set: { state: 'deferred', failures: 1 } });
    const kinds = async (limit: number) => (await claim(limit, 'w')).map(({ id }) => (ids.includes(id) ? 'r' : 'f'));
    expect((await kinds(6)).join('')).toBe('rrrfff');
    expect((await kinds(8)).join('')).toBe('rrrrffff');
    expect((await kinds(4)).join('')).toBe('rrrf');
    expect((await kinds(9)).join('')).toBe('rr');
  });

  test('leaves those alone who are not due', async () => {
    const { ref, claim } = await slice(3);
    const later = new Date(Date.now() + 60_000);
    await all.recipients.updateOne({ campaignId: ref.campaignId }, { $set: { state: 'deferred', dueAt: later } });
    expect(await claim(10, 'w')).toHaveLength(2);
  });
});

describe('the mark', () => {
  test('stands only for rows that are still ours, and only once', async () => {
    const { claim, ref } = await slice(3);
    const rows = await claim(3, 'w1');
    await all.recipients.updateOne({ _id: rows[0]!.id }, { $set: { 'claim.by': 'somebody else' } });
    const marked = await ledger.mark(rows, Date.now() + 1_000);
    expect(marked).toEqual(new Set([rows[1]!.id, rows[2]!.id]));
    const pending = await all.recipients.countDocuments({ campaignId: ref.campaignId, state: 'claimed' });
    expect(pending).toBe(1);
  });
});

describe('an outcome', () => {
  test('is written for a row of ours, and reported for one that is not', async () => {
    const { claim, states } = await slice(3);
    const rows = await claim(3, 'w1');
    await ledger.mark(rows, Date.now() + 1_000);
    await all.recipients.updateOne({ _id: rows[2]!.id }, { $set: { 'claim.by': 'somebody else' } });
    const lost = await ledger.settle([
      settlement(rows[0]!, { state: 'sent' }),
      settlement(rows[1]!, { state: 'deferred', dueAt: Date.now() + 5_000 }),
      settlement(rows[2]!, { state: 'sent' }),
    ]);
    expect(lost).toEqual(new Set([rows[2]!.id]));
    expect(await states()).toEqual(['deferred', 'sending', 'sent']);
  });

  test('may be written again after an answer that was lost', async () => {
    const { claim } = await slice(2);
    const rows = await claim(2, 'w1');
    await ledger.mark(rows, Date.now() + 1_000);
    const settlements = rows.map((row) => settlement(row, { state: 'sent' }));
    await ledger.settle(settlements);
    expect(await ledger.settle(settlements)).toEqual(new Set());
    const row = await all.recipients.findOne({ _id: rows[0]!.id });
    expect(row).toMatchObject({ state: 'sent', attempts: 1 });
  });

  test('of a late 250 wins over the doubt of the rescue', async () => {
    const { claim, ref } = await slice(1);
    const [row] = await claim(1, 'w1');
    await ledger.mark([row!], Date.now() + 1_000);
    await all.recipients.updateOne({ _id: row!.id }, { $set: { state: 'uncertain' } });
    await ledger.settle([settlement(row!, { state: 'sent' })]);
    expect(await all.recipients.findOne({ campaignId: ref.campaignId })).toMatchObject({ state: 'sent' });
  });
});

describe('what is over', () => {
  test.each([
    ['pending', 'uncertain'],
    ['deferred', 'uncertain'],
    ['expired', 'uncertain'],
    ['sent', 'sent'],
    ['bounced', 'bounced'],
  ] as const)('an answer that says %s and comes after the rescue leaves it %s', async (to, left) => {
    const { ref, claim, states } = await slice(1);
    const lease = await slices.lease(ref, 'slow', -1_000);
    const [row] = await claim(1, 'slow.1');
    await ledger.mark([row!], Date.now());
    await slices.recover(lease!, 'hold');
    const state = to === 'pending' || to === 'deferred' ? { state: to, dueAt: Date.now() } : { state: to };
    await ledger.settle([settlement(row!, state)]);
    expect(await states()).toEqual([left]);
  });

  test.each(TERMINAL_STATES.filter((state) => state !== 'uncertain'))('%s stays so, whatever comes', async (state) => {
    const { claim, states } = await slice(1);
    const [row] = await claim(1, 'slow.1');
    await all.recipients.updateOne({ _id: row!.id }, { $set: { state } });
    await ledger.settle([settlement(row!, { state: 'pending', dueAt: 0 })]);
    await ledger.settle([settlement(row!, { state: 'bounced' })]);
    await ledger.settle([settlement(row!, { state: 'sent' })]);
    expect(await states()).toEqual([state]);
  });
});

describe('a slice', () => {
  test('has one holder at a time', async () => {
    const { ref } = await slice(1);
    const leases = await Promise.all(['a', 'b', 'c'].map((by) => slices.lease(ref, by, 60_000)));
    expect(leases.filter(Boolean)).toHaveLength(1);
  });

  test('whose holder died gives claimed rows back and names the doubtful ones', async () => {
    const { ref, claim, states } = await slice(4);
    const lease = await slices.lease(ref, 'dead', -1_000);
    const rows = await claim(2, 'dead.1');
    await ledger.mark(rows.slice(0, 1), Date.now());
    expect(await slices.abandoned()).toContainEqual(lease);
    expect(await slices.recover(lease!, 'hold')).toEqual({ returned: 1, uncertain: 1 });
    expect(await states()).toEqual(['pending', 'pending', 'pending', 'uncertain']);
    expect(await slices.lease(ref, 'next', 60_000)).not.toBeNull();
    expect((await slices.sums(ref.campaignId)).counts).toMatchObject({ pending: 3, uncertain: 1 });
  });

  test('where doubtful letters may go again, nobody else waits for the deadline of their attempt', async () => {
    const { ref, claim, states } = await slice(3);
    const lease = await slices.lease(ref, 'dead', -1_000);
    const rows = await claim(2, 'dead.1');
    await ledger.mark(rows.slice(0, 1), Date.now() + 60_000);
    expect(await slices.recover(lease!, 'resend')).toEqual({ returned: 1, uncertain: 1 });
    expect(await states()).toEqual(['pending', 'pending', 'sending']);
    const next = await slices.lease(ref, 'next', 60_000);
    const [mine] = await claim(1, 'next.1');
    await ledger.mark([mine!], Date.now() - 1_000);
    expect(await slices.resendDoubtful()).toBe(0);
    expect(await mongoRecipientReader(all).doubtful(ref.campaignId)).toMatchObject({ letters: 1 });

    await all.slices.updateOne({ _id: `${ref.campaignId}:0` }, { $set: { 'doubtful.until': new Date(0) } });
    expect(await slices.resendDoubtful()).toBe(1);
    // Whoever works on the slice now answers for his own letter, however late.
    expect(await states()).toEqual(['deferred', 'pending', 'sending']);
    expect(await mongoRecipientReader(all).doubtful(ref.campaignId)).toBeNull();
    await slices.release(next!);
  });

  test('gives those that failed before back as what they were', async () => {
    const { ref, claim, states } = await slice(2);
    await all.recipients.updateOne({ campaignId: ref.campaignId }, { $set: { state: 'deferred', failures: 1 } });
    const lease = await slices.lease(ref, 'dead', -1_000);
    await claim(2, 'dead.1');
    await slices.recover(lease!, 'hold');
    expect(await states()).toEqual(['deferred', 'pending']);
  });

  test('whose holder lives is not recovered', async () => {
    const { ref } = await slice(1);
    const lease = await slices.lease(ref, 'alive', 60_000);
    expect(await slices.abandoned()).not.toContainEqual(lease);
    expect(await slices.recover(lease!, 'hold')).toEqual({ returned: 0, uncertain: 0 });
  });

  test('that was taken from its holder is reported at the next renewal', async () => {
    const { ref } = await slice(1);
    const lease = await slices.lease(ref, 'slow', 60_000);
    await all.slices.updateOne({ _id: `${ref.campaignId}:0` }, { $set: { 'lease.by': 'other' } });
    expect(await slices.renew([lease!], 60_000)).toEqual([lease]);
  });
});
