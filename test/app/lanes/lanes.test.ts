import { describe, expect, test, vi } from 'vitest';
import type { Lane } from '../../../src/app/lanes/lane.ts';
import { makeLanes } from '../../../src/app/lanes/lanes.ts';
import { NO_ORDERS } from '../../../src/core/lanes/lane.ts';
import type { Route } from '../../../src/core/lanes/routing.ts';
import { makeWorld, RELAY, type World } from '../world.ts';

const SECOND = 1_000;
const ROW = { id: 'r1', campaignId: 'c1', domain: 'a.example', failures: 0 };
const LETTER = { envelopeFrom: '', to: 'r@a.example', domain: 'a.example', raw: Buffer.from('') };
const NEVER = new AbortController().signal;

async function lanesOf(world: World, owner: string, ours: { -readonly [K in 'now' | 'another']: boolean }) {
  const deps = world.deps(owner);
  const lanes = makeLanes({
    ...deps,
    ...{ store: deps.laneStore, shares: deps.routeShares, history: deps.laneHistory, owner },
    ownership: { isOurs: () => ours.now, isForAnother: () => ours.another },
    siteOf: (domain) => domain,
  });
  await lanes.start();
  return lanes;
}

async function setUp() {
  const world = makeWorld();
  const ours = { now: true, another: false };
  return { world, ours, lanes: await lanesOf(world, 'w1', ours), clock: world.clock };
}

/** The same route to another server. */
const elsewhere = (port: number): Route => ({ ...RELAY, target: { ...RELAY.target, port } as Route['target'] });

async function letterThrough(lane: Lane): Promise<string> {
  const admission = await lane.admit(ROW, NEVER);
  if (admission === null || typeof admission === 'number') return 'not admitted';
  const { outcome } = await lane.send(LETTER, async () => lane.isHeld());
  lane.done(admission);
  return outcome;
}

describe('the lanes of a worker', () => {
  test('are opened once, however many ask at once, and send', async () => {
    const { lanes, clock, world } = await setUp();
    const [first, second] = await Promise.all([lanes.get('relay', 'gmail'), lanes.get('relay', 'gmail')]);
    expect(first).toBe(second);
    const sent = letterThrough(first!);
    await clock.advance(SECOND);
    expect(await sent).toBe('accepted');
    expect(world.owners.get('relay:gmail')).toMatchObject({ owner: 'w1', fence: 1 });
  });

  test('are nobody’s but their owner’s, and free again once it has stopped', async () => {
    const { world, lanes, clock } = await setUp();
    const others = await lanesOf(world, 'w2', { now: true, another: false });
    expect(await lanes.get('relay', 'gmail')).not.toBeNull();
    expect(await others.get('relay', 'gmail')).toBeNull();
    await Promise.all([lanes.stop(SECOND), clock.advance(SECOND)]);
    expect(await others.get('relay', 'gmail')).not.toBeNull();
    expect(world.owners.get('relay:gmail')!.fence).toBe(2);
  });

  test('that should be another’s, or whose route is unknown, are not opened', async () => {
    const { lanes, ours, world } = await setUp();
    expect(await lanes.get('nowhere', 'gmail')).toBeNull();
    ours.now = false;
    expect(await lanes.get('relay', 'gmail')).toBeNull();
    expect(world.owners.size).toBe(0);
  });

  test('are held only as long as the lease that was acquired, and renewed by saving', async () => {
    const { lanes, clock, world } = await setUp();
    const lane = (await lanes.get('relay', 'gmail'))!;
    await clock.advance(10 * SECOND);
    await lanes.save();
    await clock.advance(10 * SECOND);
    expect(lane.isHeld()).toBe(true);
    world.turn('failing');
    await expect(lanes.save()).rejects.toThrow('away');
    await clock.advance(4 * SECOND);
    expect(lane.isHeld()).toBe(false);
    expect(await letterThrough(lane)).toBe('not admitted');
  });

  test('that another took over are stopped at once, and nothing of theirs is written', async () => {
    const { lanes, world, clock } = await setUp();
    const lane = (await lanes.get('relay', 'gmail'))!;
    world.owners.set('relay:gmail', { owner: 'w2', fence: 7, control: null });
    await Promise.all([lanes.save(), clock.advance(SECOND)]);
    expect(lanes.all()).toEqual([]);
    expect(lane.isHeld()).toBe(false);
    expect(world.owners.get('relay:gmail')).toEqual({ owner: 'w2', fence: 7, control: null });
    expect(world.logged).toContain('lane lost');
  });

  test('are stopped when nobody has waited for a minute, or another should have them', async () => {
    const { lanes, ours, clock, world } = await setUp();
    await lanes.get('relay', 'gmail');
    for (let second = 0; second <= 62; second++) {
      await clock.advance(SECOND);
      await lanes.save();
    }
    expect(lanes.all()).toEqual([]);
    await lanes.get('relay', 'gmail');
    ours.another = true;
    await lanes.save();
    await clock.advance(SECOND);
    expect(lanes.all()).toEqual([]);
    expect(world.owners.get('relay:gmail')!.owner).toBe('');
  });

  test('learn from an earlier owner what its loops knew', async () => {
    const { world, lanes, clock } = await setUp();
    const lane = (await lanes.get('relay', 'gmail'))!;
    const before = lane.learned();
    await Promise.all([lanes.stop(SECOND), clock.advance(SECOND)]);
    expect(world.owners.get('relay:gmail')!.control).toEqual(before);
  });

  test('obey what is ordered at the next saving', async () => {
    const { lanes, world } = await setUp();
    const lane = (await lanes.get('relay', 'gmail'))!;
    world.orders = { ...NO_ORDERS, paused: true };
    await lanes.save();
    expect(lane.rate()).toBe(0);
    expect(lane.view('w1').state).toBe('paused');
    world.orders = { ...NO_ORDERS, pin: 3 };
    await lanes.save();
    expect(lane.rate()).toBe(3);
  });

  test('of a route with other limits obey them, and go on', async () => {
    const { lanes, world } = await setUp();
    const lane = (await lanes.get('relay', 'gmail'))!;
    world.routes.set('relay', { ...RELAY, connections: 1 });
    await lanes.reload();
    await lanes.save();
    expect(await lanes.get('relay', 'gmail')).toBe(lane);
    expect(lane.width()).toBe(1);
  });

  test('of a route that leads elsewhere end as slowly as their letters do, and the next opens after them', async () => {
    const { lanes, world, clock } = await setUp();
    world.server = () => ({ tookMs: 60 * SECOND });
    const lane = (await lanes.get('relay', 'gmail'))!;
    const sent = letterThrough(lane);
    await clock.advance(SECOND);
    world.routes.set('relay', elsewhere(2));
    await lanes.reload();
    const [atOnce, later] = [lanes.get('relay', 'gmail'), lanes.get('relay', 'gmail')];
    // The lease outlasts the letter, and nobody else is let in.
    const others = await lanesOf(world, 'w2', { now: true, another: false });
    for (let second = 0; second < 50; second++) {
      await clock.advance(SECOND);
      await lanes.save();
      expect(await others.get('relay', 'gmail')).toBeNull();
    }
    expect([await atOnce, await later, world.open]).toEqual([null, null, 1]);
    const fence = world.owners.get('relay:gmail')!.fence;
    await clock.advance(12 * SECOND);
    expect(await sent).toBe('accepted');
    const next = (await lanes.get('relay', 'gmail'))!;
    expect(next).not.toBe(lane);
    expect(next.fence).toBe(fence + 1);
    await lanes.save();
    expect(world.logged).not.toContain('lane lost');
  });

  test('edited again and again while they send lose no letter and never have more sessions than they may', async () => {
    const { lanes, world, clock } = await setUp();
    world.server = () => ({ tookMs: 3 * SECOND });
    const results: Promise<string>[] = [];
    let most = 0;
    for (let second = 0; second < 60; second++) {
      if (second % 4 === 0) world.routes.set('relay', elsewhere(second));

      await lanes.reload();
      void lanes.get('relay', 'gmail').then((lane) => {
        if (lane?.isHeld()) results.push(letterThrough(lane));
      });
      await clock.advance(SECOND);
      await lanes.save();

      most = Math.max(most, world.open);
    }
    await clock.advance(20 * SECOND);
    const outcomes = await Promise.all(results);
    expect(outcomes.filter((outcome) => outcome === 'accepted').length).toBeGreaterThan(5);
    // Withdrawn is not sent: nothing is doubtful.
    expect(new Set(outcomes)).not.toContain('unknown');
    expect(most).toBeLessThanOrEqual(RELAY.connections);
    expect(world.logged).not.toContain('lane lost');
  });

  test('that are just being opened when they are stopped are not left open', async () => {
    const { lanes, world, clock } = await setUp();
    const opening = lanes.get('relay', 'gmail');
    const stopped = lanes.stop(SECOND);
    await clock.advance(SECOND);
    await stopped;
    expect(await opening).toBeNull();
    expect(lanes.all()).toEqual([]);
    expect(world.owners.get('relay:gmail')?.owner ?? '').toBe('');
    expect(world.holders.size).toBe(0);
  });

  test('asked for in an earlier life, while the database was slow, are not opened in a later one', async () => {
    const { lanes, world, clock } = await setUp();
    world.turn('slow');
    const asked = lanes.get('relay', 'gmail');
    await Promise.all([lanes.stop(SECOND), clock.advance(SECOND)]);
    await lanes.start();
    world.turn('up');
    expect(await asked).toBeNull();
    const lane = await lanes.get('relay', 'gmail');
    expect(lanes.all()).toEqual([lane]);
    const claims = vi.spyOn(world.holders, 'set');
    await lanes.save();
    expect(claims).toHaveBeenCalledTimes(1);
    expect([...world.holders.values()]).toMatchObject([{ worker: 'w1', weight: 1, sessions: 4 }]);
  });

  test('cut letters when the grace is over, though the database is silent', async () => {
    const { lanes, world, clock } = await setUp();
    world.server = () => ({ tookMs: 600 * SECOND });
    const sent = letterThrough((await lanes.get('relay', 'gmail'))!);
    await clock.advance(SECOND);
    expect(world.open).toBe(1);
    world.turn('silent');
    const stopped = lanes.stop(3 * SECOND);
    await clock.advance(3 * SECOND);
    await stopped;
    expect(await sent).toBe('unknown');
    expect(world.open).toBe(0);
    expect(clock.pending()).toBe(0);
  });
});
