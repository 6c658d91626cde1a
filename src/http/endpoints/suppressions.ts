import { z } from 'zod';
import { templateView } from '../../app/api/views.ts';
import { suppressionKey } from '../../app/operator/suppress.ts';
import { missing, replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { pageAnswer, pageQuery } from '../paging.ts';
import { SuppressionIn, SuppressionOut, SuppressionPage, TemplateList } from '../schemas/rest.ts';

const tag = 'Suppressions';
const KIND = 'suppressions';
const suppressionParams = {
  params: z.strictObject({ address: z.string().meta({ description: 'Percent-encoded.', example: 'ann@example.com' }) }),
} as const;

export const suppressionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/api/v1/suppressions',
    name: 'listSuppressions',
    summary: 'List the addresses that get no mail',
    tag,
    scope: 'key',
    query: z.strictObject(pageQuery(KIND, /^[^\p{Cc}]{1,300}$/u)),
    answers: { 200: { description: 'A page, by address.', schema: SuppressionPage } },
    refusals: [],
    handle: async (api, call) => pageAnswer(call, KIND, await api.suppressions.list(call.query), (entry) => entry),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/suppressions/{address}',
    name: 'readSuppression',
    summary: 'Whether and why an address gets no mail',
    tag,
    scope: 'key',
    ...suppressionParams,
    missing: 'suppression.notFound',
    answers: { 200: { description: 'The entry.', schema: SuppressionOut } },
    refusals: [],
    handle: async (api, { params }) => {
      const entry = await api.suppressions.get(suppressionKey(params.address));
      return entry ? { status: 200, body: entry } : missing('suppression');
    },
  }),
  endpoint({
    method: 'put',
    path: '/api/v1/suppressions/{address}',
    name: 'putSuppression',
    summary: 'Send no more mail to an address; repeating it replaces the reason',
    tag,
    scope: 'key',
    ...suppressionParams,
    body: SuppressionIn,
    bodyOptional: true,
    answers: { 200: { description: 'The entry.', schema: SuppressionOut } },
    refusals: ['suppression.badAddress'],
    handle: async (api, { params, body }) =>
      replyTo(await api.suppress(params.address, body.reason ?? 'manual'), (entry) => ({ status: 200, body: entry })),
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/suppressions/{address}',
    name: 'deleteSuppression',
    summary: 'Allow mail to an address again',
    tag,
    scope: 'key',
    ...suppressionParams,
    missing: 'suppression.notFound',
    answers: { 204: { description: 'Gone.' } },
    refusals: [],
    handle: async (api, { params }) =>
      (await api.suppressions.remove(suppressionKey(params.address))) ? { status: 204 } : missing('suppression'),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/templates',
    name: 'listTemplates',
    summary: 'List the letters that ship with Offpeak',
    tag: 'Templates',
    scope: 'key',
    answers: { 200: { description: 'All of them.', schema: TemplateList } },
    refusals: [],
    handle: async (api) => ({ status: 200, body: { items: (await api.templates.list()).map(templateView) } }),
  }),
];
