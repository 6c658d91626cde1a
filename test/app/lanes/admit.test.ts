import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { type Admission, makeAdmit } from '../../../src/app/lanes/admit.ts';
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
      return { epoch: 3, gate: 0 };
    },
    done() {
      inside -= 1;
    },
  } as unknown as Limiter;
  return { limiter, open, inside: () => inside };
}

const never = new AbortController().signal;
const row = { id: 'r1', campaignId: 'c1', domain: 'a.example' };

function admit(sites: SiteLimiters | null = null, courtesyMs = 0) {
  const [lane, route] = [gate(), gate()];
  let held = true;
  const made = makeAdmit({
    limiter: lane.limiter,
    routeLimiter: route.limiter,
    sites,
    stand: { enter: () => ({ serial: 1, epoch: 0 }), courtesyMs: () => courtesyMs },
    routeStand: { enter: () => ({ serial: 9, epoch: 0 }) },
    siteOf: (domain) => `site of ${domain}`,
    isHeld: () => held,
    clock: systemClock,
  });
  return { ...made, lane, route, lose: () => (held = false) };
}

const waits = (...ms: number[]) => {
  const asked: string[] = [];
  let inside = 0;
  const sites = {
    acquire(site: string) {
      asked.push(site);
      const waitMs = ms.shift();
      if (waitMs !== undefined) return { waitMs };
      inside += 1;
      return { site, epoch: 7, gate: 0, ticket: { serial: 1, epoch: 0 } };
    },
    done() {
      inside -= 1;
    },
    giveBack: () => undefined,
  } as unknown as SiteLimiters;
  return { sites, asked, inside: () => inside };
};

describe('the way into a lane', () => {
  test('leads through the lane and its route, and both are left', async () => {
    const way = admit();
    way.lane.open();
    way.route.open();
    const admission = (await way.admit(row, never)) as Admission;
    expect(admission).toMatchObject({ lane: { epoch: 3 }, route: { epoch: 3 }, site: null });
    expect([admission.ticket.serial, admission.routeTicket.serial]).toEqual([1, 9]);
    expect([way.lane.inside(), way.route.inside()]).toEqual([1, 1]);
    way.done(admission);
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
    const admission = (await way.admit(row, never)) as Admission;
    expect(admission).toMatchObject({ site: { site: 'site of a.example', epoch: 7 } });
    expect(short.asked).toHaveLength(2);
    expect(short.inside()).toBe(1);
    way.done(admission);
    expect(short.inside()).toBe(0);
    expect(await admit(waits(60_000).sites).admit(row, never)).toBe(60_000);
    expect(await admit(waits(5, 700).sites).admit(row, never)).toBe(700);
  });

  test('leaves the site, too, when the lane is lost meanwhile', async () => {
    const site = waits();
    const way = admit(site.sites);
    const waiting = way.admit(row, never);
    way.lose();
    way.lane.open();
    way.route.open();
    expect(await waiting).toBeNull();
    expect(site.inside()).toBe(0);
  });

  test('lets those go first that were refused, where the lane asks for them', async () => {
    const way = admit(null, 60);
    way.lane.open();
    way.route.open();
    const began = performance.now();
    await way.admit(row, never);
    expect(performance.now() - began).toBeGreaterThanOrEqual(55);
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
