import type { Campaign } from '../../core/campaigns/campaign.ts';
import type { CampaignStore } from '../campaigns/ports.ts';
import type { Import, ImportFault, ImportStore, RecipientLoader } from './ports.ts';

/**
 * How an import ends. The campaign's `openImport` is the hinge: the one write that sets it back to null either lets
 * every row be seen or leaves them all behind, in slices that are none and under numbers that are never used again. An
 * import is marked failed before that, so one that is still `loading` while its campaign has let go of it has been
 * committed.
 */

type Stores = { readonly campaigns: CampaignStore; readonly imports: ImportStore; readonly loader: RecipientLoader };

/** Others may edit the campaign at the same time; so often in a row nobody does. */
const ROUNDS = 20;

export const isEditable = ({ state }: Campaign): boolean => state === 'draft' || state === 'scheduled';

export type Brought = Pick<Import, 'accepted' | 'duplicate' | 'suppressed' | 'rejected'> & {
  readonly columns: readonly string[];
  readonly nextSlice: number;
};

/** The commit point. Answers null, or why the rows are not taken any more. */
export async function commitImport(
  { campaigns, imports }: Stores,
  { id, campaignId }: Import,
  brought: Brought,
): Promise<ImportFault | null> {
  for (let round = 0; round < ROUNDS; round++) {
    const campaign = await campaigns.get(campaignId);
    // Read after the campaign: whoever fails an import marks it and then changes the campaign, so one of the two tells.
    const value = await imports.get(id);
    if (campaign?.openImport !== id || value?.state !== 'loading') return lostFault;
    if (!isEditable(campaign)) {
      const detail = `The campaign is ${campaign.state} by now and takes no more recipients.`;
      return { code: 'campaign.notEditable', detail, line: null };
    }
    const patch = {
      openImport: null,
      sliceCount: brought.nextSlice,
      totals: added(campaign.totals, brought),
      columns: columnsWith(campaign, brought),
    };
    if (await campaigns.update(campaignId, campaign.version, patch)) return null;
  }
  throw keepsChanging(campaignId);
}

const keepsChanging = (campaignId: string) => new Error(`campaign ${campaignId} keeps changing`);

export const lostFault: ImportFault = {
  code: 'import.abandoned',
  detail: 'The import went silent for too long and was given up.',
  line: null,
};

function added(totals: Campaign['totals'], brought: Brought): Campaign['totals'] {
  return {
    accepted: totals.accepted + brought.accepted,
    duplicate: totals.duplicate + brought.duplicate,
    suppressed: totals.suppressed + brought.suppressed,
    rejected: totals.rejected + brought.rejected,
  };
}

/** A letter may rely on what every row has: the columns that all imports with rows have in common. */
function columnsWith({ columns, totals }: Campaign, brought: Brought): readonly string[] {
  if (brought.accepted === 0) return columns;
  return totals.accepted === 0 ? brought.columns : columns.filter((column) => brought.columns.includes(column));
}

/**
 * Ends an import as failed, unless it has ended, or turns out to be committed though nobody heard of it. Answers what it
 * has become. Safe to repeat.
 */
export async function endImport(stores: Stores, id: string, fault: ImportFault, now: number): Promise<Import | null> {
  const { imports } = stores;
  const value = await imports.get(id);
  if (value?.state !== 'loading') return value;
  const finishedAt = new Date(now);
  await imports.update(id, { state: 'failed', fault, accepted: 0, finishedAt });
  if ((await freeCampaign(stores, value)) === 'committed') {
    await imports.update(id, { state: 'completed', fault: null, accepted: value.accepted, finishedAt });
  }
  return imports.get(id);
}

/**
 * Frees the campaign of a failed import and leaves its rows to be removed, unless it turns out to be committed. Safe to
 * repeat: whoever failed it may have died before the end.
 */
export async function freeCampaign(
  { campaigns, imports, loader }: Stores,
  { id, campaignId, firstSlice }: Import,
): Promise<'committed' | 'freed'> {
  if ((await bump(campaigns, campaignId, id)) === 'let go') return 'committed';
  const leftover = { from: firstSlice, to: (await imports.get(id))?.reservedTo ?? firstSlice };
  await loader.removeSlices(campaignId, leftover);
  // Before the campaign is free, so that the next import knows of it.
  await imports.update(id, { leftover });
  await releaseCampaign(campaigns, campaignId, id, { sliceCount: leftover.to });
  return 'freed';
}

/** Changes nothing but the version, so that a commit under way has to look again. */
async function bump(campaigns: CampaignStore, campaignId: string, id: string): Promise<'held' | 'let go' | 'removed'> {
  for (let round = 0; round < ROUNDS; round++) {
    const campaign = await campaigns.get(campaignId);
    if (!campaign) return 'removed';
    if (campaign.openImport !== id) return 'let go';
    if (await campaigns.update(campaignId, campaign.version, { openImport: id })) return 'held';
  }
  throw keepsChanging(campaignId);
}

export async function releaseCampaign(
  campaigns: CampaignStore,
  campaignId: string,
  importId: string,
  patch: { readonly sliceCount?: number } = {},
): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const campaign = await campaigns.get(campaignId);
    if (campaign?.openImport !== importId) return;
    if (await campaigns.update(campaignId, campaign.version, { ...patch, openImport: null })) return;
  }
  throw keepsChanging(campaignId);
}
