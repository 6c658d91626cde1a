import { z } from 'zod';
import { laneView } from '../../app/views.ts';
import { missing } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { pageAnswer, pageQuery } from '../paging.ts';
import { DecisionPage, LaneList, LaneOut } from '../schemas/lane.ts';

const tag = 'Lanes';
const KIND = 'decisions';
const laneParams = {
  params: z.strictObject({
    id: z
      .string()
      .max(400)
      .regex(/^[^:]+:[^:]+$/)
      .meta({ description: 'route:provider', example: 'relay:gmail' }),
  }),
  missing: 'lane.notFound',
} as const;

export const laneEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/api/v1/lanes',
    name: 'listLanes',
    summary: 'List the lanes (route and provider) with their present rates',
    tag,
    scope: 'key',
    answers: { 200: { description: 'All lanes.', schema: LaneList } },
    refusals: [],
    handle: async (api) => ({ status: 200, body: { items: (await api.lanes.list()).map(laneView) } }),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/lanes/{id}',
    name: 'readLane',
    summary: 'Read a lane',
    tag,
    scope: 'key',
    ...laneParams,
    answers: { 200: { description: 'The lane.', schema: LaneOut } },
    refusals: [],
    handle: async (api, { params }) => {
      const lane = await api.lanes.get(params.id);
      return lane ? { status: 200, body: laneView(lane) } : missing('lane');
    },
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/lanes/{id}/decisions',
    name: 'listDecisions',
    summary: 'Why a lane changed its rate, the newest first',
    tag,
    scope: 'key',
    ...laneParams,
    query: z.strictObject(pageQuery(KIND, /^[0-9a-f]{24}$/)),
    answers: { 200: { description: 'A page.', schema: DecisionPage } },
    refusals: [],
    handle: async (api, call) => {
      const { id } = call.params;
      if (!(await api.lanes.get(id))) return missing('lane');
      return pageAnswer(call, KIND, await api.lanes.decisions(id, call.query), (decision) => decision);
    },
  }),
];
