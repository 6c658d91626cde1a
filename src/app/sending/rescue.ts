import type { CampaignStore } from '../campaigns/ports.ts';
import type { Log } from '../ports.ts';
import type { Slices } from './ports.ts';

/** Gives back what dead workers left, without Agenda. Any number of workers may rescue: each step is a compare-and-set. */

type Deps = {
  readonly slices: Pick<Slices, 'abandoned' | 'recover' | 'resendDoubtful'>;
  readonly campaigns: Pick<CampaignStore, 'get'>;
  readonly log: Log;
};

export function makeRescue({ slices, campaigns, log }: Deps) {
  return async function rescue(): Promise<{ readonly returned: number; readonly uncertain: number }> {
    const sum = { returned: 0, uncertain: 0 };
    for (const lease of await slices.abandoned()) {
      const campaign = await campaigns.get(lease.campaignId);
      const { returned, uncertain } = await slices.recover(lease, campaign?.onUncertain ?? 'hold');
      log.warn('slice recovered', { campaign: lease.campaignId, slice: lease.slice, returned, uncertain });
      sum.returned += returned;
      sum.uncertain += uncertain;
    }
    const resent = await slices.resendDoubtful();
    if (resent > 0) log.warn('doubtful letters go again', { resent });
    return sum;
  };
}
