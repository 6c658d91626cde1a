import { type Endpoint, endpoint } from '../endpoint.ts';
import { isThere } from '../patience.ts';
import { HealthOut, ReadyOut } from '../schemas/rest.ts';

const tag = 'Health';

export const healthEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/healthz',
    name: 'healthz',
    summary: 'The process lives',
    tag,
    scope: 'open',
    answers: { 200: { description: 'It does.', schema: HealthOut } },
    refusals: [],
    handle: async () => ({ status: 200, body: { status: 'ok' } }),
  }),
  endpoint({
    method: 'get',
    path: '/readyz',
    name: 'readyz',
    summary: 'Requests can be served: the database takes a write and gives it back, and nobody is shutting down',
    tag,
    scope: 'open',
    answers: {
      200: { description: 'Ready.', schema: ReadyOut },
      503: { description: 'Not ready.', schema: ReadyOut },
    },
    refusals: [],
    handle: async (_api, { server, log }) => {
      const database = (await isThere(server)) ? ('ok' as const) : ('away' as const);
      if (database === 'away') log.warn('database away');
      const checks = { database, server: server.isStopping() ? ('stopping' as const) : ('ok' as const) };
      const ready = checks.database === 'ok' && checks.server === 'ok';
      return ready
        ? { status: 200, body: { ready, checks } }
        : { status: 503, body: { ready, checks }, headers: { 'retry-after': '5' } };
    },
  }),
];
