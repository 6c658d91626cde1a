import { campaignDiagnosisView, diagnosisView } from '../../app/api/diagnosis-views.ts';
import { replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { CampaignDiagnosisOut, DiagnosisQuery, LaneDiagnosis } from '../schemas/diagnosis.ts';
import { campaignParams } from './campaigns.ts';
import { laneParams } from './lanes.ts';

const tag = 'Diagnosis';

export const diagnosisEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/api/v1/lanes/{id}/diagnosis',
    name: 'diagnoseLane',
    summary: 'What is wrong on a lane, why, what was done about it, and what a person should do',
    tag,
    scope: 'key',
    ...laneParams,
    query: DiagnosisQuery,
    answers: { 200: { description: 'The diagnosis.', schema: LaneDiagnosis } },
    refusals: [],
    handle: async (api, { params: { id }, query: { minutes } }) =>
      replyTo(await api.diagnose.lane(id, minutes), (found) => ({ status: 200, body: diagnosisView(found) })),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/campaigns/{id}/diagnosis',
    name: 'diagnoseCampaign',
    summary: 'The same for every lane of a campaign, the worst first',
    tag,
    scope: 'key',
    ...campaignParams,
    query: DiagnosisQuery,
    answers: { 200: { description: 'The diagnosis.', schema: CampaignDiagnosisOut } },
    refusals: [],
    handle: async (api, { params: { id }, query: { minutes } }) =>
      replyTo(await api.diagnose.campaign(id, minutes), (found) => ({
        status: 200,
        body: campaignDiagnosisView(found),
      })),
  }),
];
