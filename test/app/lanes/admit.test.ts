import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { makeAdmit } from '../../../src/app/lanes/admit.ts';
import type { Limiter } from '../../../src/app/lanes/limiter.ts';
import type { SiteLimiters } from '../../../src/app/lanes/site-limiters.ts';

/** A limiter that lets in when told to, and counts who is inside. */
function gate() {
  let open: () => void = () => undefined;
  let inside = 0;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const limiter = {
    async acquire() {
      await opened;
      inside += 1;
      return { epoch: 3 };
    },
    done() {
      inside -= 1;
    },
  } as unknown as Limiter;
  return { limiter, open, inside: () => inside };
}

const never = new AbortController().signal;
const row = { campaignId: 'c1', domain: 'a.example' };

function admit(sites: SiteLimiters | null = null) {
  const [lane, route] = [gate(), gate()];
  let held = true;
  const made = makeAdmit({
    limiter: lane.limiter,
    routeLimiter: route.limiter,
    sites,
    siteOf: (domain) => `site of ${domain}`,
    isHeld: () => held,
    clock: systemClock,
  });
  return { ...made, lane, route, lose: () => (held = false) };
}

const waits = (...ms: number[]) => {
  const asked: string[] = [];
  const sites: SiteLimiters = {
    acquire(site) {
      asked.push(site);
      const waitMs = ms.shift();
      return waitMs === undefined ? { site, epoch: 7 } : { waitMs };
    },
    giveBack: () => undefined,
    learn: () => true,
  };
  return { sites, asked };
};

describe('the way into a lane', () => {
  test('leads through the lane and its route, and both are left', async () => {
    const way = admit();
    way.lane.open();
    way.route.open();
    expect(await way.admit(row, never)).toEqual({ lane: { epoch: 3 }, route: { epoch: 3 }, site: null });
    expect([way.lane.inside(), way.route.inside()]).toEqual([1, 1]);
    way.done();
    expect([way.lane.inside(), way.route.inside()]).toEqual([0, 0]);
  });

  test('is closed when the lease ends while one waits, and takes nobody in', async () => {
    const way = admit();
    const waiting = way.admit(row, never);
    way.lose();
    way.lane.open();
    way.route.open();
    expect(await waiting).toBeNull();
    expect([way.lane.inside(), way.route.inside()]).toEqual([0, 0]);
    expect(await way.admit(row, never)).toBeNull();
  });

  test('waits a moment for a site, and sends away for longer', async () => {
    const short = waits(5);
    const way = admit(short.sites);
    way.lane.open();
    way.route.open();
    expect(await way.admit(row, never)).toMatchObject({ site: { site: 'site of a.example', epoch: 7 } });
    expect(short.asked).toHaveLength(2);
    expect(await admit(waits(60_000).sites).admit(row, never)).toBe(60_000);
    expect(await admit(waits(5, 700).sites).admit(row, never)).toBe(700);
  });

  test('ends the moment at once when it is told to stop', async () => {
    const stop = new AbortController();
    const way = admit(waits(900).sites);
    way.lane.open();
    way.route.open();
    const began = performance.now();
    const waiting = way.admit(row, stop.signal);
    stop.abort();
    await waiting;
    expect(performance.now() - began).toBeLessThan(800);
  });
});
