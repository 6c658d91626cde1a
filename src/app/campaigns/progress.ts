import type { Campaign, Phase } from '../../core/campaigns/campaign.ts';
import { phaseOf, type TimeLeft, timeLeft } from '../../core/campaigns/phase.ts';
import { isOpen, nextOpening, openings, type Zones } from '../../core/campaigns/window.ts';
import { type Counts, total } from '../../core/recipients/recipient.ts';
import { ok } from '../../core/result.ts';
import type { LaneReader, LaneView } from '../lanes/ports.ts';
import type { Clock } from '../ports.ts';
import { noSuch, type Outcome } from '../problem.ts';
import type { CampaignStore, RecipientReader } from './ports.ts';

export type Progress = {
  readonly campaign: Campaign;
  readonly phase: Phase | null;
  readonly waitingUntil: Date | null;
  readonly counts: Counts;
  readonly total: number;
  /** Letters per second of the campaign's lanes, which it may share with other campaigns. */
  readonly ratePerSecond: number;
  readonly lanes: readonly string[];
  /** Null while the campaign does not run. */
  readonly timeLeft: TimeLeft | null;
  /** Letters that wait until it is certain that a worker which died does not send them any more. */
  readonly doubtful: { readonly letters: number; readonly until: Date } | null;
};

type Deps = {
  readonly campaigns: Pick<CampaignStore, 'get'>;
  readonly recipients: Pick<RecipientReader, 'counts' | 'doubtful'>;
  readonly lanes: Pick<LaneReader, 'list'>;
  readonly zones: Zones;
  readonly clock: Clock;
};

/** A lane that nobody has written for so long has no worker, so its last rate is history. */
const STALE_MS = 30_000;
/** So many windows ahead an end is looked for. */
const MOST_OPENINGS = 60;
const ALWAYS = [{ opensAt: Number.NEGATIVE_INFINITY, closesAt: null }];

export function makeReadProgress({ campaigns, recipients, lanes, zones, clock }: Deps) {
  /** Lanes for which somebody of this campaign waits, as their workers last said. */
  async function lanesOf(campaignId: string, now: number): Promise<readonly LaneView[]> {
    const all = await lanes.list();
    return all.filter((lane) => isFresh(lane, now) && campaignId in (lane.campaigns ?? {}));
  }

  return async function readProgress(id: string): Promise<Outcome<Progress>> {
    const campaign = await campaigns.get(id);
    if (!campaign) return noSuch('campaign');
    const now = clock.now();
    const counts = await recipients.counts(id);
    const isRunning = campaign.state === 'running';
    const views = isRunning ? await lanesOf(id, now) : [];
    const rate = views.reduce((sum, lane) => sum + lane.realPerSecond, 0);
    const windows = campaign.schedule?.windows ?? [];
    const hasBegun = now >= (campaign.schedule?.startAt?.getTime() ?? now);
    const phase = isRunning ? phaseOf(hasBegun && isOpen(windows, now, zones), counts, views) : null;
    return ok({
      campaign,
      phase,
      waitingUntil: waitingUntil(campaign, phase, now, zones),
      counts,
      total: total(counts),
      ratePerSecond: rate,
      lanes: views.map((lane) => lane.id),
      timeLeft: isRunning
        ? timeLeft(counts, rate, views, {
            now,
            deadline: campaign.schedule?.deadline?.getTime() ?? null,
            openings: windows.length === 0 ? ALWAYS : openings(windows, now, MOST_OPENINGS, zones),
          })
        : null,
      doubtful: counts.sending > 0 ? await recipients.doubtful(id) : null,
    });
  };
}

const isFresh = (lane: LaneView, now: number) => now - lane.updatedAt.getTime() < STALE_MS;

function waitingUntil(campaign: Campaign, phase: Phase | null, now: number, zones: Deps['zones']): Date | null {
  if (campaign.state !== 'scheduled' && phase !== 'waitingForWindow') return null;
  const from = Math.max(now, campaign.schedule?.startAt?.getTime() ?? now);
  const at = nextOpening(campaign.schedule?.windows ?? [], from, zones);
  return at === null ? null : new Date(at);
}
