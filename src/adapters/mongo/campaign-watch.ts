import type { CampaignWatch } from '../../app/sending/ports.ts';
import type { Collections } from './documents.ts';

/** What a worker reads each second; without the content, which may be large. */
export function mongoCampaignWatch({ campaigns }: Pick<Collections, 'campaigns'>): CampaignWatch {
  return {
    async atWork() {
      const found = await campaigns
        .find(
          {
            $or: [
              { state: { $in: ['scheduled', 'running', 'paused', 'blocked'] } },
              { state: 'cancelled', finishedAt: null },
            ],
          },
          { projection: { content: 0 }, sort: { _id: 1 } },
        )
        .toArray();
      return found.map((doc) => ({
        id: doc._id,
        state: doc.state,
        version: doc.version,
        schedule: doc.schedule,
        sliceCount: doc.sliceCount,
        onUncertain: doc.onUncertain,
        accepted: doc.totals.accepted,
      }));
    },
  };
}
