import type { LaneSample } from './ports.ts';

/** Counts of the last seconds: what really happened on a lane, beside what was allowed. */

const SECONDS = 5;
/** Samples kept while the database is away: ten minutes. */
const MOST_SAMPLES = 600;

export type Meter = {
  add(kind: 'accepted' | 'throttled' | 'other', now: number): void;
  /** Letters accepted per second over the last whole seconds. */
  perSecond(now: number): number;
  /** Refusals for pace among all answers of the last seconds, 0 to 1. */
  throttledShare(now: number): number;
  /** To be called a few times a second: each second that is over becomes a sample. */
  sample(now: number, allowed: number, sessions: number): void;
  /** Samples since the last call. */
  takeSamples(): readonly LaneSample[];
};

type Second = { at: number; accepted: number; throttled: number; other: number };

export function makeMeter(): Meter {
  const ring: Second[] = Array.from({ length: SECONDS + 1 }, () => ({ at: -1, accepted: 0, throttled: 0, other: 0 }));
  let samples: LaneSample[] = [];
  let sampled: number | null = null;

  function slot(second: number): Second {
    const found = ring[second % ring.length]!;
    if (found.at !== second) Object.assign(found, { at: second, accepted: 0, throttled: 0, other: 0 });
    return found;
  }
  const last = (now: number) => {
    const second = Math.floor(now / 1_000);
    return ring.filter(({ at }) => at < second && at >= second - SECONDS);
  };

  return {
    add(kind, now) {
      slot(Math.floor(now / 1_000))[kind] += 1;
    },
    perSecond: (now) => last(now).reduce((sum, { accepted }) => sum + accepted, 0) / SECONDS,
    throttledShare(now) {
      const seconds = last(now);
      const throttled = seconds.reduce((sum, second) => sum + second.throttled, 0);
      const all = seconds.reduce((sum, second) => sum + second.accepted + second.throttled + second.other, 0);
      return all === 0 ? 0 : throttled / all;
    },
    sample(now, allowed, sessions) {
      const second = Math.floor(now / 1_000) - 1;
      if (sampled !== null && second <= sampled) return;
      sampled = second;
      const found = ring.find(({ at }) => at === second) ?? { accepted: 0, throttled: 0, other: 0 };
      const { accepted, throttled, other } = found;
      samples.push({ at: new Date(second * 1_000), allowed, accepted, throttled, other, sessions });
      samples = samples.slice(-MOST_SAMPLES);
    },
    takeSamples() {
      const taken = samples;
      samples = [];
      return taken;
    },
  };
}
