import { z } from 'zod';
import { recipientView } from '../../app/api/views.ts';
import { missing } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { pageAnswer, pageQuery } from '../paging.ts';
import { Id } from '../schemas/fields.ts';
import { RecipientOut, RecipientPage, RecipientStateField } from '../schemas/recipient.ts';
import { campaignParams } from './campaigns.ts';

const tag = 'Recipients';
const KIND = 'recipients';

export const recipientEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/api/v1/campaigns/{id}/recipients',
    name: 'listRecipients',
    summary: 'List the recipients of a campaign; a page may be short before the end',
    tag,
    scope: 'key',
    ...campaignParams,
    query: z.strictObject({
      state: RecipientStateField.optional(),
      ...pageQuery(KIND, /^\d{1,9}\.([0-9a-f]{24})?$/),
    }),
    answers: { 200: { description: 'A page.', schema: RecipientPage } },
    refusals: [],
    handle: async (api, call) => {
      const { id } = call.params;
      if (!(await api.campaigns.get(id))) return missing('campaign');
      return pageAnswer(call, KIND, await api.recipients.list(id, call.query), recipientView);
    },
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/campaigns/{id}/recipients/{recipientId}',
    name: 'readRecipient',
    summary: "Read a recipient with every attempt and the servers' words",
    tag,
    scope: 'key',
    params: z.strictObject({ id: Id, recipientId: Id }),
    missing: 'recipient.notFound',
    answers: { 200: { description: 'The recipient.', schema: RecipientOut } },
    refusals: [],
    handle: async (api, { params }) => {
      const recipient = await api.recipients.get(params.id, params.recipientId);
      if (!recipient) return missing('recipient');
      const attempts = await api.recipients.attempts(params.id, params.recipientId);
      const history = attempts.map(({ campaignId, recipientId, ...attempt }) => attempt);
      return { status: 200, body: { ...recipientView(recipient), history } };
    },
  }),
];
