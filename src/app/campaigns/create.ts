import type { Campaign, OnUncertain } from '../../core/campaigns/campaign.ts';
import { DEFAULT_GIVE_UP_MS } from '../../core/recipients/give-up.ts';
import { ok } from '../../core/result.ts';
import type { Clock, NewId } from '../ports.ts';
import { type Outcome, refuse } from '../problem.ts';
import { checkLetter, mergeContent } from './content.ts';
import type { CampaignStore, ContentPatch, LetterPress, Templates } from './ports.ts';

export type NewCampaign = {
  readonly name: string;
  /** Name of a shipped letter; fields of `content` override its own. */
  readonly template?: string | undefined;
  readonly content?: ContentPatch | undefined;
  readonly onUncertain?: OnUncertain | undefined;
  /** Milliseconds; 72 hours when left out. */
  readonly giveUpAfter?: number | undefined;
};

type Deps = {
  readonly campaigns: Pick<CampaignStore, 'insert'>;
  readonly press: LetterPress;
  readonly templates: Pick<Templates, 'read'>;
  readonly clock: Clock;
  readonly newId: NewId;
};

export function makeCreateCampaign({ campaigns, press, templates, clock, newId }: Deps) {
  return async function createCampaign(input: NewCampaign): Promise<Outcome<Campaign>> {
    const template = input.template === undefined ? null : await templates.read(input.template);
    if (input.template !== undefined && !template) {
      const detail = 'No letter of this name ships with Offpeak; GET /templates lists them.';
      return refuse('template.unknown', detail, {
        errors: [{ pointer: '/template', code: 'template.unknown', detail }],
      });
    }
    const base = template ? { subject: template.subject, html: template.html, text: template.text } : {};
    const [id, now] = [newId(), new Date(clock.now())];
    const letter = checkLetter(press, {
      id,
      createdAt: now,
      columns: [],
      content: mergeContent(mergeContent({}, base), input.content ?? {}),
    });
    if (!letter.ok) return letter;

    const campaign = draft(id, now, input, letter.value);
    await campaigns.insert(campaign);
    return ok(campaign);
  };
}

const draft = (
  id: string,
  now: Date,
  { name, onUncertain, giveUpAfter }: NewCampaign,
  content: Campaign['content'],
): Campaign => ({
  id,
  name,
  state: 'draft',
  version: 1,
  content,
  onUncertain: onUncertain ?? 'hold',
  giveUpAfterMs: giveUpAfter ?? DEFAULT_GIVE_UP_MS,
  schedule: null,
  blockedBecause: null,
  columns: [],
  sliceCount: 0,
  totals: { accepted: 0, duplicate: 0, suppressed: 0, rejected: 0 },
  openImport: null,
  createdAt: now,
  updatedAt: now,
  startedAt: null,
  finishedAt: null,
});
