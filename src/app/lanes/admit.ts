import type { Throttle, Turn } from './limiter.ts';
import type { OwnLimiters, OwnTurn } from './site-limiters.ts';

/** The way into a lane: the site's own limiter, the lane's, the route's, and our lease. */

export type Place = {
  readonly lane: Turn;
  readonly route: Turn;
  readonly own: OwnTurn | null;
  /** The letter was never tried before. */
  readonly isFresh: boolean;
};

export type Row = { readonly campaignId: string; readonly domain: string; readonly failures: number };

export type Entrance = {
  /** A place; or in how many ms to ask again; or null when the lane is no longer ours, or `stop` fired. Give places back. */
  enter(row: Row, stop: AbortSignal): Promise<Place | number | null>;
  leave(): void;
};

/** A shorter wait is worth a sender's time; a longer one puts the letter back. */
const SHORT_MS = 1_000;

export function makeEntrance(parts: {
  readonly throttle: Throttle;
  readonly routeThrottle: Throttle;
  readonly own: OwnLimiters | null;
  readonly siteOf: (domain: string) => string;
  readonly isHeld: () => boolean;
}): Entrance {
  const { throttle, routeThrottle, own, siteOf, isHeld } = parts;

  async function takeOwn(domain: string, stop: AbortSignal): Promise<OwnTurn | number | null> {
    if (!own) return null;
    const site = siteOf(domain);
    const first = own.take(site);
    if (!('waitMs' in first)) return first;
    if (first.waitMs > SHORT_MS) return first.waitMs;
    await rest(first.waitMs, stop);
    const second = own.take(site);
    return 'waitMs' in second ? second.waitMs : second;
  }

  async function takeLane(campaignId: string, stop: AbortSignal): Promise<Pick<Place, 'lane' | 'route'> | null> {
    const lane = await throttle.enter(campaignId, stop);
    if (!lane) return null;
    const route = await routeThrottle.enter(campaignId, stop);
    if (!route) {
      throttle.leave();
      return null;
    }
    // The lease may have ended while we waited.
    if (isHeld()) return { lane, route };
    leave();
    return null;
  }

  function leave(): void {
    routeThrottle.leave();
    throttle.leave();
  }

  return {
    async enter({ campaignId, domain, failures }, stop) {
      if (!isHeld()) return null;
      const turn = await takeOwn(domain, stop);
      if (typeof turn === 'number') return turn;
      const place = await takeLane(campaignId, stop);
      return place && { ...place, own: turn, isFresh: failures === 0 };
    },
    leave,
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
