import {
  allowedActions,
  type Campaign,
  type Command,
  type IllegalMove,
  move,
  stateAfterResume,
} from '../../core/campaigns/campaign.ts';
import { waiting } from '../../core/recipients/recipient.ts';
import { fail, ok } from '../../core/result.ts';
import type { RouteStore } from '../lanes/ports.ts';
import type { Clock } from '../ports.ts';
import { noSuch, type Outcome, type Problem, refuse } from '../problem.ts';
import type { CampaignPatch, CampaignStore, LetterPress, RecipientReader } from './ports.ts';
import { checkReady } from './ready.ts';
import { isCurrent, mismatch, type Versions } from './version.ts';

/** The moves that a person asks for. Each is a compare-and-set; the worker sees the new state within a second. */

export type Control = Exclude<Command, 'schedule'>;
type Deps = {
  readonly campaigns: Pick<CampaignStore, 'get' | 'update'>;
  readonly recipients: Pick<RecipientReader, 'counts' | 'list'>;
  readonly routes: Pick<RouteStore, 'routing'>;
  readonly press: LetterPress;
  readonly clock: Clock;
};

/** Several people and the worker may move a campaign at once; each loser looks again. */
const ROUNDS = 5;

/** What a command writes besides the state. `finishedAt` of a cancelled campaign is the worker's, once nobody waits. */
const ALSO: Record<Control, (campaign: Campaign, now: Date) => CampaignPatch> = {
  // Now is now, whatever start was planned.
  start: ({ startedAt, schedule }, now) => ({
    startedAt: startedAt ?? now,
    schedule: schedule && { ...schedule, startAt: null },
  }),
  resume(campaign, now) {
    const state = stateAfterResume(campaign);
    const skips = campaign.blockedBecause?.startsWith('render.') ? { skipsUnrenderable: true } : {};
    return {
      state,
      blockedBecause: null,
      ...skips,
      ...(state === 'running' && { startedAt: campaign.startedAt ?? now }),
    };
  },
  pause: () => ({}),
  cancel: () => ({ blockedBecause: null }),
  unschedule: () => ({ schedule: null }),
};
const STARTS_SENDING: ReadonlySet<Control> = new Set(['start', 'resume']);

export function makeControlCampaign({ campaigns, recipients, routes, press, clock }: Deps) {
  /** People who would get no letter any more, because the deadline is over. */
  async function wouldExpire({ id, schedule }: Campaign): Promise<number> {
    const deadline = schedule?.deadline?.getTime() ?? Number.POSITIVE_INFINITY;
    return clock.now() < deadline ? 0 : waiting(await recipients.counts(id));
  }

  async function checkStart(campaign: Campaign, confirmed: boolean): Promise<Outcome<null>> {
    const ready = await checkReady({ routes, press, recipients }, campaign);
    if (!ready.ok || confirmed) return ready;
    const lost = await wouldExpire(campaign);
    if (lost === 0) return ready;
    return refuse(
      'campaign.deadlineOver',
      `The deadline is over, so ${lost} people who still wait would get no letter. Set another deadline, or confirm with ?confirm=true.`,
      { wouldExpire: lost, state: campaign.state, allowedActions: allowedActions(campaign) },
    );
  }

  /** Answers the campaign as it is afterwards; a command whose end state already holds changes nothing. */
  return async function controlCampaign(
    id: string,
    command: Control,
    { versions = null, confirmed = false }: { readonly versions?: Versions; readonly confirmed?: boolean } = {},
  ): Promise<Outcome<Campaign>> {
    for (let round = 0; round < ROUNDS; round++) {
      const campaign = await campaigns.get(id);
      if (!campaign) return noSuch('campaign');
      if (!isCurrent(versions, campaign)) return mismatch();
      const next = move(campaign, command);
      if (!next.ok) return fail(toProblem(next.error));
      if (!next.value.changed) return ok(campaign);
      if (STARTS_SENDING.has(command)) {
        const ready = await checkStart(campaign, confirmed);
        if (!ready.ok) return ready;
      }
      const now = new Date(clock.now());
      const patch = { state: next.value.state, ...ALSO[command](campaign, now), updatedAt: now };
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
