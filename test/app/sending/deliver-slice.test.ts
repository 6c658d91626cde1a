import { describe, expect, test } from 'vitest';
import { makeSliceWorker } from '../../../src/app/sending/deliver-slice.ts';
import type { Claimed } from '../../../src/app/sending/ports.ts';
import { DEFAULT_GIVE_UP_MS } from '../../../src/core/recipients/give-up.ts';
import { makeWorld } from '../world.ts';

/** A slice worker over one lane whose letters take 50 ms. */
async function setUp(recipients = 10) {
  const world = makeWorld();
  const { clock, memory } = world;
  memory.add('c1', recipients, 'a.example');
  const run = {
    id: 'c1',
    giveUpAfterMs: DEFAULT_GIVE_UP_MS,
    deadline: null,
    stop: new AbortController(),
    mayStart: () => true,
  };
  const held = { now: true };
  const lane = { senders: () => 2, rate: () => 11, isHeld: () => held.now };
  const sent: string[] = [];
  const returned: string[] = [];
  const deps = world.deps('w1');
  const settle = (row: Claimed, to: 'sent' | 'pending') =>
    deps.ledger
      .settle([
        {
          ...{ id: row.id, by: row.by, attempted: false, failed: false, reply: null, firstTriedAt: null },
          to: to === 'sent' ? { state: 'sent' } : { state: 'pending', dueAt: clock.now() },
        },
      ])
      .then(
        () => undefined,
        () => undefined,
      );
  const worker = makeSliceWorker({
    ...deps,
    campaignRuns: { run: (id) => (id === 'c1' ? (run as never) : undefined) },
    lanes: { get: async () => lane as never },
    sender: {
      async send(_, __, row) {
        await new Promise<void>((resolve) => void clock.after(50, resolve));
        sent.push(row.id);
        return { written: settle(row, 'sent') };
      },
      async giveBack(row) {
        returned.push(row.id);
        await settle(row, 'pending');
      },
    },
    routing: () => world.rules,
  });
  await deps.mx.start();
  await worker.start();
  return { world, clock, memory, worker, run, held, sent, returned };
}

const JOB = { campaignId: 'c1', slice: 0 };

describe('the work on a slice', () => {
  test('goes through all its rows, writes their outcomes and gives the slice back', async () => {
    const { worker, clock, memory, sent } = await setUp(10);
    const worked = worker.deliver(JOB);
    await clock.advance(1_000);
    expect(await worked).toBe(true);
    expect(sent).toHaveLength(10);
    expect(memory.inState('sent')).toBe(10);
    expect(memory.leases.size).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  test('never sends whom no rule routes by the route of others', async () => {
    const { worker, clock, memory, world } = await setUp(3);
    memory.add('c1', 3, 'withdrawn.example');
    world.rules = [{ domain: 'a.example', route: 'relay' }];
    const worked = worker.deliver(JOB);
    await clock.advance(1_000);
    expect(await worked).toBe(true);
    const states = memory.rows.map(({ domain, state }) => `${domain} ${state}`);
    expect(new Set(states)).toEqual(new Set(['a.example sent', 'withdrawn.example pending']));
  });

  test('twice at once is done once', async () => {
    const { worker, clock, sent } = await setUp(10);
    const both = Promise.all([worker.deliver(JOB), worker.deliver(JOB)]);
    await clock.advance(1_000);
    expect((await both).sort()).toEqual([false, true]);
    expect(new Set(sent).size).toBe(sent.length);
  });

  test('ends after half a minute, and the rows that nobody took go back', async () => {
    const { worker, clock, memory, returned } = await setUp(2_000);
    const worked = worker.deliver(JOB);
    await clock.advance(31_000);
    expect(await worked).toBe(true);
    expect(memory.inState('sent')).toBeGreaterThan(1_000);
    expect(returned.length).toBeGreaterThan(0);
    expect(memory.inState('claimed')).toBe(0);
  });

  test.each([
    ['the campaign is paused', 'run'],
    ['the slice is lost to another', 'lease'],
    ['the lane is lost', 'lane'],
  ] as const)('begins no letter any more when %s', async (_, what) => {
    const { worker, clock, run, held, sent, memory } = await setUp(100);
    const worked = worker.deliver(JOB);
    await clock.advance(120);
    if (what === 'run') run.stop.abort();
    if (what === 'lease') worker.lose(worker.leases()[0]!);
    if (what === 'lane') held.now = false;
    const began = sent.length + 2;
    await clock.advance(1_000);
    await worked;
    expect(sent.length).toBeLessThanOrEqual(began);
    expect(memory.inState('claimed')).toBe(0);
  });

  test('is finished at a stop: letters under way end and are written; after it there is none', async () => {
    const { worker, clock, memory, sent } = await setUp(100);
    const worked = worker.deliver(JOB);
    await clock.advance(120);
    const stopped = worker.stop(1_000);
    await clock.advance(50);
    await Promise.all([stopped, worked]);
    expect(memory.inState('sent')).toBe(sent.length);
    expect(memory.leases.size).toBe(0);
    expect(await worker.deliver(JOB)).toBe(false);
    expect(clock.pending()).toBe(0);
  });

  test('keeps its lease when the end could not be written: rescue comes for it', async () => {
    const { worker, clock, world, memory } = await setUp(4);
    const worked = worker.deliver(JOB).catch(() => undefined);
    await clock.advance(60);
    world.turn('failing');
    await clock.advance(1_000);
    await worked;
    expect(memory.leases.size).toBe(1);
    expect(worker.leases()).toEqual([]);
    expect(world.logged).toContain('slice not released');
  });
});
