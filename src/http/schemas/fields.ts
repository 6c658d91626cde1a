import { z } from 'zod';
import type { ZodOpenApiOverride } from 'zod-openapi';
import { durationText, parseDuration } from '../../core/duration.ts';

/** Fields that many bodies share. */

export const Id = z
  .string()
  .regex(/^[0-9a-f]{24}$/)
  .meta({ description: '24 hex characters; sorts by age.', example: '66f1c0ffee66f1c0ffee66f1' });

export const Instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.', example: '2026-11-24T21:00:00.000Z' });

/** Times that people send carry their offset. */
export const InstantIn = z.iso
  .datetime({ offset: true, error: 'RFC 3339 with an offset, such as 2026-11-24T22:00:00+01:00.' })
  .transform((text) => new Date(text))
  .meta({ description: 'RFC 3339 with offset.', example: '2026-11-24T22:00:00+01:00' });

/** A length of time that people send; becomes milliseconds. */
export function durationWithin(least: number, most: number) {
  const range = `from ${durationText(least)} to ${durationText(most)}`;
  return z
    .string()
    .regex(/^\d{1,6}[smhd]$/, `A whole number and a unit (s, m, h, d), ${range}, such as 90m or 72h.`)
    .transform((text) => parseDuration(text)!)
    .refine((ms) => ms >= least && ms <= most, `It must be ${range}.`)
    .meta({ description: `A whole number and a unit (s, m, h, d), ${range}.`, example: '72h' });
}

export const Count = z.int().min(0);

/** A whole number of a query, from 1; a query is text, its document says of what. */
export function countUpTo(most: number, description: string) {
  const message = `A whole number from 1 to ${most}.`;
  return z
    .string()
    .regex(/^[1-9]\d{0,9}$/, message)
    .transform(Number)
    .refine((count) => count <= most, message)
    .meta({ description, override: asInteger(most) });
}

const asInteger: (most: number) => ZodOpenApiOverride = (most) => (context) => {
  delete context.jsonSchema.pattern;
  Object.assign(context.jsonSchema, { type: 'integer', minimum: 1, maximum: most });
};

/** In words that the pattern languages of all validators have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it keeps out
export const NoControls = z.string().regex(/^[^\x00-\x1f\x7f-\x9f]*$/, 'Control characters are not allowed.');

/** A rate that a person sets. Slower than one letter in a thousand seconds is what a pause is for. */
export const RateIn = z.number().min(0.001).max(10_000);
/** SMTP sessions; 500 is the most that any provider is known to allow (Outlook.com). */
export const SessionsIn = z.int().min(1).max(500);

export const Cursor = z
  .string()
  .max(1_000)
  .regex(/^[A-Za-z0-9_-]+$/, 'Not a cursor of this list.');

export const pageOf = <T extends z.ZodType>(item: T, id: string) =>
  z
    .strictObject({
      items: z.array(item),
      nextCursor: Cursor.nullable().meta({ description: 'null at the end; also as Link: rel="next".' }),
    })
    .meta({ id });

export const CommandIn = z
  .enum(['schedule', 'unschedule', 'start', 'pause', 'resume', 'cancel'])
  .meta({ id: 'Command', description: 'What a person may ask of a campaign.' });

export const CampaignStateField = z
  .enum(['draft', 'scheduled', 'running', 'paused', 'blocked', 'finished', 'cancelled'])
  .meta({ id: 'CampaignState' });

const FaultOut = z
  .strictObject({
    pointer: z.string().meta({ description: 'JSON Pointer (RFC 6901) into the body.', example: '/content/subject' }),
    code: z.string(),
    detail: z.string(),
  })
  .meta({ id: 'Fault' });

export const ProblemOut = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'The request id.' }),
    code: z.string().meta({ description: 'Stable, for programs.' }),
    errors: z.array(FaultOut).optional(),
    allowedActions: z.array(CommandIn).optional(),
    wouldExpire: z.int().min(1).optional().meta({ description: 'People who would get no letter any more.' }),
    state: CampaignStateField.optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

export const ReplyOfServer = z
  .strictObject({
    code: z.int().meta({ description: '0: the server said nothing.' }),
    enhanced: z.string().nullable().meta({ description: 'RFC 3463.' }),
    text: z.string(),
  })
  .meta({ id: 'Reply', description: 'What the mail server said (RFC 5321).' });

export const Totals = z
  .strictObject({ accepted: Count, duplicate: Count, suppressed: Count, rejected: Count })
  .meta({ id: 'ImportTotals', description: 'Sums over all imports of the campaign.' });
