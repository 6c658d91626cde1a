import { describe, expect, test } from 'vitest';
import { NO_ORDERS } from '../../../src/core/lanes/lane.ts';
import { makeWorld } from '../world.ts';

const MINUTE = 60_000;
const BUSY = { code: 421, enhanced: '4.7.0', text: 'Try again later' };

/** A worker on a campaign that gives up after so many minutes; the server refuses `unlucky` with 421, always. */
async function sending(recipients: number, unlucky: readonly string[], minutes: number) {
  const world = makeWorld();
  const { clock, memory, campaigns } = world;
  world.addCampaign('c1', recipients);
  campaigns.set('c1', { ...campaigns.get('c1')!, giveUpAfterMs: minutes * MINUTE });
  world.server = (to) =>
    unlucky.includes(to.split('@')[0]!)
      ? { tookMs: 20, outcome: 'refused', stage: 'rcpt', reply: BUSY }
      : { tookMs: 20 };
  const worker = world.worker();
  await worker.start();
  const stop = () => Promise.all([worker.stop(1_000), clock.advance(1_000)]);
  return { world, clock, memory, stop };
}

describe('giving up', () => {
  test('whoever only ever hears 421 ends when his time is over, with the last words; the others got theirs', async () => {
    const { world, clock, memory, stop } = await sending(30, ['r3'], 5);
    await clock.advance(4.5 * MINUTE);
    const row = memory.rows[3]!;
    expect(memory.inState('sent')).toBe(29);
    expect(['pending', 'deferred', 'claimed', 'sending']).toContain(row.state);
    await clock.advance(2 * MINUTE);
    expect(row).toMatchObject({ state: 'expired', lastReply: BUSY });
    expect(world.campaigns.get('c1')!.state).toBe('finished');
    const tries = world.sent.length;
    await clock.advance(5 * MINUTE);
    expect(world.sent).toHaveLength(tries);
    await stop();
  });

  test('goes on where the lane has stopped, for those that were tried, and waits with the others', async () => {
    const { world, clock, memory, stop } = await sending(2_000, ['r0'], 5);
    await clock.advance(300);
    expect(memory.rows[0]).toMatchObject({ lastReply: BUSY });
    world.orders = { ...NO_ORDERS, paused: true };
    await clock.advance(2_000);
    const sent = memory.inState('sent');
    expect(sent).toBeLessThan(1_999);
    await clock.advance(7 * MINUTE);
    expect(memory.rows[0]!.state).toBe('expired');
    expect(memory.inState('expired')).toBe(1);
    expect(memory.inState('pending')).toBe(1_999 - sent);
    await stop();
  });

  test('waits while the time is not known', async () => {
    const { world, clock, memory, stop } = await sending(1, ['r0'], 5);
    await clock.advance(2_000);
    world.isTimeKnown = false;
    await clock.advance(10 * MINUTE);
    expect(memory.inState('expired')).toBe(0);
    world.isTimeKnown = true;
    await clock.advance(2 * MINUTE);
    expect(memory.inState('expired')).toBe(1);
    await stop();
  });
});
