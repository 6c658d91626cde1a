import { z } from 'zod';
import { RateIn, SessionsIn } from './fields.ts';

const Letters = z.int().min(1).max(100_000);
const Seconds = z.int().min(1).max(86_400);
const Tls = z.enum(['opportunistic', 'required']);

/** Each with what it means, the same in and out. */
const FIELDS = {
  connections: SessionsIn.meta({ description: 'Most SMTP sessions at once.' }),
  messagesPerConnection: Letters.meta({ description: 'Most letters per session.' }),
  ceiling: RateIn.meta({ description: 'Never more letters per second.' }),
  floor: RateIn.meta({ description: 'Never fewer letters per second, short of a stop.' }),
  startRate: RateIn.meta({ description: 'Letters per second at which a new lane begins.' }),
  strict: z.boolean().meta({ description: 'The provider punishes refusals: the first one acts.' }),
  tls: Tls.meta({ description: 'Straight to its MX: `required` refuses to send without a verified TLS session.' }),
  sessionGrowSeconds: Seconds.meta({ description: 'One session more per so many clean seconds.' }),
  sessionRestart: SessionsIn.meta({ description: 'After a refusal for sessions begin again with so many.' }),
};

const { ceiling, floor, startRate, sessionRestart } = FIELDS;

const Profile = z
  .strictObject({
    ...FIELDS,
    ceiling: ceiling.nullable(),
    floor: floor.nullable(),
    startRate: startRate.nullable(),
    sessionRestart: sessionRestart.nullable(),
  })
  .meta({ id: 'ProviderProfile', description: 'A rate that is null is that of the general policy.' });

export const ProviderOut = z
  .strictObject({
    provider: z.string().meta({ example: 'gmail' }),
    profile: Profile,
    changed: z.array(z.string()).meta({ description: 'Fields that are not as shipped.' }),
    links: z.strictObject({ self: z.string() }),
  })
  .meta({ id: 'Provider' });

export const ProviderList = z.strictObject({ items: z.array(ProviderOut) }).meta({ id: 'ProviderList' });

type Edits = { [K in keyof typeof FIELDS]: z.ZodOptional<z.ZodNullable<(typeof FIELDS)[K]>> };

export const ProviderEditIn = z
  .strictObject(
    Object.fromEntries(Object.entries(FIELDS).map(([name, field]) => [name, field.nullable().optional()])) as Edits,
  )
  .meta({ id: 'ProviderEdit', description: 'Absent: as it is; null: as shipped (RFC 7396).' });
