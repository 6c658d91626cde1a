import type { Campaign } from '../../core/campaigns/campaign.ts';
import type { CampaignStore } from '../campaigns/ports.ts';
import type { Import, ImportFault, ImportStore, RecipientLoader } from './ports.ts';

/**
 * How an import ends. The campaign's `openImport` is the hinge: the one write that sets it back to null either lets
 * every row be seen or comes after every row has gone. An import is marked failed before its rows go, so one that is
 * still `loading` while its campaign has let go of it has been committed.
 */

type Stores = { readonly campaigns: CampaignStore; readonly imports: ImportStore; readonly loader: RecipientLoader };

/** For how long whoever removes the rows of an import is left alone. */
const REMOVAL_MS = 600_000;
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
  const { campaigns, imports } = stores;
  const value = await imports.get(id);
  if (value?.state !== 'loading') return value;
  const finishedAt = new Date(now);
  await imports.update(id, { state: 'failed', fault, accepted: 0, finishedAt, ...removalLease(now) });
  const campaign = await bump(campaigns, value);
  if (campaign === 'let go') {
    const { accepted, leaseUntil } = value;
    await imports.update(id, { state: 'completed', fault: null, accepted, finishedAt, leaseUntil });
  } else await removeRows(stores, value);
  return imports.get(id);
}

/** Clears away a failed import that its campaign still holds on to: whoever failed it died before the end. */
export async function clearFailed(stores: Stores, value: Import, now: number): Promise<void> {
  await stores.imports.update(value.id, removalLease(now));
  if ((await bump(stores.campaigns, value)) !== 'let go') await removeRows(stores, value);
}

const removalLease = (now: number) => ({ leaseUntil: new Date(now + REMOVAL_MS) });

async function removeRows({ loader, campaigns }: Stores, { id, campaignId, firstSlice }: Import): Promise<void> {
  await loader.removeFrom(campaignId, firstSlice);
  await releaseCampaign(campaigns, campaignId, id);
}

/** Changes nothing but the version, so that a commit under way has to look again. */
async function bump(campaigns: CampaignStore, { id, campaignId }: Import): Promise<'held' | 'let go' | 'removed'> {
  for (let round = 0; round < ROUNDS; round++) {
    const campaign = await campaigns.get(campaignId);
    if (!campaign) return 'removed';
    if (campaign.openImport !== id) return 'let go';
    if (await campaigns.update(campaignId, campaign.version, { openImport: id })) return 'held';
  }
  throw keepsChanging(campaignId);
}

export async function releaseCampaign(campaigns: CampaignStore, campaignId: string, importId: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const campaign = await campaigns.get(campaignId);
    if (campaign?.openImport !== importId) return;
    if (await campaigns.update(campaignId, campaign.version, { openImport: null })) return;
  }
  throw keepsChanging(campaignId);
}
