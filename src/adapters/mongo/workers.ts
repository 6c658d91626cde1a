import type { RouteShares, WorkerRegistry } from '../../app/lanes/ports.ts';
import { inMs, isDuplicateKey } from './client.ts';
import type { Collections, RouteShareDoc } from './documents.ts';

/** Who works, who holds which lane, and how workers divide a route; leases by the server's clock. */

export function mongoWorkerRegistry({ workers, lanes }: Pick<Collections, 'workers' | 'lanes'>): WorkerRegistry {
  return {
    async renew(worker, leaseMs) {
      await workers.updateOne({ _id: worker }, [{ $set: { until: inMs(leaseMs) } }], { upsert: true });
      const alive = await workers.find({ $expr: { $gt: ['$until', '$$NOW'] } }, { projection: { _id: 1 } }).toArray();
      const held = await lanes
        .find({ $expr: { $gt: ['$leaseUntil', '$$NOW'] } }, { projection: { owner: 1 } })
        .toArray();
      return {
        workers: alive.map(({ _id }) => _id).sort(),
        owners: new Map(held.flatMap(({ _id, owner }) => (owner ? [[_id, owner] as const] : []))),
      };
    },
    async release(worker) {
      await workers.deleteOne({ _id: worker });
    },
  };
}

/** A worker of an earlier version does not say what it could use. */
const WANTS_ALL = { wantsRate: Number.POSITIVE_INFINITY, wantsSessions: Number.POSITIVE_INFINITY };

/** Those whose lease lasts, by the server's clock. */
const alive = (also: object = {}) => ({
  $filter: {
    input: { $ifNull: ['$holders', []] },
    as: 'each',
    cond: { $and: [{ $gt: ['$$each.until', '$$NOW'] }, also] },
  },
});

/** One document for all workers of a route, so that a write sees what the others hold. */
export function mongoRouteShares({ routeShares }: Pick<Collections, 'routeShares'>): RouteShares {
  async function read(route: string): Promise<RouteShareDoc | undefined> {
    const found = routeShares.aggregate<RouteShareDoc>([{ $match: { _id: route } }, { $set: { holders: alive() } }]);
    return (await found.toArray())[0];
  }

  return {
    async claim(route, worker, decide, leaseMs) {
      const found = await read(route);
      const holders = found?.holders ?? [];
      const others = holders.flatMap(({ until, ...holder }) =>
        holder.worker === worker ? [] : [{ ...WANTS_ALL, lanes: holder.weight, ...holder }],
      );
      const mine = decide(others);
      const rest = alive({ $ne: ['$$each.worker', worker] });
      const next = { $concatArrays: [rest, [{ ...mine, until: inMs(leaseMs) }]] };
      const version = found?.version ?? 0;
      try {
        const { matchedCount, upsertedCount } = await routeShares.updateOne(
          { _id: route, version },
          [{ $set: { version: version + 1, holders: next } }],
          { upsert: found === undefined },
        );
        return matchedCount + upsertedCount > 0 ? { mine, others } : null;
      } catch (error) {
        if (isDuplicateKey(error)) return null;
        throw error;
      }
    },

    async release(route, worker) {
      await routeShares.updateOne({ _id: route }, { $pull: { holders: { worker } }, $inc: { version: 1 } });
    },
  };
}
