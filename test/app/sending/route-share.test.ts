import { expect, test } from 'vitest';
import { makeWorld, RELAY } from '../world.ts';

/** Three workers on four lanes of one route that takes 20 letters a second. */
async function working(shares: readonly number[]) {
  const world = makeWorld();
  const { clock, memory, campaigns } = world;
  world.routes.set(RELAY.name, { ...RELAY, connections: 12, ratePerSecond: 20 });
  world.addCampaign('c1', 0);
  const domains = ['gmail.com', 'yahoo.com', 'gmx.de', 'a.example'];
  for (const [at, domain] of domains.entries()) memory.add('c1', shares[at]!, domain, at);
  const accepted = shares.reduce((sum, count) => sum + count, 0);
  const campaign = campaigns.get('c1')!;
  campaigns.set('c1', { ...campaign, sliceCount: domains.length, totals: { ...campaign.totals, accepted } });
  const workers = ['w1', 'w2', 'w3'].map((name) => world.worker(name));
  for (const worker of workers) await worker.start();
  const perSecond = async (seconds: number) => {
    const before = world.sent.length;
    await clock.advance(seconds * 1_000);
    return (world.sent.length - before) / seconds;
  };
  const stop = async () => {
    await Promise.all([...workers.map((worker) => worker.stop(1_000)), clock.advance(1_000)]);
  };
  return { world, perSecond, stop };
}

test.each([
  ['one lane has work', [2_000, 20, 20, 20]],
  ['two lanes have', [1_000, 20, 1_000, 20]],
  ['all have', [500, 500, 500, 500]],
])('the whole cap of a route is used while %s, and no more', async (_what, shares) => {
  const { world, perSecond, stop } = await working(shares);
  await perSecond(12);
  for (let second = 0; second < 30; second += 5) {
    const rate = await perSecond(5);
    expect(rate).toBeGreaterThan(19);
    expect(rate).toBeLessThanOrEqual(20.5);
  }
  expect(new Set([...world.owners.values()].map(({ owner }) => owner)).size).toBeGreaterThan(1);
  await stop();
});

test('what slow servers of one lane leave is used by the others', async () => {
  const { world, perSecond, stop } = await working([500, 500, 500, 500]);
  world.server = (to) => ({ tookMs: to.endsWith('gmail.com') ? 3_000 : 20 });
  await perSecond(15);
  expect(await perSecond(15)).toBeGreaterThan(19);
  await stop();
});
