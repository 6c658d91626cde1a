import type { Limiter, Permit } from './limiter.ts';
import type { SiteLimiters, SitePermit } from './site-limiters.ts';

/** The way into a lane: the site's own limiter, the lane's, the route's, and our lease. */

export type Admission = {
  readonly lane: Permit;
  readonly route: Permit;
  readonly own: SitePermit | null;
  /** The letter was never tried before. */
  readonly isFresh: boolean;
};

export type DueRow = { readonly campaignId: string; readonly domain: string; readonly failures: number };

export type Admit = {
  /** A place; or in how many ms to ask again; or null when the lane is no longer ours, or `stop` fired. Give places back. */
  admit(row: DueRow, stop: AbortSignal): Promise<Admission | number | null>;
  done(): void;
};

/** A shorter wait is worth a sender's time; a longer one puts the letter back. */
const SHORT_MS = 1_000;

export function makeAdmit(parts: {
  readonly limiter: Limiter;
  readonly routeLimiter: Limiter;
  readonly own: SiteLimiters | null;
  readonly siteOf: (domain: string) => string;
  readonly isHeld: () => boolean;
}): Admit {
  const { limiter, routeLimiter, own, siteOf, isHeld } = parts;

  async function takeOwn(domain: string, stop: AbortSignal): Promise<SitePermit | number | null> {
    if (!own) return null;
    const site = siteOf(domain);
    const first = own.acquire(site);
    if (!('waitMs' in first)) return first;
    if (first.waitMs > SHORT_MS) return first.waitMs;
    await rest(first.waitMs, stop);
    const second = own.acquire(site);
    return 'waitMs' in second ? second.waitMs : second;
  }

  async function takeLane(campaignId: string, stop: AbortSignal): Promise<Pick<Admission, 'lane' | 'route'> | null> {
    const lane = await limiter.acquire(campaignId, stop);
    if (!lane) return null;
    const route = await routeLimiter.acquire(campaignId, stop);
    if (!route) {
      limiter.done();
      return null;
    }
    // The lease may have ended while we waited.
    if (isHeld()) return { lane, route };
    leave();
    return null;
  }

  function leave(): void {
    routeLimiter.done();
    limiter.done();
  }

  return {
    async admit({ campaignId, domain, failures }, stop) {
      if (!isHeld()) return null;
      const turn = await takeOwn(domain, stop);
      if (typeof turn === 'number') return turn;
      const place = await takeLane(campaignId, stop);
      return place && { ...place, own: turn, isFresh: failures === 0 };
    },
    done: leave,
  };
}

function rest(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    stop.addEventListener('abort', end, { once: true });
    function end(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    }
  });
}
