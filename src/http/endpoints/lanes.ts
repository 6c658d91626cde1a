import { z } from 'zod';
import { laneView } from '../../app/api/views.ts';
import { missing, replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { pageAnswer, pageQuery } from '../paging.ts';
import { ChartQuery, DecisionPage, LaneList, LaneOut } from '../schemas/lane.ts';

const tag = 'Lanes';
const KIND = 'decisions';
/** An SVG that is opened by itself is a page; this one runs nothing and loads nothing. */
const PICTURE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
};
export const laneParams = {
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
  endpoint({
    method: 'get',
    path: '/api/v1/lanes/{id}/chart.svg',
    name: 'drawLane',
    summary: 'A picture of what a lane may send, what was taken and what was refused; the last hour that is known',
    tag,
    scope: 'key',
    ...laneParams,
    query: ChartQuery,
    answers: { 200: { description: 'The picture.', svg: true, headers: { 'Cache-Control': 'no-store' } } },
    refusals: [],
    handle: async (api, { params, query: { minutes = 60, from, until } }) =>
      replyTo(await api.drawLane(params.id, from && until ? { from, until } : { minutes }), (content) => ({
        status: 200,
        text: { type: 'image/svg+xml; charset=utf-8', content },
        headers: PICTURE_HEADERS,
      })),
  }),
];
