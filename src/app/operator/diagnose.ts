import { type CampaignDiagnosis, diagnoseCampaign } from '../../core/diagnosis/campaign.ts';
import { type Diagnosis, diagnose } from '../../core/diagnosis/diagnose.ts';
import { MOVING, type Standstill } from '../../core/diagnosis/standstill.ts';
import type { Decision } from '../../core/lanes/lane.ts';
import { total } from '../../core/recipients/recipient.ts';
import type { Tally } from '../../core/replies/tally.ts';
import { ok } from '../../core/result.ts';
import type { CampaignStore, RecipientReader } from '../campaigns/ports.ts';
import type { LaneHistory, LaneReader, LaneView, StopView } from '../lanes/ports.ts';
import type { Clock } from '../ports.ts';
import { noSuch, type Outcome } from '../problem.ts';
import type { TallyStore } from '../replies/ports.ts';

/** Reads what was said, decided and measured, and lets the core judge it. */

export type CampaignInTrouble = CampaignDiagnosis & {
  readonly campaignId: string;
  readonly blockedBecause: string | null;
  readonly from: number;
  readonly until: number;
};

export type Diagnose = {
  lane(id: string, minutes: number): Promise<Outcome<Diagnosis>>;
  campaign(id: string, minutes: number): Promise<Outcome<CampaignInTrouble>>;
};

type Deps = {
  readonly lanes: Pick<LaneReader, 'get' | 'turns'>;
  readonly laneHistory: Pick<LaneHistory, 'read'>;
  readonly campaigns: Pick<CampaignStore, 'get'>;
  readonly recipients: Pick<RecipientReader, 'counts'>;
  readonly refusals: Pick<TallyStore, 'read'>;
  readonly clock: Clock;
};
type Stretch = { readonly from: number; readonly now: number };

/** Every decision of the rate and the session loop but its small steps. */
const ACTIONS = [
  ...['brake', 'look', 'shallow', 'found', 'deep', 'open', 'try', 'resume', 'probe', 'pardon', 'connections'],
  ...['wall', 'unsure', 'away', 'setup', 'go'],
] as const;
const MOST_DECISIONS = 500;
/** What was sent before the first decision is compared with what came after it. */
const BEFORE_MS = 3 * 60_000;
const MINUTE_MS = 60_000;
/** A lane that nobody has written for so long has no worker: what it was then is history. */
const STALE_MS = 30_000;

export function makeDiagnose({ lanes, laneHistory, campaigns, recipients, refusals, clock }: Deps): Diagnose {
  const stretchOf = (minutes: number): Stretch => ({ from: clock.now() - minutes * MINUTE_MS, now: clock.now() });

  async function decisionsOf(id: string, route: string, { from, now }: Stretch): Promise<readonly Decision[]> {
    const turns = (lane: string) => lanes.turns(lane, new Date(from), new Date(now + 1), ACTIONS, MOST_DECISIONS);
    const both = await Promise.all([turns(id), turns(`${route}:*`)]);
    return both.flat().sort((a, b) => a.at.getTime() - b.at.getTime());
  }

  async function one(id: string, stretch: Stretch, tallies: readonly Tally[], campaignId: string | null) {
    const { from, now } = stretch;
    const [route = '', provider = ''] = id.split(':');
    const [decisions, seconds, view] = await Promise.all([
      decisionsOf(id, route, stretch),
      laneHistory.read(id, new Date(from - BEFORE_MS), new Date(now)),
      lanes.get(id),
    ]);
    const still = view && now - view.updatedAt.getTime() < STALE_MS ? stillOf(view) : MOVING;
    return diagnose({ lane: id, route, provider, from, now, tallies, campaignId, decisions, seconds, still });
  }

  return {
    async lane(id, minutes) {
      if (!(await lanes.get(id))) return noSuch('lane');
      const stretch = stretchOf(minutes);
      return ok(await one(id, stretch, await refusals.read({}, stretch.from), null));
    },

    async campaign(id, minutes) {
      const campaign = await campaigns.get(id);
      if (!campaign) return noSuch('campaign');
      const stretch = stretchOf(minutes);
      const tallies = await refusals.read({}, stretch.from);
      const mine = new Set(tallies.filter(({ campaignId }) => campaignId === id).map(({ lane }) => lane));
      const diagnoses = await Promise.all([...mine].map((lane) => one(lane, stretch, tallies, id)));
      const { from, now: until } = stretch;
      const counts = await recipients.counts(id);
      return ok({
        ...diagnoseCampaign(diagnoses, {
          count: counts.expired,
          total: total(counts),
          isDeadlineOver: (campaign.schedule?.deadline?.getTime() ?? Number.POSITIVE_INFINITY) <= until,
        }),
        ...{ campaignId: id, blockedBecause: campaign.blockedBecause, from, until },
      });
    },
  };
}

const stopOf = ({ since, nextTryAt, ...rest }: StopView) => ({
  ...rest,
  since: since.getTime(),
  nextTryAt: nextTryAt?.getTime() ?? null,
});

function stillOf({ orders, stop, pausedUntil, isGreylisting, waiting, stoppedSites }: LaneView): Standstill {
  const { count, examples } = stoppedSites ?? { count: 0, examples: [] };
  return {
    ...{ isPaused: orders.paused, waiting, isGreylisting: isGreylisting ?? false },
    stop: stop ? stopOf(stop) : null,
    pausedUntil: pausedUntil?.getTime() ?? null,
    sites: { count, examples: examples.map((one) => ({ ...stopOf(one), site: one.site })) },
  };
}
