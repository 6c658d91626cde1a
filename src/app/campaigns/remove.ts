import { allowedActions, type Campaign } from '../../core/campaigns/campaign.ts';
import { orUntil, type Timers } from '../../core/life-cycle.ts';
import { ok } from '../../core/result.ts';
import type { Log } from '../ports.ts';
import { noSuch, type Outcome, refuse } from '../problem.ts';
import type { CampaignStore } from './ports.ts';
import { isCurrent, mismatch, type Versions } from './version.ts';

const ROUNDS = 5;

/** A caller waits so long for the rows to go; millions of them go on going when it has got its answer. */
const WAIT_MS = 2_000;

type Deps = {
  readonly campaigns: Pick<CampaignStore, 'get' | 'hide' | 'remove'>;
  /** Whether a list is still coming in; one that has failed only has rows left, and they go with the rest. */
  readonly isLoading: (importId: string) => Promise<boolean>;
  readonly clock: Timers;
  readonly log: Log;
};

/** Removes a campaign with all that belongs to it. It is out of sight at once; a removal that is cut short is taken up again. */
export function makeRemoveCampaign({ campaigns, isLoading, clock, log }: Deps) {
  /** Whether it was over in time. */
  async function removed(id: string): Promise<boolean> {
    const removal = campaigns.remove(id, () => false);
    const late = new AbortController();
    const cancel = clock.after(WAIT_MS, () => late.abort());
    await orUntil(late.signal, removal).finally(cancel);
    removal.catch((error: unknown) => log.warn('campaign not removed yet', { campaign: id, reason: String(error) }));
    return !late.signal.aborted;
  }

  return async function removeCampaign(
    id: string,
    versions: Versions = null,
  ): Promise<Outcome<{ readonly isOver: boolean }>> {
    for (let round = 0; round < ROUNDS; round++) {
      const campaign = await campaigns.get(id);
      if (!campaign) return noSuch('campaign');
      if (!isCurrent(versions, campaign)) return mismatch();
      if (campaign.openImport && (await isLoading(campaign.openImport))) {
        return refuse('import.open', 'An import is under way; delete the campaign after it.');
      }
      if (!isDeletable(campaign)) return notDeletable(campaign);
      if (await campaigns.hide(id, campaign.version)) return ok({ isOver: await removed(id) });
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
