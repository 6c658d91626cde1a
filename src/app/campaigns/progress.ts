import type { Campaign, Phase } from '../../core/campaigns/campaign.ts';
import { phaseOf, secondsLeft } from '../../core/campaigns/phase.ts';
import { isOpen, nextOpening, type Zones } from '../../core/campaigns/window.ts';
import { resolveLane } from '../../core/lanes/routing.ts';
import { type Counts, total } from '../../core/recipients/recipient.ts';
import { ok } from '../../core/result.ts';
import type { LaneReader, LaneView, RouteStore } from '../lanes/ports.ts';
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
  readonly secondsLeft: number | null;
  /** Letters that wait until it is certain that a worker which died does not send them any more. */
  readonly doubtful: { readonly letters: number; readonly until: Date } | null;
};

type Deps = {
  readonly campaigns: Pick<CampaignStore, 'get'>;
  readonly recipients: Pick<RecipientReader, 'counts' | 'waitingDomains' | 'doubtful'>;
  readonly routes: Pick<RouteStore, 'routing'>;
  readonly lanes: Pick<LaneReader, 'list'>;
  readonly zones: Zones;
  readonly clock: Clock;
};

/** A lane that nobody has written for so long has no worker, so its last rate is history. */
const STALE_MS = 30_000;
/** Which lanes a campaign uses is asked for once a second by every page, and changes slowly. */
const REMEMBER_MS = 5_000;

export function makeReadProgress({ campaigns, recipients, routes, lanes, zones, clock }: Deps) {
  const remembered = new Map<string, { readonly until: number; readonly ids: readonly string[] }>();

  async function laneIds(campaignId: string, now: number): Promise<readonly string[]> {
    const known = remembered.get(campaignId);
    if (known && known.until > now) return known.ids;
    const [domains, rules] = await Promise.all([recipients.waitingDomains(campaignId), routes.routing()]);
    const ids = [...new Set(domains.flatMap((domain) => resolveLane(domain, rules)?.lane ?? []))].sort();
    for (const [id, entry] of remembered) if (entry.until <= now) remembered.delete(id);
    remembered.set(campaignId, { until: now + REMEMBER_MS, ids });
    return ids;
  }

  return async function readProgress(id: string): Promise<Outcome<Progress>> {
    const campaign = await campaigns.get(id);
    if (!campaign) return noSuch('campaign');
    const now = clock.now();
    const counts = await recipients.counts(id);
    const isRunning = campaign.state === 'running';
    const ids = isRunning ? await laneIds(id, now) : [];
    const views = ids.length > 0 ? (await lanes.list()).filter((lane) => ids.includes(lane.id)) : [];
    const rate = realRate(views, now);
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
      lanes: ids,
      secondsLeft: isRunning ? secondsLeft(counts, rate) : null,
      doubtful: counts.sending > 0 ? await recipients.doubtful(id) : null,
    });
  };
}

function realRate(views: readonly LaneView[], now: number): number {
  const alive = views.filter((lane) => now - lane.updatedAt.getTime() < STALE_MS);
  return alive.reduce((sum, lane) => sum + lane.realPerSecond, 0);
}

function waitingUntil(campaign: Campaign, phase: Phase | null, now: number, zones: Deps['zones']): Date | null {
  if (campaign.state !== 'scheduled' && phase !== 'waitingForWindow') return null;
  const from = Math.max(now, campaign.schedule?.startAt?.getTime() ?? now);
  const at = nextOpening(campaign.schedule?.windows ?? [], from, zones);
  return at === null ? null : new Date(at);
}
