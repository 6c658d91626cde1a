import { z } from 'zod';
import type { RoutingRule } from '../../core/lanes/routing.ts';

export const RouteIn = z
  .strictObject({
    url: z.string().max(2_000).meta({
      description: '`smtp://user:pass@host:port`, `smtps://...`, or `direct` to the MX of each domain.',
      example: 'smtp://user:pass@relay.example:587',
    }),
    connections: z.int().min(1).max(500).optional().meta({ description: 'Default 20, direct 10.' }),
    ratePerSecond: z.number().min(0.0001).max(10_000).nullable().optional().meta({
      description: 'A cap over all lanes of the route; null: none but what the lanes learn.',
    }),
  })
  .meta({ id: 'RouteIn' });

export const RouteOut = z
  .strictObject({
    name: z.string(),
    kind: z.enum(['relay', 'direct']),
    url: z.string().meta({ description: 'The password is shown as ***, and *** sent back keeps it.' }),
    connections: z.int(),
    ratePerSecond: z.number().nullable(),
  })
  .meta({ id: 'Route' });

export const RouteList = z.strictObject({ items: z.array(RouteOut) }).meta({ id: 'RouteList' });

const KINDS = ['domain', 'provider', 'any'] as const;

const Rule = z
  .strictObject({
    domain: z.string().max(255).optional().meta({ description: 'Exact, or *.example.com for its subdomains.' }),
    provider: z
      .string()
      .regex(/^[a-z0-9.-]{1,63}$/)
      .optional()
      .meta({ example: 'gmail' }),
    any: z.literal(true).optional(),
    route: z.string().max(63),
  })
  .meta({ id: 'RoutingRule', description: 'Exactly one of `domain`, `provider` and `any`.' });

/** First match wins. */
export const RoutingIn = z
  .array(
    Rule.transform((rule, context): RoutingRule => {
      const { domain, provider, any, route } = rule;
      if (KINDS.filter((kind) => rule[kind] !== undefined).length !== 1) {
        context.addIssue({ code: 'custom', message: 'Say exactly one of domain, provider and any.' });
      }
      if (domain !== undefined) return { domain, route };
      if (provider !== undefined) return { provider, route };
      return { any: any ?? true, route };
    }),
  )
  .max(1_000);

export const RoutingOut = z.array(Rule);
