import type { Timers } from '../../core/life-cycle.ts';
import { sleep } from '../sleep.ts';
import type { Limiter, Permit } from './limiter.ts';
import type { SiteLimiters, SitePermit } from './site-limiters.ts';

/** How a letter is admitted to a lane: by the limiters of its site, of the lane and of the route, while our lease lasts. */

export type Admission = {
  readonly lane: Permit;
  readonly route: Permit;
  /** Null on lanes that know no sites. */
  readonly site: SitePermit | null;
};

export type DueRow = { readonly campaignId: string; readonly domain: string };

export type Admit = {
  /** An admission, which `done` ends; or in how many ms to ask again; or null: the lane is not ours any more, or `stop` fired. */
  admit(row: DueRow, stop: AbortSignal): Promise<Admission | number | null>;
  done(): void;
};

/** A shorter wait is worth a sender's time; a longer one puts the letter back. */
const SHORT_MS = 1_000;

export function makeAdmit(parts: {
  readonly limiter: Pick<Limiter, 'acquire' | 'done'>;
  readonly routeLimiter: Pick<Limiter, 'acquire' | 'done'>;
  readonly sites: Pick<SiteLimiters, 'acquire'> | null;
  readonly siteOf: (domain: string) => string;
  readonly isHeld: () => boolean;
  readonly clock: Timers;
}): Admit {
  const { limiter, routeLimiter, sites, siteOf, isHeld, clock } = parts;

  async function bySite(domain: string, stop: AbortSignal): Promise<SitePermit | number | null> {
    if (!sites) return null;
    const site = siteOf(domain);
    const first = sites.acquire(site);
    if (!('waitMs' in first)) return first;
    if (first.waitMs > SHORT_MS) return first.waitMs;
    await sleep(clock, first.waitMs, stop);
    const second = sites.acquire(site);
    return 'waitMs' in second ? second.waitMs : second;
  }

  async function byLane(campaignId: string, stop: AbortSignal): Promise<Pick<Admission, 'lane' | 'route'> | null> {
    const lane = await limiter.acquire(campaignId, stop);
    if (!lane) return null;
    const route = await routeLimiter.acquire(campaignId, stop);
    if (!route) {
      limiter.done();
      return null;
    }
    // The lease may have ended while we waited.
    if (isHeld()) return { lane, route };
    done();
    return null;
  }

  function done(): void {
    routeLimiter.done();
    limiter.done();
  }

  return {
    async admit({ campaignId, domain }, stop) {
      if (!isHeld()) return null;
      const site = await bySite(domain, stop);
      if (typeof site === 'number') return site;
      const permits = await byLane(campaignId, stop);
      return permits && { ...permits, site };
    },
    done,
  };
}
