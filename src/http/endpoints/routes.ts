import { z } from 'zod';
import { BASE, routeView } from '../../app/api/views.ts';
import { missing, replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { RouteIn, RouteList, RouteOut, RoutingIn, RoutingOut } from '../schemas/route.ts';

const tag = 'Routes';
const routeParams = {
  params: z.strictObject({
    name: z.string().meta({ description: 'Lower-case letters, digits, hyphens.', example: 'relay' }),
  }),
} as const;

export const routeEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/api/v1/routes',
    name: 'listRoutes',
    summary: 'List the routes: relay accounts, or direct',
    tag,
    scope: 'key',
    answers: { 200: { description: 'All routes.', schema: RouteList } },
    refusals: [],
    handle: async (api) => ({ status: 200, body: { items: (await api.routes.all()).map(routeView) } }),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/routes/{name}',
    name: 'readRoute',
    summary: 'Read a route',
    tag,
    scope: 'key',
    ...routeParams,
    missing: 'route.notFound',
    answers: { 200: { description: 'The route.', schema: RouteOut } },
    refusals: [],
    handle: async (api, { params }) => {
      const route = await api.routes.get(params.name);
      return route ? { status: 200, body: routeView(route) } : missing('route');
    },
  }),
  endpoint({
    method: 'put',
    path: '/api/v1/routes/{name}',
    name: 'putRoute',
    summary: 'Create or replace a route',
    tag,
    scope: 'key',
    ...routeParams,
    body: RouteIn,
    answers: {
      200: { description: 'Replaced.', schema: RouteOut },
      201: { description: 'Created.', schema: RouteOut, headers: { Location: 'Where the route is.' } },
    },
    refusals: ['route.invalid'],
    handle: async (api, { params, body }) =>
      replyTo(await api.putRoute(params.name, body), ({ route, isNew }) =>
        isNew
          ? { status: 201, body: routeView(route), headers: { location: `${BASE}/routes/${route.name}` } }
          : { status: 200, body: routeView(route) },
      ),
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/routes/{name}',
    name: 'deleteRoute',
    summary: 'Delete a route that no rule names',
    tag,
    scope: 'key',
    ...routeParams,
    missing: 'route.notFound',
    answers: { 204: { description: 'Gone.' } },
    refusals: ['route.inUse'],
    handle: async (api, { params }) => replyTo(await api.removeRoute(params.name), () => ({ status: 204 })),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/routing',
    name: 'readRouting',
    summary: 'Read the rules that choose a route; the first match wins',
    tag,
    scope: 'key',
    answers: { 200: { description: 'The rules, in order.', schema: RoutingOut } },
    refusals: [],
    handle: async (api) => ({ status: 200, body: await api.routes.routing() }),
  }),
  endpoint({
    method: 'put',
    path: '/api/v1/routing',
    name: 'putRouting',
    summary: 'Replace the rules',
    tag,
    scope: 'key',
    body: RoutingIn,
    answers: { 200: { description: 'The rules, in order.', schema: RoutingOut } },
    refusals: ['routing.invalid'],
    handle: async (api, { body }) => replyTo(await api.setRouting(body), (rules) => ({ status: 200, body: rules })),
  }),
];
