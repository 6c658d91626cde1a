import { allowedActions, type Campaign } from '../../core/campaigns/campaign.ts';
import { ok } from '../../core/result.ts';
import { noSuch, type Outcome, refuse } from '../problem.ts';
import type { CampaignStore } from './ports.ts';
import { isCurrent, mismatch, type Versions } from './version.ts';

const ROUNDS = 5;

/** Removes a campaign with all that belongs to it. Cut short, it leaves a cancelled campaign that can be removed again. */
export function makeRemoveCampaign({
  campaigns,
}: {
  readonly campaigns: Pick<CampaignStore, 'get' | 'remove' | 'update'>;
}) {
  return async function removeCampaign(id: string, versions: Versions = null): Promise<Outcome<null>> {
    for (let round = 0; round < ROUNDS; round++) {
      const campaign = await campaigns.get(id);
      if (!campaign) return noSuch('campaign');
      if (!isCurrent(versions, campaign)) return mismatch();
      if (campaign.openImport) return refuse('import.open', 'An import is under way; delete the campaign after it.');
      if (!isDeletable(campaign)) return notDeletable(campaign);
      // A draft is cancelled first, so that nobody starts or fills it while its rows go.
      const isOurs =
        campaign.state !== 'draft' || (await campaigns.update(id, campaign.version, { state: 'cancelled' }));
      if (!isOurs) continue;
      await campaigns.remove(id);
      return ok(null);
    }
    return refuse('campaign.changedMeanwhile', 'The campaign keeps changing; try again.');
  };
}

/** Cancelled in mid-run, it still has letters in hand until a worker has ended them. */
const isDeletable = ({ state, startedAt, finishedAt }: Campaign) =>
  state === 'draft' || state === 'finished' || (state === 'cancelled' && (startedAt === null || finishedAt !== null));

const notDeletable = ({ state, openImport }: Campaign) =>
  refuse(
    'campaign.notDeletable',
    state === 'cancelled'
      ? 'The campaign was cancelled a moment ago and its last letters are still in hand; try again soon.'
      : `A campaign that is ${state} can not be deleted; cancel it first.`,
    { state, allowedActions: allowedActions({ state, openImport }) },
  );
