import type { CampaignStore } from '../campaigns/ports.ts';
import type { Clock, Log } from '../ports.ts';
import type { ImportStore, RecipientLoader } from './ports.ts';

/**
 * Removes the rows that nobody sees any more: of failed imports, and of deleted campaigns whose removal was cut short. In
 * small steps, so that whatever else the database is asked comes in between.
 */

/** Up to ten thousand rows: a second or so, far from the time limit of a command. */
const SLICES_AT_ONCE = 10;
/** A turn ends soon after this, so that nobody who stops has to wait for millions of rows. */
const TURN_MS = 1_000;
/** A campaign hidden so long ago is not being removed by whoever hid it, or very slowly. */
const GRACE_MS = 30_000;

type Deps = {
  readonly campaigns: Pick<CampaignStore, 'hiddenBefore' | 'remove'>;
  readonly imports: Pick<ImportStore, 'withLeftover' | 'update'>;
  readonly loader: Pick<RecipientLoader, 'removeRows'>;
  readonly clock: Clock;
  readonly log: Log;
};

/** One turn. Several processes may do it at once, and any of them may die at it. */
export function makeRemoveLeftovers({ campaigns, imports, loader, clock, log }: Deps) {
  async function ofImports(isOver: () => boolean): Promise<void> {
    for (const { id, campaignId, leftover } of await imports.withLeftover(null)) {
      for (let { from, to } = leftover; from < to; from += SLICES_AT_ONCE) {
        if (isOver()) return;
        const next = Math.min(from + SLICES_AT_ONCE, to);
        await loader.removeRows(campaignId, { from, to: next });
        await imports.update(id, { leftover: { from: next, to } });
      }
      await imports.update(id, { leftover: null });
      log.info('rows of a failed import removed', { importId: id, campaign: campaignId });
    }
  }

  async function ofCampaigns(isOver: () => boolean): Promise<void> {
    for (const id of await campaigns.hiddenBefore(new Date(clock.now() - GRACE_MS))) {
      if (isOver() || !(await campaigns.remove(id, isOver))) return;
      log.warn('campaign removed', { campaign: id });
    }
  }

  return async function removeLeftovers(): Promise<void> {
    const end = clock.now() + TURN_MS;
    const isOver = () => clock.now() >= end;
    await ofImports(isOver);
    await ofCampaigns(isOver);
  };
}
