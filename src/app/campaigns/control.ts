import { type Campaign, type Command, type IllegalMove, move } from '../../core/campaigns/campaign.ts';
import { fail, ok } from '../../core/result.ts';
import type { RouteStore } from '../lanes/ports.ts';
import type { Clock } from '../ports.ts';
import { noSuch, type Outcome, type Problem, refuse } from '../problem.ts';
import type { CampaignPatch, CampaignStore, LetterPress } from './ports.ts';
import { checkReady } from './ready.ts';

/** The moves that a person asks for. Each is a compare-and-set; the worker sees the new state within a second. */

export type Control = Exclude<Command, 'schedule'>;
type Deps = {
  readonly campaigns: Pick<CampaignStore, 'get' | 'update'>;
  readonly routes: Pick<RouteStore, 'routing'>;
  readonly press: LetterPress;
  readonly clock: Clock;
};

/** Several people and the worker may move a campaign at once; each loser looks again. */
const ROUNDS = 5;

/** What a command writes besides the state. `finishedAt` of a cancelled campaign is the worker's, once nobody waits. */
const ALSO: Record<Control, (campaign: Campaign, now: Date) => CampaignPatch> = {
  start: (campaign, now) => ({ startedAt: campaign.startedAt ?? now }),
  resume: (campaign, now) => ({ startedAt: campaign.startedAt ?? now, blockedBecause: null }),
  pause: () => ({}),
  cancel: () => ({ blockedBecause: null }),
  unschedule: () => ({ schedule: null }),
};
const STARTS_SENDING: ReadonlySet<Control> = new Set(['start', 'resume']);

export function makeControlCampaign({ campaigns, routes, press, clock }: Deps) {
  /** Answers the campaign as it is afterwards; a command whose end state already holds changes nothing. */
  return async function controlCampaign(id: string, command: Control): Promise<Outcome<Campaign>> {
    for (let round = 0; round < ROUNDS; round++) {
      const campaign = await campaigns.get(id);
      if (!campaign) return noSuch('campaign');
      const next = move(campaign.state, command);
      if (!next.ok) return fail(toProblem(next.error));
      if (!next.value.changed) return ok(campaign);
      if (STARTS_SENDING.has(command)) {
        const ready = await checkReady({ routes, press }, campaign);
        if (!ready.ok) return ready;
      }
      const now = new Date(clock.now());
      const patch = { ...ALSO[command](campaign, now), state: next.value.state, updatedAt: now };
      const updated = await campaigns.update(id, campaign.version, patch);
      if (updated) return ok(updated);
    }
    return refuse('campaign.changedMeanwhile', 'The campaign keeps changing; try again.');
  };
}

export const toProblem = ({ state, command, allowedActions }: IllegalMove): Problem => ({
  code: 'campaign.illegalMove',
  detail: `A campaign that is ${state} can not take the action "${command}".`,
  state,
  allowedActions,
});
