import { describe, expect, test } from 'vitest';
import { makeWorld } from '../world.ts';

const SECOND = 1_000;

/** A worker that has begun to send. */
async function sending(recipients: number) {
  const world = makeWorld();
  world.addCampaign('c1', recipients);
  const worker = world.worker();
  await worker.start();
  return { ...world, world, worker };
}

/** Stops it while the clock goes on; answers how long that took, ms. */
async function stop({ clock, worker }: Awaited<ReturnType<typeof sending>>, graceMs: number): Promise<number> {
  const from = clock.now();
  let tookMs = Number.NaN;
  const stopped = worker.stop(graceMs).then(() => {
    tookMs = clock.now() - from;
  });
  await clock.advance(graceMs);
  await stopped;
  return tookMs;
}

describe('a worker', () => {
  test('sends to everybody once and finishes the campaign', async () => {
    const set = await sending(200);
    await set.clock.advance(60 * SECOND);
    expect(set.memory.inState('sent')).toBe(200);
    expect(new Set(set.world.sent).size).toBe(200);
    expect(set.campaigns.get('c1')!.state).toBe('finished');
    await stop(set, 5 * SECOND);
  });

  test('shows itself in the registry while it works, and leaves nothing behind', async () => {
    const set = await sending(50);
    await set.clock.advance(2 * SECOND);
    expect([...set.world.workers]).toEqual(['w1']);
    expect(set.owners.get('relay:other')!.owner).toBe('w1');
    await stop(set, 5 * SECOND);
    expect([...set.world.workers]).toEqual([]);
    expect([...set.owners.values()].map(({ owner }) => owner)).not.toContain('w1');
    expect(set.holders.size).toBe(0);
    expect(set.memory.leases.size).toBe(0);
    expect(set.clock.pending()).toBe(0);
  });

  test('lets letters under way finish at a stop, begins none, and takes no longer than they do', async () => {
    const set = await sending(500);
    set.world.server = () => ({ tookMs: 3 * SECOND });
    await set.clock.advance(2 * SECOND);
    const began = set.world.sent.length;
    expect(began).toBeGreaterThan(0);
    const tookMs = await stop(set, 20 * SECOND);
    expect(tookMs).toBeLessThan(3.5 * SECOND);
    expect(set.world.sent).toHaveLength(began);
    expect(set.memory.inState('sent')).toBe(began);
    expect(set.memory.inState('pending')).toBe(500 - began);
  });

  test('cuts letters that take too long within its grace, and names them uncertain', async () => {
    const set = await sending(100);
    set.world.server = () => ({ tookMs: 600 * SECOND });
    await set.clock.advance(2 * SECOND);
    const began = set.world.sent.length;
    expect(began).toBeGreaterThan(0);
    expect(await stop(set, 10 * SECOND)).toBeLessThanOrEqual(10 * SECOND);
    expect(set.memory.inState('uncertain')).toBe(began);
    expect(set.memory.inState('pending')).toBe(100 - began);
    expect(set.clock.pending()).toBe(0);
  });

  test('goes on after a stop and a start, and mails nobody twice', async () => {
    const set = await sending(300);
    for (let time = 0; time < 4; time++) {
      await set.clock.advance(1_500);
      await stop(set, 5 * SECOND);
      await set.worker.start();
    }
    await set.clock.advance(60 * SECOND);
    expect(set.memory.inState('sent')).toBe(300);
    expect(new Set(set.world.sent).size).toBe(set.world.sent.length);
    await stop(set, 5 * SECOND);
  });

  test.each(['silent', 'failing'] as const)('ends within its grace while the database is %s', async (database) => {
    const set = await sending(200);
    await set.clock.advance(2 * SECOND);
    set.world.turn(database);
    await set.clock.advance(SECOND);
    expect(await stop(set, 8 * SECOND)).toBeLessThanOrEqual(8 * SECOND);
    expect(set.clock.pending()).toBe(0);
  });

  test('starts while the database is away, and works once it is back', async () => {
    const world = makeWorld();
    world.addCampaign('c1', 20);
    world.turn('failing');
    const worker = world.worker();
    await worker.start();
    await world.clock.advance(5 * SECOND);
    expect(world.sent).toEqual([]);
    expect(world.logged).toContain('configuration not read');
    expect(world.logged.filter((event) => event === 'loop failed').length).toBeLessThanOrEqual(11);
    world.turn('up');
    await world.clock.advance(30 * SECOND);
    expect(world.memory.inState('sent')).toBe(20);
    await Promise.all([worker.stop(SECOND), world.clock.advance(SECOND)]);
  });

  test('stopped while it starts against a silent database, it ends all the same', async () => {
    const world = makeWorld();
    world.turn('silent');
    const worker = world.worker();
    const started = worker.start();
    const stopped = worker.stop(2 * SECOND);
    await world.clock.advance(2 * SECOND);
    await Promise.all([started, stopped]);
    expect(world.clock.pending()).toBe(0);
  });

  test('two share the work without a letter twice, and what one held is free once it has stopped', async () => {
    const world = makeWorld();
    world.addCampaign('c1', 400);
    const [first, second] = [world.worker('w1'), world.worker('w2')];
    await Promise.all([first.start(), second.start()]);
    await world.clock.advance(3 * SECOND);
    await Promise.all([first.stop(5 * SECOND), world.clock.advance(5 * SECOND)]);
    await world.clock.advance(60 * SECOND);
    expect(world.memory.inState('sent')).toBe(400);
    expect(new Set(world.sent).size).toBe(400);
    await Promise.all([second.stop(5 * SECOND), world.clock.advance(5 * SECOND)]);
  });
});
