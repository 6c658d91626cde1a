import { allowedActions, type Campaign } from '../../core/campaigns/campaign.ts';
import { durationText } from '../../core/duration.ts';
import type { Route } from '../../core/lanes/routing.ts';
import { rowOf } from '../../core/replies/unknown.ts';
import type { Recipient, ShippedTemplate } from '../campaigns/ports.ts';
import type { Progress } from '../campaigns/progress.ts';
import type { Scheduled } from '../campaigns/schedule.ts';
import type { Import } from '../import/ports.ts';
import type { LaneView } from '../lanes/ports.ts';
import type { ProviderInForce } from '../operator/edit-provider.ts';
import { maskedUrl } from '../operator/put-route.ts';
import type { ReplyRule, UnknownReply } from '../replies/ports.ts';

/** What the outside sees of things. Fields are named one by one, so that a new one stays inside until it is let out. */

export const BASE = '/api/v1';

/** Why letters are doubtful. */
const WORKER_DIED =
  'A worker ended while these letters were on their way, so whether they arrived is not known. They are sent again once its attempts must be over.';

/** How long a pause should be is for whoever teaches a reply. */
const NO_PAUSE = 0;

export const campaignPath = (id: string) => `${BASE}/campaigns/${id}`;
export const importPath = (id: string) => `${BASE}/imports/${id}`;

export function campaignSummary(campaign: Campaign) {
  const { id, name, state, version, blockedBecause, schedule, totals, openImport } = campaign;
  const { createdAt, updatedAt, startedAt, finishedAt } = campaign;
  const self = campaignPath(id);
  return {
    ...{ id, name, state, version, subject: campaign.content.subject, blockedBecause, schedule, totals, openImport },
    ...{ createdAt, updatedAt, startedAt, finishedAt },
    allowedActions: allowedActions({ state, openImport }),
    links: {
      self,
      progress: `${self}/progress`,
      schedule: `${self}/schedule`,
      imports: `${self}/imports`,
      recipients: `${self}/recipients`,
      diagnosis: `${self}/diagnosis`,
    },
  };
}

export function campaignView(campaign: Campaign) {
  const { content, onUncertain, giveUpAfterMs, columns } = campaign;
  const { subject: _, ...summary } = campaignSummary(campaign);
  return { ...summary, content, onUncertain, giveUpAfter: durationText(giveUpAfterMs), columns };
}

export const scheduleView = ({ campaign, schedule, state, nextOpenings }: Scheduled) => ({
  schedule,
  state,
  nextOpenings,
  allowedActions: allowedActions(campaign),
});

export function progressView(progress: Progress) {
  const { campaign, phase, waitingUntil, counts, total, ratePerSecond, lanes, timeLeft, doubtful } = progress;
  const { state, blockedBecause, totals, startedAt, finishedAt } = campaign;
  return {
    ...{ state, phase, waitingUntil, blockedBecause, counts, total, totals },
    ...{ ratePerSecond, lanes, startedAt, finishedAt },
    ...{ secondsLeft: timeLeft?.seconds ?? null, secondsLeftUnknown: timeLeft?.unknown ?? null },
    doubtful: doubtful && { ...doubtful, because: WORKER_DIED },
  };
}

export function importView(value: Import) {
  const { id, campaignId, state, fileName, digest, bytes, records, blank, fault, createdAt, finishedAt } = value;
  const { accepted, duplicate, suppressed, rejected } = value;
  return {
    ...{ id, campaignId, state, fileName, digest, bytes, records, blank },
    ...{ accepted, duplicate, suppressed, rejected, fault, createdAt, finishedAt },
    links: { self: importPath(id), rejects: `${importPath(id)}/rejects`, campaign: campaignPath(campaignId) },
  };
}

export function recipientView(recipient: Recipient) {
  const { id, address, domain, fields, line, state, dueAt, attempts, failures, lastReply } = recipient;
  const { firstTriedAt, settledAt } = recipient;
  return {
    ...{ id, address, domain, fields, line, state, dueAt, attempts, failures, lastReply, firstTriedAt, settledAt },
    links: { self: `${campaignPath(recipient.campaignId)}/recipients/${id}` },
  };
}

/** Who waits for it, campaign by campaign, is in the progress of each. */
export const laneView = ({ campaigns: _, ...lane }: LaneView) => ({
  ...lane,
  links: {
    self: `${BASE}/lanes/${lane.id}`,
    decisions: `${BASE}/lanes/${lane.id}/decisions`,
    chart: `${BASE}/lanes/${lane.id}/chart.svg`,
    diagnosis: `${BASE}/lanes/${lane.id}/diagnosis`,
  },
});

export const providerView = ({ provider, profile, changed }: ProviderInForce) => ({
  ...{ provider, profile, changed },
  links: { self: `${BASE}/providers/${provider}` },
});

export const routeView = ({ name, target, connections, ratePerSecond }: Route) => ({
  ...{ name, kind: target.kind, url: maskedUrl(target), connections, ratePerSecond },
});

export const templateView = ({ name, description, subject, html, text, columns, example }: ShippedTemplate) => ({
  ...{ name, description, subject, html, text, columns, example },
});

export function unknownReplyView(unknown: UnknownReply) {
  const { id, provider, code, enhanced, text, count, firstAt, lastAt, lanes, sorted } = unknown;
  return {
    ...{ id, provider, code, enhanced, text, count, firstAt, lastAt, lanes, sorted },
    row: rowOf(unknown, [sorted.meaning, sorted.reaction, NO_PAUSE]),
    links: { self: `${BASE}/replies/unknown/${id}` },
  };
}

export const replyRuleView = ({ id, provider, reply, meaning, reaction, pauseSeconds, explicit, at }: ReplyRule) => ({
  ...{ id, provider, reply, meaning, reaction, pauseSeconds, explicit, at },
  links: { self: `${BASE}/replies/rules/${id}` },
});
