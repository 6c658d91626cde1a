import { allowedActions, type Campaign, type CampaignState, type OnUncertain } from '../../core/campaigns/campaign.ts';
import { ok } from '../../core/result.ts';
import type { Clock } from '../ports.ts';
import { noSuch, type Outcome, refuse } from '../problem.ts';
import { checkLetter, mergeContent } from './content.ts';
import type { CampaignPatch, CampaignStore, ContentPatch, LetterPress } from './ports.ts';
import { isCurrent, mismatch, type Versions } from './version.ts';

export type CampaignEdit = {
  readonly name?: string | undefined;
  readonly content?: ContentPatch | undefined;
  readonly onUncertain?: OnUncertain | undefined;
  /** Milliseconds. */
  readonly giveUpAfter?: number | undefined;
};

/** Nothing is sent in these states; a blocked campaign may need another letter before it can go on. */
const EDITABLE: ReadonlySet<CampaignState> = new Set(['draft', 'paused', 'blocked']);
/** Everybody has had his end. */
const OVER: ReadonlySet<CampaignState> = new Set(['finished', 'cancelled']);

type Deps = {
  readonly campaigns: Pick<CampaignStore, 'get' | 'update'>;
  readonly press: LetterPress;
  readonly clock: Clock;
};

export function makeEditCampaign({ campaigns, press, clock }: Deps) {
  return async function editCampaign(id: string, versions: Versions, edit: CampaignEdit): Promise<Outcome<Campaign>> {
    const campaign = await campaigns.get(id);
    if (!campaign) return noSuch('campaign');
    if (!isCurrent(versions, campaign)) return mismatch();

    const changesLetter = edit.content !== undefined || edit.onUncertain !== undefined;
    if (changesLetter && !EDITABLE.has(campaign.state)) return notEditable('letter', campaign);
    if (edit.giveUpAfter !== undefined && OVER.has(campaign.state)) return notEditable('give-up age', campaign);

    const patch = toPatch(press, campaign, edit);
    if (!patch.ok) return patch;
    if (Object.keys(patch.value).length === 0) return ok(campaign);

    const updated = await campaigns.update(id, campaign.version, { ...patch.value, updatedAt: new Date(clock.now()) });
    return updated ? ok(updated) : mismatch();
  };
}

function toPatch(press: Deps['press'], campaign: Campaign, edit: CampaignEdit): Outcome<CampaignPatch> {
  const { name, content, onUncertain, giveUpAfter } = edit;
  const rest = {
    ...(name !== undefined && { name }),
    ...(onUncertain !== undefined && { onUncertain }),
    ...(giveUpAfter !== undefined && { giveUpAfterMs: giveUpAfter }),
  };
  if (content === undefined) return ok(rest);
  const letter = checkLetter(press, { ...campaign, content: mergeContent(campaign.content, content) });
  return letter.ok ? ok({ ...rest, content: letter.value, skipsUnrenderable: false }) : letter;
}

const notEditable = (what: string, campaign: Campaign) =>
  refuse('campaign.notEditable', `The ${what} of a campaign that is ${campaign.state} can not be changed.`, {
    state: campaign.state,
    allowedActions: allowedActions(campaign),
  });
