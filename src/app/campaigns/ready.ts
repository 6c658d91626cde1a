import { allowedActions, type Campaign } from '../../core/campaigns/campaign.ts';
import { ok } from '../../core/result.ts';
import type { RouteStore } from '../lanes/ports.ts';
import { type Outcome, refuse } from '../problem.ts';
import { checkLetter } from './content.ts';
import type { LetterPress } from './ports.ts';

/** Whether a campaign could send now: a list, a letter that fits its columns, and a way out. */
export async function checkReady(
  { routes, press }: { readonly routes: Pick<RouteStore, 'routing'>; readonly press: LetterPress },
  campaign: Campaign,
): Promise<Outcome<null>> {
  const standing = { state: campaign.state, allowedActions: allowedActions(campaign.state) };
  if (campaign.openImport) return refuse('import.open', 'An import is under way; wait until it has ended.', standing);
  if (campaign.totals.accepted === 0) {
    return refuse('campaign.noRecipients', 'The campaign has no recipients yet; import a list first.', standing);
  }
  const letter = checkLetter(press, campaign);
  if (!letter.ok) return letter;
  if ((await routes.routing()).length === 0) {
    return refuse('routing.missing', 'No routing rule says how mail leaves; PUT /routing first.', standing);
  }
  return ok(null);
}
