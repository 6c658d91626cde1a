import { z } from 'zod';
import { Count, countUpTo, Instant, InstantIn, pageOf, RateIn, SessionsIn } from './fields.ts';

const Rate = z.number().min(0).meta({ description: 'Letters per second.' });

const CauseOut = z
  .enum(['connections', 'overload', 'configuration', 'blocklist', 'throttling', 'recipient', 'content'])
  .nullable();

const Decision = z
  .strictObject({
    lane: z.string(),
    at: Instant,
    action: z.string(),
    rateBefore: Rate,
    rateAfter: Rate,
    connections: z.number().min(0),
    pausedUntil: Instant.nullable(),
    cause: CauseOut,
    rule: z.string().nullable(),
    reply: z.string().nullable().meta({ description: "The server's words that led to it." }),
  })
  .meta({ id: 'Decision', description: 'Why a limiter changed its mind.' });

const Stop = z
  .strictObject({
    kind: z.enum(['wall', 'unsure', 'away', 'setup']).meta({
      description:
        'wall: all are refused; unsure: all are put off, perhaps by a greylister; away: nobody serves there; setup: we are refused before any letter is named.',
    }),
    since: Instant,
    tries: Count.meta({ description: 'Letters that tried in vain.' }),
    nextTryAt: Instant.nullable().meta({ description: 'When one letter tries; null: not before a person asks.' }),
    reason: z.strictObject({ cause: CauseOut, rule: z.string().nullable(), reply: z.string().nullable() }),
  })
  .meta({ id: 'LaneStop' });

const Order = RateIn.nullable().meta({ description: 'Letters per second; null: no order.' });
const SessionOrder = SessionsIn.nullable().meta({ description: 'Most sessions; null: no order.' });

const Orders = z
  .strictObject({ ceiling: Order, floor: Order, pin: Order, connections: SessionOrder, paused: z.boolean() })
  .meta({ id: 'LaneOrders', description: 'What a person ordered; it stands above what the lane learns.' });

export const LaneEditIn = z
  .strictObject({
    ceiling: Order,
    floor: Order,
    pin: Order.meta({
      description: 'Exactly this rate, letters per second; pauses that a provider asks for still hold.',
    }),
    connections: SessionOrder,
  })
  .partial()
  .meta({ id: 'LaneEdit', description: 'Absent: as it is; null: no order (RFC 7396).' });

export const LaneOut = z
  .strictObject({
    id: z.string().meta({ example: 'relay:gmail' }),
    route: z.string(),
    provider: z.string(),
    state: z.string().meta({ description: 'steady, slowed, probing, stopped (until pausedUntil) or paused.' }),
    ratePerSecond: Rate,
    realPerSecond: Rate,
    throttledShare: z.number().min(0).max(1),
    waiting: Count,
    connections: z.strictObject({ open: Count, limit: z.number().min(0) }),
    pausedUntil: Instant.nullable(),
    stop: Stop.nullable().optional().meta({ description: 'Why it stands still whatever its rate; null: it does not.' }),
    isGreylisting: z.boolean().optional().meta({ description: 'Whether first tries are put off here as a rule.' }),
    stoppedSites: z
      .strictObject({ count: Count, examples: z.array(Stop.extend({ site: z.string() })) })
      .optional()
      .meta({ description: 'Of a lane of many small hosts, those that stand still.' }),
    lastDecision: Decision.nullable(),
    orders: Orders,
    owner: z.string().nullable(),
    updatedAt: Instant,
    links: z.strictObject({ self: z.string(), decisions: z.string(), chart: z.string(), diagnosis: z.string() }),
  })
  .meta({ id: 'Lane' });

export const LaneList = z.strictObject({ items: z.array(LaneOut) }).meta({ id: 'LaneList' });
export const DecisionPage = pageOf(Decision, 'DecisionPage');

const HOUR_MS = 3_600_000;
const MOST_HOURS = 24;

/** Minutes, or both ends. */
export const ChartQuery = z
  .strictObject({
    minutes: countUpTo(MOST_HOURS * 60, 'The last so many minutes that are known; default 60.').optional(),
    from: InstantIn.optional(),
    until: InstantIn.optional(),
  })
  .superRefine(({ minutes, from, until }, context) => {
    const add = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if ((from === undefined) !== (until === undefined)) {
      add(from === undefined ? 'from' : 'until', 'Give both from and until.');
    }
    // What was not well formed is still here, as it came.
    if (!(from instanceof Date) || !(until instanceof Date)) return;
    const hours = (until.getTime() - from.getTime()) / HOUR_MS;
    if (minutes !== undefined) add('minutes', 'Give minutes, or from and until.');
    if (hours <= 0) add('until', 'It must be after from.');
    if (hours > MOST_HOURS) add('until', 'At most 24 hours after from.');
  });
