import { z } from 'zod';
import type { TeachableMeaning, TeachableReaction } from '../../core/replies/unknown.ts';
import { Count, Id, Instant, pageOf } from './fields.ts';

const MEANINGS = [
  'account_quota',
  'auth_login',
  'config_auth',
  'config_dns',
  'config_tls',
  'content',
  'dns_trouble',
  'duplicate_message_id',
  'greylisting',
  'invalid_recipient',
  'list_quality',
  'mailbox_full',
  'maintenance',
  'policy_block',
  'protocol',
  'rate_limit',
  'rate_limit_connections',
  'rate_limit_domain',
  'recipient_rate',
  'recipient_unavailable',
  'reputation',
  'routing',
  'server_busy',
  'too_many_connections',
  'too_many_messages_per_connection',
  'too_many_recipients',
] as const satisfies readonly TeachableMeaning[];

const REACTIONS = [
  'lower_rate',
  'fewer_connections',
  'fewer_messages_per_connection',
  'reconnect',
  'pause_provider',
  'retry_recipient',
  'bounce_recipient',
  'suppress_recipient',
  'split_transaction',
  'stop_and_alert',
] as const satisfies readonly TeachableReaction[];

const Meaning = z.enum(MEANINGS).meta({ description: 'What the server means.' });
const Reaction = z.enum(REACTIONS).meta({ description: 'What Offpeak does about it.' });
const PauseSeconds = z
  .int()
  .min(0)
  .max(7 * 86_400)
  .meta({ description: 'How long the server wants to be left alone; 0: it does not say.', example: 600 });
const Explicit = z
  .boolean()
  .meta({ description: 'The text names a limit of its own, so that one reply is enough to act.', example: false });

const Provider = z.string().nullable().meta({ description: 'Whose words they are; null: anybody may say so.' });
const Sample = z.string().meta({
  description: 'Code, enhanced code and text. Addresses, hosts, links, numbers and ids may be any others.',
  example: '451 4.7.1 Too many letters from 192.0.2.25, come back at night',
});

export const TeachingIn = z
  .strictObject({
    meaning: Meaning,
    reaction: Reaction,
    pauseSeconds: PauseSeconds,
    explicit: Explicit.default(false),
  })
  .meta({ id: 'Teaching', description: 'What a reply means that nobody knew.' });

const Row = z
  .strictObject({
    provider: Provider,
    reply: Sample,
    means: z.tuple([z.string(), z.string(), z.int()]).meta({ description: 'Meaning, reaction, pause in seconds.' }),
  })
  .meta({
    id: 'CatalogueRow',
    description: 'A row for the catalogue that ships with Offpeak, as it was sorted so far.',
  });

const UnknownReplyOut = z
  .strictObject({
    id: Id,
    provider: z.string(),
    code: z.int(),
    enhanced: z.string().nullable(),
    text: z.string().meta({ description: 'One of them, word for word but for addresses of recipients.' }),
    count: Count,
    firstAt: Instant,
    lastAt: Instant,
    lanes: z.array(z.string()),
    sorted: z
      .strictObject({ rule: z.string(), meaning: z.string(), reaction: z.string() })
      .meta({ description: 'What was made of it, by its code alone.' }),
    row: Row,
    links: z.strictObject({ self: z.string() }),
  })
  .meta({ id: 'UnknownReply' });

export const ReplyRuleOut = z
  .strictObject({
    id: Id,
    provider: Provider,
    reply: Sample,
    meaning: Meaning,
    reaction: Reaction,
    pauseSeconds: PauseSeconds,
    explicit: Explicit,
    at: Instant,
    links: z.strictObject({ self: z.string() }),
  })
  .meta({ id: 'ReplyRule', description: 'What this installation was taught about a reply.' });

export const UnknownReplyPage = pageOf(UnknownReplyOut, 'UnknownReplyPage');
export const ReplyRuleList = z.strictObject({ items: z.array(ReplyRuleOut) }).meta({ id: 'ReplyRuleList' });
