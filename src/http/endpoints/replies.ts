import { z } from 'zod';
import { replyRuleView, unknownReplyView } from '../../app/api/views.ts';
import { missing, refusal, replyTo } from '../answer.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { pageAnswer, pageQuery } from '../paging.ts';
import { Id } from '../schemas/fields.ts';
import { ReplyRuleList, ReplyRuleOut, TeachingIn, UnknownReplyPage } from '../schemas/reply.ts';

const tag = 'Replies';
const params = z.strictObject({ id: Id });
const unknownParams = { params, missing: 'reply.notFound' } as const;
const ruleParams = { params, missing: 'replyRule.notFound' } as const;

/** A cursor belongs to one order. */
const CURSOR = /^\d{1,16} [0-9a-f]{24}$/;

export const replyEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'get',
    path: '/api/v1/replies/unknown',
    name: 'listUnknownReplies',
    summary: 'Replies that only their code could sort, each once, with a row that would know it',
    tag,
    scope: 'key',
    query: z.strictObject({
      ...pageQuery('unknownReplies', CURSOR),
      order: z
        .enum(['frequent', 'newest'])
        .default('frequent')
        .meta({ description: 'Most frequent first, or last heard first.' }),
    }),
    answers: { 200: { description: 'A page.', schema: UnknownReplyPage } },
    refusals: [],
    handle: async (api, call) =>
      pageAnswer(call, 'unknownReplies', await api.unknownReplies.list(call.query), unknownReplyView),
  }),
  endpoint({
    method: 'put',
    path: '/api/v1/replies/unknown/{id}',
    name: 'teachReply',
    summary: 'Say what an unknown reply means; workers know it within seconds, and repeating it replaces the rule',
    tag,
    scope: 'key',
    ...unknownParams,
    body: TeachingIn,
    answers: { 200: { description: 'The rule.', schema: ReplyRuleOut } },
    refusals: ['reply.temporary', 'reply.aboutPace', 'replyRule.tooMany'],
    handle: async (api, { params: { id }, body }) =>
      replyTo(await api.teachReply(id, body), (rule) => ({ status: 200, body: replyRuleView(rule) })),
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/replies/unknown/{id}',
    name: 'dismissReply',
    summary: 'Show an unknown reply no more, however often it is heard again',
    tag,
    scope: 'key',
    ...unknownParams,
    answers: { 204: { description: 'Gone.' } },
    refusals: [],
    handle: async (api, { params: { id } }) =>
      (await api.unknownReplies.dismiss(id)) ? { status: 204 } : missing('reply'),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/replies/rules',
    name: 'listReplyRules',
    summary: 'What this installation was taught, the newest first',
    tag,
    scope: 'key',
    answers: { 200: { description: 'All of them.', schema: ReplyRuleList } },
    refusals: [],
    handle: async (api) => ({ status: 200, body: { items: (await api.replyRules.all()).map(replyRuleView) } }),
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/replies/rules/{id}',
    name: 'forgetReplyRule',
    summary: 'Forget what was taught; workers do within seconds, and the reply is unknown again when next heard',
    tag,
    scope: 'key',
    ...ruleParams,
    answers: { 204: { description: 'Gone.' } },
    refusals: [],
    handle: async (api, { params: { id } }) =>
      (await api.replyRules.remove(id)) ? { status: 204 } : refusal('replyRule.notFound', 'There is no such rule.'),
  }),
];
