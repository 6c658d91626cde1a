import { recentUses, type ShareUse, wantedRate } from '../../core/lanes/demand.ts';
import type { RouteCap, Wish } from '../../core/lanes/share.ts';
import type { Clock } from '../ports.ts';
import type { LaneReport } from './lane.ts';
import type { Limiter } from './limiter.ts';

/** What this worker could use of a route: what its lanes ask for, and what they made of the share that it had. */

export type RouteDemand = {
  /** The route's limiter; whoever asks it for a permit is counted. */
  readonly limiter: Limiter;
  wish(lanes: readonly Pick<LaneReport, 'wants'>[], cap: RouteCap): Omit<Wish, 'worker'>;
};

/** So that it can climb. */
const LEARNED_ROOM = 1.1;

export function makeRouteDemand(limiter: Limiter, clock: Clock): RouteDemand {
  let uses: readonly ShareUse[] = [];
  let use: ShareUse = { seconds: 0, allowed: 0, used: 0 };
  let share = Number.POSITIVE_INFINITY;
  let at = clock.now();
  let waiting = 0;

  /** Lets time pass. */
  function pass(): void {
    const seconds = (clock.now() - at) / 1_000;
    at = clock.now();
    use = {
      ...use,
      seconds: use.seconds + seconds,
      allowed: use.allowed + (Number.isFinite(share) ? share * seconds : 0),
    };
  }

  function nextUse(isAtWork: boolean): void {
    pass();
    // What was not used while nothing was to be done says nothing about what will be.
    uses = isAtWork ? recentUses([...uses, use]) : [];
    use = { seconds: 0, allowed: 0, used: 0 };
  }

  /** Where the route itself has pushed back, its limiter holds us and not our share. */
  const learned = () => (limiter.rate() < share ? limiter.rate() * LEARNED_ROOM : Number.POSITIVE_INFINITY);

  return {
    limiter: {
      ...limiter,
      async acquire(campaignId, stop) {
        waiting += 1;
        const permit = await limiter.acquire(campaignId, stop).finally(() => {
          waiting -= 1;
        });
        if (permit) use = { ...use, used: use.used + 1 };
        return permit;
      },
      setShare(perSecond) {
        pass();
        share = perSecond;
        limiter.setShare(perSecond);
      },
    },
    wish(lanes, cap) {
      const atWork = lanes.map((lane) => lane.wants()).filter(({ sessions }) => sessions > 0);
      nextUse(atWork.length > 0);
      const rate = atWork.reduce((sum, wants) => sum + wants.rate, 0);
      const sessions = atWork.reduce((sum, wants) => sum + wants.sessions, 0);
      const most = Math.min(cap.rate ?? 0, rate, learned());
      return {
        lanes: lanes.length,
        weight: atWork.length,
        wantsRate: most > 0 ? wantedRate(uses, waiting > 0, most) : 0,
        wantsSessions: Math.min(cap.sessions, sessions),
      };
    },
  };
}
