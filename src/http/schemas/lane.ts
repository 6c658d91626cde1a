import { z } from 'zod';
import { Count, Instant, pageOf } from './fields.ts';

const Rate = z.number().min(0).meta({ description: 'Letters per second.' });

const Decision = z
  .strictObject({
    lane: z.string(),
    at: Instant,
    action: z.string(),
    rateBefore: Rate,
    rateAfter: Rate,
    connections: z.number().min(0),
    pausedUntil: Instant.nullable(),
    cause: z
      .enum(['connections', 'overload', 'configuration', 'blocklist', 'throttling', 'recipient', 'content'])
      .nullable(),
    rule: z.string().nullable(),
    reply: z.string().nullable().meta({ description: "The server's words that led to it." }),
  })
  .meta({ id: 'Decision', description: 'Why a limiter changed its mind.' });

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
    lastDecision: Decision.nullable(),
    owner: z.string().nullable(),
    updatedAt: Instant,
    links: z.strictObject({ self: z.string(), decisions: z.string() }),
  })
  .meta({ id: 'Lane' });

export const LaneList = z.strictObject({ items: z.array(LaneOut) }).meta({ id: 'LaneList' });
export const DecisionPage = pageOf(Decision, 'DecisionPage');
