import { z } from 'zod';
import { scheduleView } from '../../app/api/views.ts';
import type { Control } from '../../app/campaigns/control.ts';
import { replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { etagOf, IF_MATCH_REFUSALS, ifMatch, maybeIfMatch } from '../etag.ts';
import type { ProblemCode } from '../problem-codes.ts';
import { CampaignOut } from '../schemas/campaign.ts';
import { ScheduledOut, ScheduleIn } from '../schemas/schedule.ts';
import { campaignAnswer, campaignParams, ETAG } from './campaigns.ts';

const tag = 'Control';
const MOVES: readonly ProblemCode[] = ['campaign.illegalMove', 'campaign.changedMeanwhile', ...IF_MATCH_REFUSALS];
const CONFIRM = z.strictObject({
  confirm: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .meta({ description: 'Go on although people will expire at once, because the deadline is over.', example: 'true' }),
});
const READY: readonly ProblemCode[] = ['import.open', 'campaign.noRecipients', 'content.invalid', 'routing.missing'];

type Action = { readonly command: Exclude<Control, 'unschedule'>; readonly summary: string; readonly ready: boolean };

const ACTIONS: readonly Action[] = [
  { command: 'start', summary: 'Start now, in the windows if it has some', ready: true },
  { command: 'pause', summary: 'Pause: within two seconds no further letter begins', ready: false },
  { command: 'resume', summary: 'Go on after a pause, or after a block has been put right', ready: true },
  { command: 'cancel', summary: 'Cancel for good; whoever still waits gets no letter', ready: false },
];

const actions = ACTIONS.map(({ command, summary, ready }) =>
  endpoint({
    method: 'post',
    path: `/api/v1/campaigns/{id}/${command}`,
    name: `${command}Campaign`,
    summary,
    tag,
    scope: 'key',
    ...campaignParams,
    ...maybeIfMatch,
    ...(ready && { query: CONFIRM }),
    answers: {
      200: {
        description: 'The campaign as it is now; nothing changes when it already was.',
        schema: CampaignOut,
        headers: ETAG,
      },
    },
    refusals: [...MOVES, ...(ready ? [...READY, 'campaign.deadlineOver' as const] : [])],
    handle: (api, { params, query, req }) =>
      ifMatch(req, async (versions) => {
        const options = { versions, confirmed: 'confirm' in query && query.confirm === true };
        return replyTo(await api.controlCampaign(params.id, command, options), (campaign) => campaignAnswer(campaign));
      }),
  }),
);

export const controlEndpoints: readonly Endpoint[] = [
  ...actions,
  endpoint({
    method: 'put',
    path: '/api/v1/campaigns/{id}/schedule',
    name: 'scheduleCampaign',
    summary: 'Set start, windows and deadline, also of a campaign that runs',
    tag,
    scope: 'key',
    ...campaignParams,
    query: z.strictObject({
      dryRun: z
        .enum(['true', 'false'])
        .default('false')
        .transform((text) => text === 'true')
        .meta({ description: 'Only judge the plan and show its openings.', example: 'true' }),
    }),
    body: ScheduleIn,
    ...maybeIfMatch,
    answers: { 200: { description: 'The plan and its next openings.', schema: ScheduledOut, headers: ETAG } },
    refusals: [...MOVES, ...READY, 'schedule.invalid'],
    handle: (api, { params, query, body, req }) =>
      ifMatch(req, async (versions) =>
        replyTo(await api.scheduleCampaign(params.id, body, query.dryRun, versions), (scheduled) => ({
          status: 200,
          body: scheduleView(scheduled),
          headers: { etag: etagOf(scheduled.campaign.version) },
        })),
      ),
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/campaigns/{id}/schedule',
    name: 'unscheduleCampaign',
    summary: 'Take start, windows and deadline away; a campaign that has not begun is a draft again',
    tag,
    scope: 'key',
    ...campaignParams,
    ...maybeIfMatch,
    answers: { 200: { description: 'The campaign as it is now.', schema: CampaignOut, headers: ETAG } },
    refusals: MOVES,
    handle: (api, { params, req }) =>
      ifMatch(req, async (versions) =>
        replyTo(await api.controlCampaign(params.id, 'unschedule', { versions }), (campaign) =>
          campaignAnswer(campaign),
        ),
      ),
  }),
];
