import { describe, expect, test } from 'vitest';
import { makeCampaignRuns } from '../../../src/app/sending/campaign-runs.ts';
import type { Campaign } from '../../../src/core/campaigns/campaign.ts';
import { makeWorld } from '../world.ts';

async function setUp(changes: Partial<Campaign> = {}, inHand = 0) {
  const world = makeWorld();
  world.addCampaign('c1', 3);
  world.campaigns.set('c1', { ...world.campaigns.get('c1')!, ...changes });
  const openings: Date[] = [];
  const hand = { of: inHand };
  const runs = makeCampaignRuns({
    ...world.deps('w1'),
    jobs: { requestOpening: async (_, at) => void openings.push(at) },
    inHand: () => hand.of,
    tryLanes: () => undefined,
    readConfiguration: async () => undefined,
  });
  await runs.start();
  return { world, runs, openings, hand, clock: world.clock, campaign: () => world.campaigns.get('c1')! };
}

const schedule = (startAt: number, deadline: number | null = null) => ({
  startAt: new Date(startAt),
  windows: [],
  deadline: deadline === null ? null : new Date(deadline),
  missedStart: 'nextWindow' as const,
});

describe('the campaigns that run', () => {
  test('may send while they run, and not once they are paused', async () => {
    const { runs, clock, world, campaign } = await setUp();
    await runs.advance();
    const run = runs.run('c1')!;
    expect(run.mayStart(clock.now())).toBe(true);
    world.campaigns.set('c1', { ...campaign(), state: 'paused' });
    await runs.advance();
    expect(run.stop.signal.aborted).toBe(true);
    expect(run.mayStart(clock.now())).toBe(false);
    expect(runs.runs()).toEqual([]);
  });

  test('open when they are due, and ask Agenda to be told of it once', async () => {
    const { runs, clock, openings, campaign, world } = await setUp({ state: 'scheduled' });
    const at = clock.now() + 60_000;
    world.campaigns.set('c1', { ...campaign(), schedule: schedule(at) });
    await runs.advance();
    await runs.advance();
    expect(openings).toEqual([new Date(at)]);
    expect(campaign().state).toBe('scheduled');
    await clock.advance(60_000);
    await runs.advance();
    expect(campaign()).toMatchObject({ state: 'running', startedAt: new Date(at) });
  });

  test('neither open, end nor send while nobody knows how late it is', async () => {
    const { runs, clock, world, campaign } = await setUp({}, 0);
    world.campaigns.set('c1', { ...campaign(), schedule: schedule(clock.now(), clock.now() + 60_000) });
    await runs.advance();
    const run = runs.run('c1')!;
    world.isTimeKnown = false;
    expect(run.mayStart(clock.now())).toBe(false);
    await clock.advance(120_000);
    await runs.advance();
    expect(world.memory.inState('expired')).toBe(0);
    world.isTimeKnown = true;
    await runs.advance();
    expect(world.memory.inState('expired')).toBe(3);
  });

  test('wait for a person when their start was missed and they were told to', async () => {
    const { runs, world, campaign, clock } = await setUp({ state: 'scheduled' });
    const missed = { ...schedule(clock.now() - 3_600_000), missedStart: 'hold' as const };
    world.campaigns.set('c1', { ...campaign(), schedule: missed });
    await runs.advance();
    expect(campaign()).toMatchObject({
      state: 'blocked',
      blockedBecause: expect.stringMatching(/^schedule.missedStart/),
    });
  });

  test('finish when nobody waits and no slice is in hand', async () => {
    const { runs, world, campaign, hand } = await setUp({}, 1);
    for (const row of world.memory.rows) Object.assign(row, { state: 'sent', dueAt: null });
    await runs.advance();
    expect(campaign().state).toBe('running');
    hand.of = 0;
    await runs.advance();
    expect(campaign().state).toBe('finished');
  });

  test('never finish with people who are in no account', async () => {
    const { runs, world, campaign } = await setUp();
    for (const row of world.memory.rows) Object.assign(row, { state: 'sent', dueAt: null });
    world.memory.rows.pop();
    await runs.advance();
    expect(campaign()).toMatchObject({ state: 'blocked', blockedBecause: expect.stringMatching(/^ledger.sum: 2/) });
  });

  test('end who still waits at the deadline as expired', async () => {
    const { runs, world, campaign, clock } = await setUp();
    world.campaigns.set('c1', { ...campaign(), schedule: schedule(clock.now(), clock.now() + 1_000) });
    await runs.advance();
    const run = runs.run('c1')!;
    await clock.advance(1_000);
    expect(run.mayStart(clock.now())).toBe(false);
    await runs.advance();
    expect(world.memory.inState('expired')).toBe(3);
    expect(campaign().state).toBe('finished');
  });

  test('cancelled, end their rows once no slice is in hand', async () => {
    const { runs, world, campaign, hand } = await setUp({ state: 'cancelled' }, 1);
    await runs.advance();
    expect(world.memory.inState('cancelled')).toBe(0);
    hand.of = 0;
    await runs.advance();
    expect(world.memory.inState('cancelled')).toBe(3);
    expect(campaign().finishedAt).not.toBeNull();
  });

  test('one whose trouble nobody foresaw does not hold up the others', async () => {
    const { runs, world } = await setUp();
    world.addCampaign('c0', 1);
    const get = world.campaigns.get.bind(world.campaigns);
    world.campaigns.get = (id) => {
      if (id === 'c0') throw new Error('a row that cannot be read');
      return get(id);
    };
    await runs.advance();
    expect(runs.runs().map(({ id }) => id)).toEqual(['c1']);
    expect(world.logged).toContain('campaign not moved along');
  });

  test('blocked, say why and send no more', async () => {
    const { runs, campaign } = await setUp();
    await runs.advance();
    const run = runs.run('c1')!;
    await runs.block('c1', 'configuration: the log-in was refused');
    expect(run.stop.signal.aborted).toBe(true);
    expect(campaign()).toMatchObject({ state: 'blocked', blockedBecause: 'configuration: the log-in was refused' });
  });
});
