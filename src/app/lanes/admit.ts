import type { Ticket } from '../../core/attribution/finding.ts';
import type { Timers } from '../../core/life-cycle.ts';
import { sleep } from '../sleep.ts';
import type { Limiter, Permit } from './limiter.ts';
import type { SiteLimiters, SitePermit } from './site-limiters.ts';
import type { Stand } from './stand.ts';

/** How a letter is admitted to a lane: by the limiters of its site, of the lane and of the route, while our lease lasts. */

export type Admission = {
  readonly lane: Permit;
  readonly route: Permit;
  /** Null on lanes that know no sites. */
  readonly site: SitePermit | null;
  /** Its place in the order of the lane, and of the route. */
  readonly ticket: Ticket;
  readonly routeTicket: Ticket;
};

export type DueRow = { readonly id: string; readonly campaignId: string; readonly domain: string };

export type Admit = {
  /** An admission, which `done` ends; or in how many ms to ask again; or null: the lane is not ours any more, or `stop` fired. */
  admit(row: DueRow, stop: AbortSignal): Promise<Admission | number | null>;
  done(admission: Admission): void;
};

/** How an admission is asked for, and whether any letter asks just now or did since the last call. */
export type Admitting = Admit & { isAsked(): boolean };

/** A shorter wait is worth a sender's time; a longer one puts the letter back. */
const SHORT_MS = 1_000;

export function makeAdmit(parts: {
  readonly limiter: Pick<Limiter, 'acquire' | 'done'>;
  readonly routeLimiter: Pick<Limiter, 'acquire' | 'done'>;
  readonly sites: Pick<SiteLimiters, 'acquire' | 'done' | 'giveBack'> | null;
  readonly stand: Pick<Stand, 'enter' | 'courtesyMs'>;
  readonly routeStand: Pick<Stand, 'enter'>;
  readonly siteOf: (domain: string) => string;
  readonly isHeld: () => boolean;
  readonly clock: Timers;
}): Admitting {
  const { limiter, routeLimiter, sites, stand, routeStand, siteOf, isHeld, clock } = parts;

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
    leaveLane();
    return null;
  }

  function leaveLane(): void {
    routeLimiter.done();
    limiter.done();
  }

  let asking = 0;
  let wasAsked = false;

  async function letIn({ id, campaignId, domain }: DueRow, stop: AbortSignal): ReturnType<Admit['admit']> {
    if (!isHeld()) return null;
    const courtesyMs = stand.courtesyMs(id);
    if (courtesyMs > 0) await sleep(clock, courtesyMs, stop);
    const site = await bySite(domain, stop);
    if (typeof site === 'number') return site;
    const permits = await byLane(campaignId, stop);
    if (permits) return { ...permits, ticket: stand.enter(), routeTicket: routeStand.enter(), site };
    if (site) sites?.giveBack(site);
    if (site) sites?.done(site);
    return null;
  }

  return {
    async admit(row, stop) {
      asking += 1;
      wasAsked = true;
      try {
        return await letIn(row, stop);
      } finally {
        asking -= 1;
      }
    },
    isAsked() {
      const was = wasAsked || asking > 0;
      wasAsked = false;
      return was;
    },
    done({ site }) {
      if (site) sites?.done(site);
      leaveLane();
    },
  };
}
