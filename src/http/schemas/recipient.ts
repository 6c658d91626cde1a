import { z } from 'zod';
import { RECIPIENT_STATES } from '../../core/recipients/recipient.ts';
import { STAGES } from '../../core/replies/reply.ts';
import { Count, Id, Instant, pageOf, ReplyOfServer } from './fields.ts';

export const RecipientStateField = z.enum(RECIPIENT_STATES).meta({ id: 'RecipientState' });

const recipient = {
  id: Id,
  address: z.string(),
  domain: z.string(),
  fields: z.record(z.string(), z.string()),
  line: Count.meta({ description: 'Line of the CSV on which the record begins.' }),
  state: RecipientStateField,
  dueAt: Instant.nullable(),
  attempts: Count,
  failures: Count.meta({ description: "Attempts that were the recipient's own fault." }),
  lastReply: ReplyOfServer.nullable().meta({
    description: 'The last words of a server; kept when it ends as expired.',
  }),
  firstTriedAt: Instant.nullable().meta({
    description:
      'When a letter was first put to a server and not accepted; the `giveUpAfter` of the campaign counts from then.',
  }),
  settledAt: Instant.nullable(),
  links: z.strictObject({ self: z.string() }),
};

const Attempt = z
  .strictObject({
    lane: z.string(),
    at: Instant,
    tookMs: z.number().min(0),
    outcome: z.enum(['accepted', 'refused', 'unreached', 'unknown', 'withdrawn']),
    stage: z.enum(STAGES),
    reused: z.boolean().meta({ description: 'The session had carried a letter before.' }),
    reply: ReplyOfServer.nullable(),
    verdict: z
      .strictObject({ meaning: z.string(), reaction: z.string(), cause: z.string(), rule: z.string() })
      .nullable(),
    counted: z.boolean().meta({ description: "It used up one of the recipient's retries." }),
  })
  .meta({ id: 'Attempt' });

export const RecipientPage = pageOf(z.strictObject(recipient).meta({ id: 'Recipient' }), 'RecipientPage');

export const RecipientOut = z
  .strictObject({ ...recipient, history: z.array(Attempt) })
  .meta({ id: 'RecipientWithHistory' });
