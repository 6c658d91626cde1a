import { z } from 'zod';
import { CampaignStateField, CommandIn, Instant, InstantIn } from './fields.ts';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const Window = z
  .strictObject({
    days: z.array(z.enum(WEEKDAYS)).max(7),
    from: z.string().max(5).meta({ description: 'HH:MM, local.', example: '22:00' }),
    until: z.string().max(5).meta({
      description: 'HH:MM, local; before `from` it runs past midnight and belongs to the day it began.',
      example: '06:00',
    }),
    zone: z.string().max(64).meta({ description: 'IANA zone.', example: 'Europe/Berlin' }),
  })
  .meta({ id: 'SendWindow' });

const MissedStart = z.enum(['nextWindow', 'now', 'hold']).meta({
  id: 'MissedStart',
  description: 'What to do when nobody ran at the start: the next window, at once within a window, or hold.',
});

export const ScheduleIn = z
  .strictObject({
    startAt: InstantIn.optional(),
    windows: z.array(Window).max(50).optional().meta({ description: 'Left out or empty: every hour is open.' }),
    deadline: InstantIn.optional().meta({ description: 'Whoever still waits then ends as expired.' }),
    missedStart: MissedStart.optional(),
  })
  .meta({ id: 'ScheduleIn' });

export const ScheduleOut = z
  .strictObject({
    startAt: Instant.nullable(),
    windows: z.array(Window),
    deadline: Instant.nullable(),
    missedStart: MissedStart,
  })
  .meta({ id: 'Schedule' });

const Opening = z
  .strictObject({
    opensAt: Instant,
    closesAt: Instant.nullable().meta({ description: 'null: no end in sight.' }),
    local: z.string().meta({ description: 'RFC 9557.', example: '2026-11-24T22:00:00+01:00[Europe/Berlin]' }),
    localClosesAt: z.string().nullable(),
  })
  .meta({ id: 'Opening' });

export const ScheduledOut = z
  .strictObject({
    schedule: ScheduleOut,
    state: CampaignStateField,
    nextOpenings: z.array(Opening).max(5),
    allowedActions: z.array(CommandIn),
  })
  .meta({ id: 'Scheduled' });
