import type { CrewRoll } from '../../app/lanes/ports.ts';
import type { Collections } from './documents.ts';
import { inMs } from './server-time.ts';

/** Who works, and who holds which lane, by the server's clock. */

export function mongoCrewRoll({ workers, lanes }: Pick<Collections, 'workers' | 'lanes'>): CrewRoll {
  return {
    async present(worker, leaseMs) {
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
    async leave(worker) {
      await workers.deleteOne({ _id: worker });
    },
  };
}
