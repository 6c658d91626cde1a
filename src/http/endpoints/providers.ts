import { z } from 'zod';
import { providerView } from '../../app/api/views.ts';
import { replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { ProviderEditIn, ProviderList, ProviderOut } from '../schemas/provider.ts';

const tag = 'Providers';
const providerParams = {
  params: z.strictObject({
    provider: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/)
      .meta({ description: 'A name from the list, or any domain or site in lower case.', example: 'gmail' }),
  }),
} as const;

export const providerEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/api/v1/providers',
    name: 'listProviders',
    summary: 'List the mailbox providers with the limits in force, and which of them were changed here',
    tag,
    scope: 'key',
    answers: { 200: { description: 'All that are known.', schema: ProviderList } },
    refusals: [],
    handle: async (api) => ({ status: 200, body: { items: (await api.providers.list()).map(providerView) } }),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/providers/{provider}',
    name: 'readProvider',
    summary: 'Read the limits of a provider; one that nobody knows has some too',
    tag,
    scope: 'key',
    ...providerParams,
    answers: { 200: { description: 'The provider.', schema: ProviderOut } },
    refusals: ['path.unknown'],
    handle: async (api, { params }) => ({ status: 200, body: providerView(await api.providers.get(params.provider)) }),
  }),
  endpoint({
    method: 'patch',
    path: '/api/v1/providers/{provider}',
    name: 'editProvider',
    summary: 'Change limits of a provider (RFC 7396; null: as shipped); in force within about a second',
    tag,
    scope: 'key',
    ...providerParams,
    body: ProviderEditIn,
    accepts: ['application/merge-patch+json', 'application/json'],
    answers: { 200: { description: 'The provider as it is now.', schema: ProviderOut } },
    refusals: ['path.unknown', 'provider.invalid', 'provider.changedMeanwhile'],
    handle: async (api, { params, body }) =>
      replyTo(await api.editProvider(params.provider, body), (provider) => ({
        status: 200,
        body: providerView(provider),
      })),
  }),
];
