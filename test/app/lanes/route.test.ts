import { describe, expect, test } from 'vitest';
import { makeLimiters } from '../../../src/app/lanes/limiter.ts';
import { makeLaneMaker } from '../../../src/app/lanes/open.ts';
import type { RouteShares } from '../../../src/app/lanes/ports.ts';
import { type LaneRoute, openRoute } from '../../../src/app/lanes/route.ts';
import { laneId, NO_ORDERS } from '../../../src/core/lanes/lane.ts';
import { makeWorld, RELAY, type World } from '../world.ts';

/** A claim takes so long to arrive; a release is there at once. */
const slowly = ({ clock }: World, shares: RouteShares, claimMs: number): RouteShares => ({
  ...shares,
  async claim(...given) {
    if (claimMs > 0) await new Promise<void>((resolve) => void clock.after(claimMs, resolve));
    return shares.claim(...given);
  },
});

/** The route of one worker, started. */
async function routeOf(world: World, owner: string, route = RELAY, claimMs = 0) {
  const deps = world.deps(owner);
  const limiters = makeLimiters({ ...deps, store: deps.laneStore });
  const made = await openRoute(route, {
    ...{ store: deps.laneStore, shares: slowly(world, deps.routeShares, claimMs), limiters, policy: deps.policy },
    ...{ clock: world.clock, random: deps.random, owner, leaseMs: 15_000 },
  });
  await made.start();
  let sent = 0;
  const maker = makeLaneMaker({ ...deps, limiters, siteOf: (domain) => domain });
  const addLane = (provider: string) => {
    const lane = maker.open(provider, made, { fence: 1, control: null, orders: NO_ORDERS }, {});
    lane.holdFor(600_000);
    made.lanes.set(laneId(route.name, provider), lane);
    return lane;
  };
  /** A lane at which letters ask to be admitted, and are held for so long, until `clock` says otherwise. */
  const addBusyLane = async (provider: string, tookMs: number) => {
    const lane = addLane(provider);
    await lane.start();
    const isOver = new AbortController();
    const send = async () => {
      for (;;) {
        const admission = await lane.admit({ id: 'r1', campaignId: 'c1', domain: 'a.example' }, isOver.signal);
        if (admission === null || typeof admission === 'number') return;
        sent += 1;
        await new Promise<void>((resolve) => void world.clock.after(tookMs, resolve));
        lane.done(admission);
      }
    };
    for (let sender = 0; sender < 4; sender++) void send();
    return { lane, stop: () => isOver.abort() };
  };
  return { route: made, addLane, addBusyLane, sent: () => sent };
}

const sharesOf = ({ lanes }: LaneRoute) => [...lanes.values()].map((lane) => lane.share());

describe('a route in a worker', () => {
  test('gives its only lane all its sessions, and several an equal share', async () => {
    const { route, addLane } = await routeOf(makeWorld(), 'w1');
    addLane('gmail');
    await route.share();
    expect(sharesOf(route)).toEqual([4]);
    expect(route.hasOneLane()).toBe(true);
    addLane('yahoo');
    await route.share();
    expect(sharesOf(route)).toEqual([2, 2]);
    expect(route.hasOneLane()).toBe(false);
  });

  test('shares sessions and rate with another worker, and at no time is the sum above the cap', async () => {
    const world = makeWorld();
    const capped = { ...RELAY, ratePerSecond: 30 };
    const [one, two] = [await routeOf(world, 'w1', capped), await routeOf(world, 'w2', capped)];
    const rates = () => one.route.limiter.rate() + two.route.limiter.rate();
    const sessions = () => [...sharesOf(one.route), ...sharesOf(two.route)].reduce((sum, share) => sum + share, 0);
    one.addLane('gmail');
    await one.route.share();
    expect(one.route.limiter.rate()).toBe(30);
    two.addLane('yahoo');
    for (let turn = 0; turn < 6; turn++) {
      await (turn % 2 ? one : two).route.share();
      expect(rates()).toBeLessThanOrEqual(30);
      expect(sessions()).toBeLessThanOrEqual(4);
    }
    expect(one.route.limiter.rate()).toBe(15);
    expect(two.route.limiter.rate()).toBe(15);
    expect([sharesOf(one.route), sharesOf(two.route)]).toEqual([[2], [2]]);
  });

  test('leaves to the others at once what it has no work for, and has it again when it does', async () => {
    const world = makeWorld();
    const capped = { ...RELAY, ratePerSecond: 20 };
    const parts = [await routeOf(world, 'w1', capped), await routeOf(world, 'w2', capped)] as const;
    const [one, two] = parts;
    const rates = () => parts.map(({ route }) => route.limiter.rate());
    const pass = async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        for (const { route } of parts) await route.share();
        expect(rates().reduce((sum, rate) => sum + rate, 0)).toBeLessThanOrEqual(20 + 1e-9);
        await world.clock.advance(1_000);
      }
    };
    one.addLane('yahoo');
    one.addLane('gmail');
    const busy = await two.addBusyLane('gmx', 50);
    await pass(6);
    expect(rates()[0]).toBeGreaterThan(0);
    expect(rates()[1]).toBeGreaterThan(19);
    expect(sharesOf(two.route)).toEqual([4]);
    expect(two.route.hasOneLane()).toBe(false);

    const woken = await one.addBusyLane('aol', 50);
    await pass(4);
    for (const rate of rates()) expect(rate).toBeCloseTo(10);
    expect(sharesOf(one.route)).toEqual([0, 0, 2]);
    busy.stop();
    await pass(6);
    expect(rates()[0]).toBeGreaterThan(19);
    woken.stop();
  });

  test('leaves to the others what its slow servers do not let it use', async () => {
    const world = makeWorld();
    const capped = { ...RELAY, ratePerSecond: 20 };
    const [slow, fast] = [await routeOf(world, 'w1', capped), await routeOf(world, 'w2', capped)];
    await slow.addBusyLane('yahoo', 500);
    await fast.addBusyLane('gmail', 20);
    const sent = () => slow.sent() + fast.sent();
    let before = 0;
    for (let second = 0; second < 40; second++) {
      for (const { route } of [slow, fast]) await route.share();
      if (second === 20) before = sent();
      await world.clock.advance(1_000);
    }
    // Two sessions of half a second each are 4/s; its part of the cap would be 10/s.
    expect((sent() - before) / 20).toBeGreaterThan(19);
  });

  test('takes no more while the database does not take its claim', async () => {
    const world = makeWorld();
    const { route, addLane } = await routeOf(world, 'w1', { ...RELAY, ratePerSecond: 30 });
    addLane('gmail');
    world.turn('failing');
    await expect(route.share()).rejects.toThrow('away');
    expect(route.limiter.rate()).toBe(0);
    expect(sharesOf(route)).toEqual([0]);
  });

  test('gives its share back at a stop, and claims none after it', async () => {
    const world = makeWorld();
    const { route, addLane } = await routeOf(world, 'w1');
    addLane('gmail');
    await route.share();
    expect(world.holders.size).toBe(1);
    await route.stop(0);
    await route.share();
    await route.save();
    expect(world.holders.size).toBe(0);
    expect(sharesOf(route)).toEqual([0]);
    await route.start();
    await route.share();
    expect(sharesOf(route)).toEqual([4]);
  });

  test('keeps what its own limiter learned while its share is small', async () => {
    const world = makeWorld();
    const { route, addLane } = await routeOf(world, 'w1', { ...RELAY, ratePerSecond: 40 });
    addLane('gmail');
    await route.share();
    const lesson = { pace: 'refusedForPace', sessions: null, explicit: true, pauseSeconds: 0, suspendSeconds: 0 };
    const evidence = { cause: null, rule: null, reply: null };
    route.limiter.learn(lesson as Parameters<typeof route.limiter.learn>[0], { epoch: null, gate: 0 }, evidence, 30);
    const learned = route.limiter.rate();
    expect(learned).toBeGreaterThan(5);
    expect(learned).toBeLessThan(40);
    route.limiter.setShare(1);
    expect(route.limiter.rate()).toBe(1);
    route.limiter.setShare(40);
    expect(route.limiter.rate()).toBe(learned);
  });

  test('a claim that is under way at a stop does not outlive it', async () => {
    const world = makeWorld();
    const { route, addLane } = await routeOf(world, 'w1', RELAY, 300);
    addLane('gmail');
    const sharing = route.share();
    const stopped = route.stop(1_000);
    await world.clock.advance(1_000);
    await Promise.all([sharing, stopped]);
    expect(world.holders.size).toBe(0);
  });

  test('keeps what its own limiter learned, and begins with it again', async () => {
    const world = makeWorld();
    const { route, addLane } = await routeOf(world, 'w1');
    addLane('gmail');
    const lesson = { pace: 'refusedForPace', sessions: null, explicit: true, pauseSeconds: 0, suspendSeconds: 600 };
    const evidence = { cause: null, rule: null, reply: null };
    route.limiter.learn(lesson as Parameters<typeof route.limiter.learn>[0], { epoch: null, gate: 0 }, evidence, 10);
    expect(route.limiter.rate()).toBe(0);
    await route.save();
    await route.stop(0);
    const next = await routeOf(world, 'w1');
    expect(next.route.limiter.rate()).toBe(0);
    await world.clock.advance(700_000);
    next.route.limiter.advance();
    expect(next.route.limiter.rate()).toBeGreaterThan(0);
  });
});
