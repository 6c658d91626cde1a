import { describe, expect, test } from 'vitest';
import type { Admission } from '../../../src/app/lanes/admit.ts';
import { makeLane } from '../../../src/app/lanes/lane.ts';
import { makeLimiters } from '../../../src/app/lanes/limiter.ts';
import { makeSiteLimiters } from '../../../src/app/lanes/site-limiters.ts';
import { startStanding } from '../../../src/core/attribution/standing.ts';
import { defaultConnectionPolicy, startConnections } from '../../../src/core/lanes/connections.ts';
import { NO_ORDERS } from '../../../src/core/lanes/lane.ts';
import { startRate } from '../../../src/core/rate/rate.ts';
import { heardOf, standOf } from '../heard.ts';
import { makeMemoryPool } from '../memory-work.ts';
import { makeWorld } from '../world.ts';

const NEVER = new AbortController().signal;
const ROW = { id: 'r1', campaignId: 'c1', domain: 'a.example' };
const LETTER = { envelopeFrom: '', to: 'r@a.example', domain: 'a.example', raw: Buffer.from('') };
const SLOWER = '421 4.7.28 Our system has detected an unusual rate of mail';
const AWAY = '421 4.7.1 [TSS09] Messages deferred due to user complaints';

async function setUp({ isAlone = false, hasSites = false } = {}) {
  const world = makeWorld();
  const { clock } = world;
  const { policy, ...deps } = world.deps('w1');
  const limiters = makeLimiters({ ...deps, store: deps.laneStore });
  const initial = startRate(policy, clock.now(), null);
  const limiter = limiters.make({ id: 'relay:other', initial, policy, connections: () => 1 });
  const routeLimiter = limiters.make({ id: 'relay:*', initial: null, policy, connections: () => 1 });
  routeLimiter.setWidth(9);
  await routeLimiter.start();
  const decided: number[] = [];
  const lane = makeLane({
    ...{ id: 'relay:other', route: 'relay', provider: 'other', direct: false, fence: 1, limiter, routeLimiter },
    isAloneOnRoute: () => isAlone,
    sites: hasSites ? makeSiteLimiters({ policy, perSite: 2, clock, random: () => 0.5 }) : null,
    siteOf: (domain) => domain,
    pool: makeMemoryPool(clock, world),
    connections: startConnections(3, 3),
    limits: { orders: NO_ORDERS, policy, sessions: 3, connectionPolicy: defaultConnectionPolicy, tls: 'opportunistic' },
    ...{ standing: startStanding(), routeStand: standOf(clock), routeSessions: () => 1, random: () => 0.5 },
    ...{ messagesPerConnection: 100, perSite: null, clock, lastDecision: () => null },
    onConnections: (limit) => void decided.push(limit),
    onStop: () => undefined,
  });
  lane.setShare(3);
  await lane.start();
  lane.holdFor(60_000);
  const admitted = async (): Promise<Admission> => {
    const admission = lane.admit(ROW, NEVER);
    await clock.advance(3_000);
    return (await admission) as Admission;
  };
  const hear = async (...[said, who]: Parameters<typeof heardOf> extends [unknown, ...infer Rest] ? Rest : never) => {
    const admission = await admitted();
    lane.judge(heardOf(admission, said, who));
    lane.done(admission);
  };
  return { world, clock, lane, limiter, routeLimiter, admitted, hear, decided };
}

describe('a lane', () => {
  test('admits nobody before its lease, and nobody when it is over', async () => {
    const { lane, clock } = await setUp();
    await clock.advance(60_000);
    expect(await lane.admit(ROW, NEVER)).toBeNull();
    lane.holdFor(1_000);
    expect(lane.isHeld()).toBe(true);
  });

  test('brakes for a refusal of its provider, and leaves the route alone', async () => {
    const { lane, routeLimiter, hear } = await setUp();
    const before = lane.rate();
    await hear(SLOWER);
    await hear(SLOWER);
    expect(lane.rate()).toBeLessThan(before);
    expect(routeLimiter.state()).toBeNull();
  });

  test('lets the route brake when it speaks for itself, and itself when it is alone there', async () => {
    const shared = await setUp();
    const before = shared.limiter.rate();
    await shared.hear(SLOWER, { scope: 'route' });
    expect(shared.limiter.rate()).toBe(before);
    expect(shared.routeLimiter.state()).not.toBeNull();
    const alone = await setUp({ isAlone: true });
    await alone.hear(SLOWER, { scope: 'route' });
    expect(alone.routeLimiter.state()).toBeNull();
  });

  test('of many small hosts does not brake for one of them', async () => {
    const { lane, limiter, hear } = await setUp({ hasSites: true });
    const before = limiter.state()!.rate;
    await hear(AWAY, { direct: true });
    expect(limiter.state()!.rate).toBe(before);
    expect(await lane.admit(ROW, NEVER)).toBeTypeOf('number');
  });

  test('has fewer sessions when one was refused beside others, and says so', async () => {
    const { lane, hear, decided, world } = await setUp();
    world.server = () => ({ tookMs: 100_000 });
    void lane.send(LETTER, async () => true);
    await hear('421 4.7.0 Too many concurrent connections', { stage: 'greeting' });
    expect(lane.width()).toBe(1);
    expect(decided).toEqual([1]);
  });

  test('obeys a pause, and says that another kind of session is another lane', async () => {
    const { lane, world } = await setUp();
    const { policy } = world.deps('w1');
    const limits = { orders: NO_ORDERS, policy, sessions: 2, connectionPolicy: defaultConnectionPolicy } as const;
    const paused = { ...limits, orders: { ...NO_ORDERS, paused: true }, tls: 'opportunistic' } as const;
    expect(lane.obey(paused)).toBe(true);
    expect(lane.rate()).toBe(0);
    expect(lane.isStopped()).toBe(true);
    expect(lane.width()).toBe(2);
    expect(lane.obey({ ...limits, tls: 'required' })).toBe(false);
  });

  test('reports what happened: second by second, and how long it has been idle', async () => {
    const { lane, clock, hear } = await setUp();
    await hear(null);
    lane.setWaiting(
      new Map([
        ['c1', 3],
        ['c2', 4],
      ]),
    );
    expect(lane.view('w1')).toMatchObject({
      id: 'relay:other',
      waiting: 7,
      campaigns: { c1: 3, c2: 4 },
      owner: 'w1',
      state: 'probing',
    });
    expect(lane.idleMs()).toBe(0);
    lane.setWaiting(new Map());
    await clock.advance(2_000);
    lane.advance();
    expect(lane.idleMs()).toBeGreaterThanOrEqual(2_000);
    expect(lane.takeSamples()).toHaveLength(1);
    expect(lane.takeSamples()).toEqual([]);
  });

  test('wants sessions and its rate while letters ask for it, and shortly after, but not while none may go', async () => {
    const { lane, clock, hear, admitted } = await setUp();
    const nothing = { rate: 0, sessions: 0 };
    expect(lane.wants()).toEqual({ rate: lane.rate(), sessions: 3 });
    await clock.advance(4_000);
    expect(lane.wants()).toEqual(nothing);
    lane.setShare(0);
    const isOver = new AbortController();
    const asking = lane.admit(ROW, isOver.signal);
    expect(lane.wants().sessions).toBe(3);
    await clock.advance(10_000);
    expect(lane.wants().sessions).toBe(3);
    isOver.abort();
    expect(await asking).toBeNull();
    expect(lane.wants().sessions).toBe(3);

    lane.setShare(3);
    await hear(AWAY);
    expect(lane.wants()).toEqual(nothing);
    lane.holdFor(60_000_000);
    await clock.advance(50_000_000);
    lane.advance();
    await admitted();
    expect(lane.wants()).toEqual({ rate: lane.rate(), sessions: 3 });
    lane.holdFor(0);
    expect(lane.wants()).toEqual(nothing);
  });

  test('stopped, admits nobody, sends nothing, and does both again after a start', async () => {
    const { lane, clock } = await setUp();
    await Promise.all([lane.stop(1_000), clock.advance(1_000)]);
    lane.holdFor(60_000);
    expect(await lane.admit(ROW, NEVER)).toBeNull();
    expect(await lane.send(LETTER, async () => true)).toMatchObject({ outcome: 'withdrawn' });
    await lane.start();
    const admission = lane.admit(ROW, NEVER);
    await clock.advance(1_000);
    expect(await admission).toMatchObject({ site: null });
  });

  test('gives the one letter after a pause to the next, when the first was not put to the server', async () => {
    const { lane, clock, admitted, hear } = await setUp();
    await hear(AWAY);
    lane.holdFor(60_000_000);
    await clock.advance(50_000_000);
    lane.advance();
    const first = await admitted();
    const waiting = lane.admit(ROW, NEVER);
    lane.done(first);
    await clock.advance(10_000);
    expect(await Promise.race([waiting, Promise.resolve('waits')])).toBe('waits');
    lane.giveBack(first);
    await clock.advance(2_000);
    expect(await Promise.race([waiting, Promise.resolve('waits')])).toMatchObject({ lane: first.lane });
  });
});
