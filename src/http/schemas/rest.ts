import { z } from 'zod';
import { Instant, NoControls, pageOf } from './fields.ts';

/** Templates, suppressions, health. */

const Template = z
  .strictObject({
    name: z.string(),
    description: z.string(),
    subject: z.string(),
    html: z.string(),
    text: z.string(),
    columns: z.array(z.string()).meta({ description: 'Columns that it merges, besides email.' }),
    example: z.record(z.string(), z.string()).meta({ description: 'A value for each column, to preview with.' }),
  })
  .meta({ id: 'Template', description: 'A letter that ships with Offpeak.' });

export const TemplateList = z.strictObject({ items: z.array(Template) }).meta({ id: 'TemplateList' });

export const SuppressionIn = z
  .strictObject({
    reason: NoControls.min(1).max(200).optional().meta({ description: 'Default: manual.' }),
  })
  .meta({ id: 'SuppressionIn' });

export const SuppressionOut = z
  .strictObject({ address: z.string(), reason: z.string(), at: Instant })
  .meta({ id: 'Suppression' });
export const SuppressionPage = pageOf(SuppressionOut, 'SuppressionPage');

export const HealthOut = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });
export const ReadyOut = z
  .strictObject({
    ready: z.boolean(),
    checks: z.strictObject({ database: z.enum(['ok', 'away']), server: z.enum(['ok', 'stopping']) }),
  })
  .meta({ id: 'Readiness' });
