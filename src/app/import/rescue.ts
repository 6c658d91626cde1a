import type { CampaignStore } from '../campaigns/ports.ts';
import type { Clock, Log } from '../ports.ts';
import { endImport, freeCampaign, lostFault, releaseCampaign } from './end.ts';
import { LEASE_MS } from './lease.ts';
import type { ImportStore, RecipientLoader } from './ports.ts';

/** Cleans up behind importers that died: kill -9 in the middle of an import leaves nothing that a person must repair. */

/** Clocks differ and a write may be on its way, so a lease must be over for this long. */
const GRACE_MS = 30_000;
/** Looking at every campaign costs more and finds something only after a crash between two writes. */
const LOOK_MS = 600_000;

export type RescueDeps = {
  readonly campaigns: CampaignStore;
  readonly imports: ImportStore;
  readonly loader: RecipientLoader;
  readonly clock: Clock;
  readonly log: Log;
};

/** Answers how many imports were ended and how many campaigns let go of one. Safe to run in several processes at once. */
export function makeRescueImports(deps: RescueDeps) {
  const { campaigns, imports, clock, log } = deps;
  let lookAt = 0;

  async function endAbandoned(): Promise<number> {
    const now = clock.now();
    const abandoned = await imports.abandoned(new Date(now - GRACE_MS));
    for (const { id, campaignId } of abandoned) {
      const ended = await endImport(deps, id, lostFault, now);
      log.warn('import.rescued', { importId: id, campaignId, state: ended?.state });
    }
    return abandoned.length;
  }

  /** A campaign waits for an import that was never written down, or that was failed by somebody who then died. */
  async function freeCampaigns(): Promise<number> {
    const now = clock.now();
    if (now < lookAt) return 0;
    lookAt = now + LOOK_MS;
    let freed = 0;
    for (const { id, openImport, updatedAt } of await campaigns.inStates(['draft', 'scheduled', 'cancelled'])) {
      if (openImport === null) continue;
      const value = await imports.get(openImport);
      const until = value?.leaseUntil.getTime() ?? updatedAt.getTime() + LEASE_MS;
      if (value?.state === 'loading' || until + GRACE_MS > now) continue;
      if (value?.state === 'failed') await freeCampaign(deps, value);
      else await releaseCampaign(campaigns, id, openImport);
      log.warn('import.released', { importId: openImport, campaignId: id });
      freed += 1;
    }
    return freed;
  }

  return async function rescueImports(): Promise<{ readonly ended: number; readonly freed: number }> {
    return { ended: await endAbandoned(), freed: await freeCampaigns() };
  };
}
