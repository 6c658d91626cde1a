import { allowedActions, type Campaign } from '../../core/campaigns/campaign.ts';
import { ok } from '../../core/result.ts';
import type { RouteStore } from '../lanes/ports.ts';
import { type Outcome, refuse } from '../problem.ts';
import { checkLetter, invalidLetter } from './content.ts';
import type { LetterPress, RecipientReader } from './ports.ts';

type Deps = {
  readonly routes: Pick<RouteStore, 'routing'>;
  readonly press: LetterPress;
  readonly recipients: Pick<RecipientReader, 'list'>;
};

/** Real people for whom the letter is rendered before anything is sent. */
const SAMPLE = 20;

/** The letter, with subject and headers, rendered for real people. Some may lack what it needs; not all of them. */
async function tryLetter({ press, recipients }: Deps, campaign: Campaign): Promise<Outcome<null>> {
  const compiled = press.compile(campaign);
  if (!compiled.ok) return invalidLetter(compiled.error);
  const { items } = await recipients.list(campaign.id, { limit: SAMPLE, cursor: null });
  const faults = items.flatMap((each) => {
    const rendered = compiled.value.render(each);
    return rendered.ok ? [] : [rendered.error];
  });
  return items.length > 0 && faults.length === items.length ? invalidLetter(faults.slice(0, 1)) : ok(null);
}

/** Whether a campaign could send now: a list, a letter that fits its columns, and a way out. */
export async function checkReady({ routes, press, recipients }: Deps, campaign: Campaign): Promise<Outcome<null>> {
  const standing = { state: campaign.state, allowedActions: allowedActions(campaign) };
  if (campaign.openImport) return refuse('import.open', 'An import is under way; wait until it has ended.', standing);
  if (campaign.totals.accepted === 0) {
    return refuse('campaign.noRecipients', 'The campaign has no recipients yet; import a list first.', standing);
  }
  const letter = checkLetter(press, campaign);
  if (!letter.ok) return letter;
  const trial = await tryLetter({ routes, press, recipients }, campaign);
  if (!trial.ok) return trial;
  if ((await routes.routing()).length === 0) {
    return refuse('routing.missing', 'No routing rule says how mail leaves; PUT /routing first.', standing);
  }
  return ok(null);
}
