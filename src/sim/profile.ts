import { z } from 'zod';
import { fail, ok, type Result } from '../core/result.ts';
import { REFUSAL_STAGES } from './refusal.ts';

/** The profile of a simulated world: what its providers hide from a sender. Units are in the names. */

const share = z.number().min(0).max(1).default(0);
const seconds = z.number().min(0);
const delayMs = z.number().min(0).max(600_000).default(0);
const count = z.number().int().min(1);
const port = z.number().int().min(0).max(65_535).default(0);
const replyText = z.string().regex(/^[\x20-\x7e]{1,400}$/, 'one line of printable ASCII');
const replyCode = z.number().int().min(400).max(599);
const perSecond = z.number().min(0).nullable();

const stage = z.enum(REFUSAL_STAGES);

const Provider = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'lower-case letters, digits, dots and dashes'),
  /** RCPT to any other domain is answered 550 5.7.1; without it every domain is at home here. */
  domains: z.array(z.string().toLowerCase()).optional(),
  host: z.string().default('127.0.0.1'),
  /** 0: any free port. */
  port,
  /** The hidden capacity in letters per second; null: no limit. */
  ratePerSecond: perSecond.default(null),
  /** Depth of the token bucket in letters; it starts full. */
  burst: z.number().min(1).default(10),
  /** So many letters per fixed window, counted like `schedule`, instead of the bucket. */
  quota: z.strictObject({ letters: count, perSeconds: z.number().positive() }).nullable().default(null),
  /** Changes of the capacity, counted from the first MAIL command this provider sees. */
  schedule: z.array(z.strictObject({ afterSeconds: seconds, ratePerSecond: perSecond })).default([]),
  maxConnections: count.nullable().default(null),
  maxMessagesPerConnection: count.nullable().default(null),
  /** What MAIL after the last letter of a session gets: a 421, or the end of the session without a word. */
  sessionEnd: z.enum(['reply', 'close']).default('reply'),
  /** Where a letter pays its token, and is refused when there is none; a list is cycled through, one step per refusal. */
  refuseAt: z.union([stage, z.array(stage).min(1)]).default('mail'),
  refusal: z
    .strictObject({
      code: replyCode.default(421),
      text: replyText.default('4.7.0 Try again later, closing connection'),
      close: z.boolean().default(true),
    })
    .prefault({}),
  connectionRefusal: z
    .strictObject({
      code: replyCode.default(421),
      text: replyText.default('4.7.0 Too many concurrent connections, closing transmission channel'),
    })
    .prefault({}),
  /** Delay before the answer; the decision is made when the command arrives. `accept`: after the final dot. */
  latencyMs: z
    .strictObject({ greeting: delayMs, mail: delayMs, rcpt: delayMs, data: delayMs, accept: delayMs })
    .prefault({}),
  /** Share of mailboxes that don't exist (550 5.1.1 at RCPT); the same ones for the same seed. */
  deadShare: share,
  /** Share of mailboxes whose first attempts get 450 4.7.1 until `greylistSeconds` after the first. */
  greylistShare: share,
  greylistSeconds: seconds.default(60),
  /** Counted like `schedule`; one that begins at 0 begins with the first connection. */
  outages: z
    .array(
      z.strictObject({
        fromSeconds: seconds,
        seconds: z.number().positive(),
        /** RST instead of 421 4.3.2. */
        hard: z.boolean().default(false),
      }),
    )
    .default([]),
  /** So many refusals for pace within so many seconds block everything for a while. */
  penaltyBox: z
    .strictObject({
      refusals: count,
      perSeconds: z.number().positive(),
      blockSeconds: z.number().positive(),
      /** Whether each attempt made during the block starts it anew. */
      prolong: z.boolean().default(false),
    })
    .nullable()
    .default(null),
  /** Share of letters refused for no reason, at the stage of `refuseAt` and in the words of `refusal`. */
  strayShare: share,
  /** Whether refused attempts use up capacity; otherwise only accepted letters do. */
  chargeRefused: z.boolean().default(false),
  /** Share of letters after whose final dot the session closes without an answer (RFC 1047). */
  dropAfterDot: z
    .strictObject({ share: z.number().min(0).max(1), accepts: z.boolean() })
    .nullable()
    .default(null),
  /** Largest letter, bytes; announced as SIZE. */
  maxBytes: count.default(36_700_160),
  /** A session silent for so long gets 421 4.4.2. */
  idleSeconds: z.number().positive().max(86_400).default(300),
});

const names = (providers: readonly { name: string }[]) => new Set(providers.map((provider) => provider.name));

export const SimProfile = z.strictObject({
  providers: z
    .array(Provider)
    .min(1)
    .refine((providers) => names(providers).size === providers.length, 'two providers have the same name'),
  seed: z.number().int().default(1),
  /** Where every decision is written as JSON lines; relative to the working directory. */
  log: z.string().min(1).optional(),
  control: z.strictObject({ port }).optional(),
});

export type SimProfile = z.output<typeof SimProfile>;
export type SimProfileInput = z.input<typeof SimProfile>;
export type SimProviderProfile = SimProfile['providers'][number];

export type SimFault = {
  readonly code: 'sim.profile' | 'sim.listen';
  readonly detail: string;
  /** JSON pointers (RFC 6901) into the profile. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
};

const pointer = (path: readonly PropertyKey[]) =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export function parseProfile(value: unknown): Result<SimProfile, SimFault> {
  const parsed = SimProfile.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const errors = parsed.error.issues.map((issue) => ({ pointer: pointer(issue.path), detail: issue.message }));
  const detail = errors.map((error) => `${error.pointer || '/'}: ${error.detail}`).join('; ');
  return fail({ code: 'sim.profile', detail: `the profile is not valid: ${detail}`, errors });
}
