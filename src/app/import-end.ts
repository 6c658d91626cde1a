import type { Campaign } from '../core/campaign.ts';
import type { CampaignStore, Import, ImportFault, ImportStore, RecipientLoader } from './ports.ts';

/**
 * How an import ends. The campaign's `openImport` is the hinge: the one write that sets it back to null either lets
 * every row be seen or comes after every row has gone.
 */

type Stores = { readonly campaigns: CampaignStore; readonly imports: ImportStore; readonly loader: RecipientLoader };

/** Others may edit the campaign at the same time; so often in a row nobody does. */
const ROUNDS = 20;

export const isEditable = ({ state }: Campaign): boolean => state === 'draft' || state === 'scheduled';

export type Brought = Pick<Import, 'accepted' | 'duplicate' | 'suppressed' | 'rejected'> & {
  readonly columns: readonly string[];
  readonly nextSlice: number;
};

/** The commit point. Answers null, or why the campaign does not take the rows any more. */
export async function commitImport(
  campaigns: CampaignStore,
  value: Import,
  brought: Brought,
): Promise<ImportFault | null> {
  for (let round = 0; round < ROUNDS; round++) {
    const campaign = await campaigns.get(value.campaignId);
    if (campaign?.openImport !== value.id) return lostFault;
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
    if (await campaigns.update(campaign.id, campaign.version, patch)) return null;
  }
  throw new Error(`campaign ${value.campaignId} keeps changing`);
}

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
 * Ends an import that is not known to have been committed; safe to repeat, and to run after a lost answer of the commit.
 * Rows go first, then the import is marked failed, then the campaign is let go: so an import that is still `loading`
 * while its campaign has let go of it has been committed.
 */
export async function endImport(stores: Stores, id: string, patch: Partial<Import>): Promise<Import | null> {
  const { campaigns, imports, loader } = stores;
  const value = await imports.get(id);
  if (value?.state !== 'loading') return value;
  const campaign = await campaigns.get(value.campaignId);
  if (campaign && campaign.openImport !== id) {
    await imports.update(id, { state: 'completed', finishedAt: patch.finishedAt ?? null });
  } else {
    await loader.removeFrom(value.campaignId, value.firstSlice);
    await imports.update(id, { ...patch, state: 'failed', accepted: 0 });
    await letGo(campaigns, value.campaignId, id);
  }
  return imports.get(id);
}

export async function letGo(campaigns: CampaignStore, campaignId: string, importId: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const campaign = await campaigns.get(campaignId);
    if (campaign?.openImport !== importId) return;
    if (await campaigns.update(campaignId, campaign.version, { openImport: null })) return;
  }
  throw new Error(`campaign ${campaignId} keeps changing`);
}
