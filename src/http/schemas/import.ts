import { z } from 'zod';
import { Count, Id, Instant, pageOf } from './fields.ts';

export const ImportOut = z
  .strictObject({
    id: Id,
    campaignId: Id,
    state: z.enum(['loading', 'completed', 'failed']),
    fileName: z.string().nullable(),
    digest: z.string().nullable().meta({ description: 'SHA-256 of the file, hex.' }),
    bytes: Count,
    records: Count.meta({
      description:
        'Read so far. In the end accepted + duplicate + suppressed + rejected; of a failed import nothing is accepted.',
    }),
    blank: Count,
    accepted: Count,
    duplicate: Count,
    suppressed: Count,
    rejected: Count,
    fault: z.strictObject({ code: z.string(), detail: z.string(), line: z.int().nullable() }).nullable(),
    createdAt: Instant,
    finishedAt: Instant.nullable(),
    links: z.strictObject({ self: z.string(), rejects: z.string(), campaign: z.string() }),
  })
  .meta({ id: 'Import' });

export const RejectPage = pageOf(
  z
    .strictObject({
      line: z.int().meta({ description: 'Line of the CSV, from 1.' }),
      kind: z.enum(['rejected', 'duplicate', 'suppressed']),
      code: z.string(),
      value: z.string(),
      record: z.string().meta({ description: 'The line as it was; at most 10,000 characters of it.' }),
    })
    .meta({ id: 'Reject' }),
  'RejectPage',
);
