import { laneView } from '../../app/api/views.ts';
import { replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { LaneEditIn, LaneOut } from '../schemas/lane.ts';
import { laneParams } from './lanes.ts';

const tag = 'Lanes';

const SWITCHES = [
  { command: 'pause', summary: 'Send nothing through this lane until it is resumed' },
  { command: 'resume', summary: 'Let a paused lane send again, at the rate it had learned' },
] as const;

const switches = SWITCHES.map(({ command, summary }) =>
  endpoint({
    method: 'post',
    path: `/api/v1/lanes/{id}/${command}`,
    name: `${command}Lane`,
    summary,
    tag,
    scope: 'key',
    ...laneParams,
    answers: { 200: { description: 'The lane; nothing changes when it already was.', schema: LaneOut } },
    refusals: ['lane.invalid'],
    handle: async (api, { params }) =>
      replyTo(await api.orderLane[command](params.id), (lane) => ({ status: 200, body: laneView(lane) })),
  }),
);

export const laneOrderEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'patch',
    path: '/api/v1/lanes/{id}',
    name: 'orderLane',
    summary: 'Order a ceiling, a floor, a fixed rate or a number of sessions (RFC 7396); obeyed within about a second',
    tag,
    scope: 'key',
    ...laneParams,
    body: LaneEditIn,
    accepts: ['application/merge-patch+json', 'application/json'],
    answers: { 200: { description: 'The lane with its orders.', schema: LaneOut } },
    refusals: ['lane.invalid'],
    handle: async (api, { params, body }) =>
      replyTo(await api.orderLane.edit(params.id, body), (lane) => ({ status: 200, body: laneView(lane) })),
  }),
  ...switches,
];
