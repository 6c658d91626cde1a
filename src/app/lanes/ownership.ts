import { type Owned, spread } from '../../core/lanes/spread.ts';
import type { WorkerRegistry } from './ports.ts';

/** Which lanes are ours, so that they are spread evenly over the workers that are alive. */

export type LaneOwnership = {
  /** Renews our place in the registry and works out anew who should own what. */
  reassign(wanted: readonly WantedLane[]): Promise<void>;
  /** Whether we should own the lane. */
  isOurs(lane: string): boolean;
  /** Whether another worker should own it, so that we let it go. */
  isForAnother(lane: string): boolean;
  /** Workers whose place in the registry lasts. */
  alive(): readonly string[];
  /** Gives our place up. */
  release(): Promise<void>;
};

export type WantedLane = {
  readonly lane: string;
  readonly route: string;
  /** Sessions that the route may open; null: it is gone. */
  readonly routeSessions: number | null;
};

const PRESENT_MS = 5_000;

export function makeLaneOwnership(registry: WorkerRegistry, worker: string): LaneOwnership {
  let assigned: ReadonlyMap<string, string> = new Map();
  let workers: readonly string[] = [worker];

  return {
    async reassign(wanted) {
      const { workers: alive, owners } = await registry.renew(worker, PRESENT_MS);
      workers = alive;
      const lanes = wanted.map(({ lane, route, routeSessions }): Owned => {
        // A route with few sessions cannot be shared: somebody would have none.
        const isSmall = (routeSessions ?? 0) < 2 * alive.length;
        return { lane, unit: isSmall ? route : lane, owner: owners.get(lane) ?? null };
      });
      assigned = spread(lanes, alive);
    },
    isOurs(lane) {
      const owner = assigned.get(lane);
      return owner === undefined ? workers.length <= 1 : owner === worker;
    },
    isForAnother(lane) {
      const owner = assigned.get(lane);
      return owner !== undefined && owner !== worker;
    },
    alive: () => workers,
    async release() {
      assigned = new Map();
      workers = [worker];
      await registry.release(worker);
    },
  };
}
