import { z } from 'zod';
import { campaignPath, campaignSummary, campaignView, progressView } from '../../app/api/views.ts';
import type { Campaign } from '../../core/campaigns/campaign.ts';
import { type HttpAnswer, missing, refusal, replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { etagOf, IF_MATCH, IF_MATCH_REFUSALS, ifMatch, maybeIfMatch } from '../etag.ts';
import { pageAnswer, pageQuery } from '../paging.ts';
import { CampaignEditIn, CampaignIn, CampaignOut, CampaignPage, ProgressOut } from '../schemas/campaign.ts';
import { CampaignStateField, Id } from '../schemas/fields.ts';

const tag = 'Campaigns';
export const ETAG = { ETag: 'The version, for If-Match.' };
const KIND = 'campaigns';

export const campaignParams = { params: z.strictObject({ id: Id }), missing: 'campaign.notFound' } as const;

export const campaignAnswer = (campaign: Campaign, status = 200): HttpAnswer => ({
  status,
  body: campaignView(campaign),
  headers: { etag: etagOf(campaign.version) },
});

export const campaignEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'post',
    path: '/api/v1/campaigns',
    name: 'createCampaign',
    summary: 'Create a draft, from a letter of your own or a shipped one',
    tag,
    scope: 'key',
    body: CampaignIn,
    idempotent: true,
    answers: {
      201: { description: 'The draft.', schema: CampaignOut, headers: { ...ETAG, Location: 'Where the draft is.' } },
    },
    refusals: ['content.invalid', 'template.unknown'],
    handle: async (api, { body }) =>
      replyTo(await api.createCampaign(body), (campaign) => {
        const answer = campaignAnswer(campaign, 201);
        return { ...answer, headers: { ...answer.headers, location: campaignPath(campaign.id) } };
      }),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/campaigns',
    name: 'listCampaigns',
    summary: 'List campaigns, the newest first',
    tag,
    scope: 'key',
    query: z.strictObject({ state: CampaignStateField.optional(), ...pageQuery(KIND, /^[0-9a-f]{24}$/) }),
    answers: { 200: { description: 'A page.', schema: CampaignPage } },
    refusals: [],
    handle: async (api, call) => pageAnswer(call, KIND, await api.campaigns.list(call.query), campaignSummary),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/campaigns/{id}',
    name: 'readCampaign',
    summary: 'Read a campaign',
    tag,
    scope: 'key',
    ...campaignParams,
    answers: { 200: { description: 'The campaign.', schema: CampaignOut, headers: ETAG } },
    refusals: [],
    handle: async (api, { params }) => {
      const campaign = await api.campaigns.get(params.id);
      return campaign ? campaignAnswer(campaign) : missing('campaign');
    },
  }),
  endpoint({
    method: 'patch',
    path: '/api/v1/campaigns/{id}',
    name: 'editCampaign',
    summary: 'Change name, letter or rules (RFC 7396); the letter only while draft, paused or blocked',
    tag,
    scope: 'key',
    ...campaignParams,
    headers: IF_MATCH,
    body: CampaignEditIn,
    accepts: ['application/merge-patch+json', 'application/json'],
    answers: { 200: { description: 'The campaign as it is now.', schema: CampaignOut, headers: ETAG } },
    refusals: [
      'ifMatch.missing',
      'header.invalid',
      'campaign.versionMismatch',
      'campaign.notEditable',
      'content.invalid',
    ],
    handle: async (api, { params, body, req }) => {
      if (req.headers['if-match'] === undefined) {
        return refusal('ifMatch.missing', 'Send the ETag that you read as If-Match, so that no change is lost.');
      }
      return ifMatch(req, async (versions) =>
        replyTo(await api.editCampaign(params.id, versions, body), (campaign) => campaignAnswer(campaign)),
      );
    },
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/campaigns/{id}',
    name: 'deleteCampaign',
    summary: 'Delete a draft, finished or cancelled campaign with its recipients, attempts and imports',
    tag,
    scope: 'key',
    ...campaignParams,
    ...maybeIfMatch,
    answers: {
      202: { description: 'Out of sight; its many rows go in the background.' },
      204: { description: 'Gone.' },
    },
    refusals: ['campaign.notDeletable', 'campaign.changedMeanwhile', 'import.open', ...IF_MATCH_REFUSALS],
    handle: (api, { params, req }) =>
      ifMatch(req, async (versions) =>
        replyTo(await api.removeCampaign(params.id, versions), ({ isOver }) => ({ status: isOver ? 204 : 202 })),
      ),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/campaigns/{id}/progress',
    name: 'readProgress',
    summary: 'Where a campaign stands: counts, phase, rate and time left',
    tag,
    scope: 'key',
    ...campaignParams,
    answers: { 200: { description: 'The progress.', schema: ProgressOut } },
    refusals: [],
    handle: async (api, { params }) =>
      replyTo(await api.readProgress(params.id), (progress) => ({ status: 200, body: progressView(progress) })),
  }),
];
