import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { defaultCacheDir } from './adapters/mongod/find.ts';
import { parseDuration } from './core/duration.ts';
import { DEFAULT_LADDER, parseLadder } from './core/recipients/retry.ts';

/** Every setting, read once. This schema is also what `offpeak config` prints. */

/** `20s`, `5m`; becomes milliseconds. */
const duration = z
  .string()
  .regex(/^\d{1,6}(ms|s|m|h)$/, 'A duration is a number and a unit, such as 500ms, 20s or 5m.')
  .transform((text) => parseDuration(text)!);

/** `512mb`; becomes bytes. */
const size = z
  .string()
  .regex(/^\d{1,6}(kb|mb|gb)$/, 'A size is a number and a unit, such as 512kb, 1gb.')
  .transform((text) => Number.parseInt(text, 10) * 1_024 ** (['kb', 'mb', 'gb'].indexOf(text.replace(/\d+/, '')) + 1));

const ladder = z.string().transform((text, context) => {
  const parsed = parseLadder(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.error.detail });
  return z.NEVER;
});

/** `192.0.2.1, [2001:db8::1]:5353`; becomes a list. */
const servers = z.string().transform((text, context) => {
  const list = text.split(',').map((one) => one.trim());
  const isServer = (one: string) => {
    const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(one) ?? [];
    return isIP(v6 ?? v4 ?? one) > 0 && Number(port ?? 53) <= 65_535;
  };
  if (list.every(isServer)) return list;
  context.addIssue({
    code: 'custom',
    message: 'Name servers are IP addresses with commas between, each may end in :port.',
  });
  return z.NEVER;
});

const CLASSES: readonly (readonly [RegExp, number])[] = [
  [/^[0-9a-f]+$/, 16],
  [/^[0-9a-z]+$/, 36],
  [/^[0-9A-Za-z]+$/, 62],
];
const LEAST_BITS = 128;
/** Fewer different characters than this were not drawn by chance. */
const LEAST_VARIETY = 8;

/** Whether a key may have been drawn from 2^128: long enough for the characters it uses, and not the same few again. */
function isStrongKey(key: string): boolean {
  const size = CLASSES.find(([pattern]) => pattern.test(key))?.[1] ?? 64;
  return key.length * Math.log2(size) >= LEAST_BITS && new Set(key).size >= LEAST_VARIETY;
}

const flag = z.enum(['0', '1']).transform((text) => text === '1');

const Config = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3_000).describe('Port of the API; 0 takes a free one.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address the API listens on.'),
  MONGODB_URI: z
    .string()
    .min(1)
    .optional()
    .describe('A MongoDB replica set. Without it one is looked for, then embedded.'),
  OFFPEAK_DATABASE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,60}$/)
    .optional()
    .describe('Database name; else that of the URI, or offpeak.'),
  OFFPEAK_DATA_DIR: z.string().min(1).default('data').describe('Folder for the embedded database and the secret key.'),
  OFFPEAK_CACHE_DIR: z
    .string()
    .min(1)
    .default(defaultCacheDir(process.env))
    .describe('Folder for a database server that was fetched or built.'),
  OFFPEAK_NO_DOWNLOAD: flag.prefault('0').describe('1: do not try to download a MongoDB server.'),
  OFFPEAK_API_KEY: z
    .string()
    .refine(isStrongKey, 'An API key has 128 bits, such as the 32 hex digits of `openssl rand -hex 16`.')
    .optional()
    .describe('An API key that holds for this start, for machines. Without any key the first start prints one.'),
  OFFPEAK_SECRET_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 hex digits.')
    .optional()
    .describe("Key that seals the routes' passwords; else made once in the data folder."),
  OFFPEAK_EHLO_NAME: z
    .string()
    .regex(
      /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$/,
      'A full name with a dot, such as mail.example.com (RFC 5321 4.1.1.1).',
    )
    .optional()
    .describe("Name given in EHLO; else this machine's full name, or the address of the connection if it has none."),
  OFFPEAK_MX_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(25)
    .describe('Port of the mail servers on direct routes.'),
  OFFPEAK_MX_PRIVATE: flag
    .prefault('0')
    .describe('1: mail servers of direct routes may lie on this machine or in a private network.'),
  OFFPEAK_DNS_SERVERS: servers
    .optional()
    .describe("Name servers to ask for MX and by the doctor; else the system's, which also look up hosts."),
  OFFPEAK_START_RATE: z.coerce
    .number()
    .positive()
    .max(100_000)
    .default(2)
    .describe('Letters per second with which an unknown lane begins.'),
  OFFPEAK_RETRY: ladder.prefault(DEFAULT_LADDER).describe("Waits after failures that are the recipient's own."),
  OFFPEAK_UPLOAD_LIMIT: size.prefault('2gb').describe('Largest CSV.'),
  OFFPEAK_SLICE_JOBS: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(60)
    .describe('Slices one worker works on at once.'),
  OFFPEAK_STOP_GRACE: duration.prefault('20s').describe('Longest time a stop may take.'),
  OFFPEAK_DOT_TIMEOUT: duration
    .prefault('10m')
    .describe('How long to wait for the reply to a letter (RFC 5321 4.5.3.2: 10 minutes).'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Log level; JSON lines on stderr.'),
});

export type Config = Readonly<z.infer<typeof Config>>;

/** Secrets may come in a file: `X_FILE` names it. */
const SECRETS = ['MONGODB_URI', 'OFFPEAK_API_KEY', 'OFFPEAK_SECRET_KEY'] as const;

/** What must not appear in a log: keys, and the password of the database. */
export function secretsOf({ MONGODB_URI: uri, OFFPEAK_API_KEY: apiKey, OFFPEAK_SECRET_KEY: key }: Config): string[] {
  const password = /^[^:]+:\/\/[^:/@]*:([^@/]+)@/.exec(uri ?? '')?.[1];
  return [apiKey, key, password].filter((secret) => secret !== undefined);
}

export class ConfigFault extends Error {}

/** Throws one `ConfigFault` that names everything that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given: NodeJS.ProcessEnv = { ...env };
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`];
    if (file) given[name] = readSecret(name, file);
  }
  // A variable that is set to nothing is not set.
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const parsed = Config.safeParse(set);
  const unknown = unknownIn(env);
  if (parsed.success && unknown.length === 0) return Object.freeze(parsed.data);
  const issues = parsed.success ? [] : parsed.error.issues;
  const faults = [...issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`), ...unknown];
  throw new ConfigFault(`These settings can't be used:\n${faults.join('\n')}`);
}

/** A setting that is spelt wrong would be silently without effect. */
function unknownIn(env: NodeJS.ProcessEnv): string[] {
  const known = new Set([...Object.keys(Config.shape), ...SECRETS.map((name) => `${name}_FILE`)]);
  return Object.keys(env)
    .filter((name) => name.startsWith('OFFPEAK_') && !known.has(name))
    .map((name) => `  ${name}: there is no such setting; \`offpeak config\` lists all.`);
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigFault(`${name}_FILE can't be read: ${error instanceof Error ? error.message : error}`);
  }
}

export type Setting = {
  readonly name: string;
  readonly description: string;
  readonly value: string;
  readonly isSet: boolean;
};

/** What `offpeak config` shows: each setting, its meaning and the value in force; secrets are only said to be set. */
export function settings(env: NodeJS.ProcessEnv): readonly Setting[] {
  const config = readConfig(env);
  const isSecret = (name: string) => (SECRETS as readonly string[]).includes(name);
  return Object.entries(Config.shape).map(([name, schema]) => {
    const value = config[name as keyof Config];
    const isSet = Boolean(env[name] || env[`${name}_FILE`]);
    const shown = isSecret(name) ? (isSet ? '(set)' : '') : (env[name] ?? shownDefault(schema, value));
    return { name, description: schema.description ?? '', value: shown, isSet };
  });
}

/** The default as a person would write it: `20s`, not 20000. */
function shownDefault(schema: z.ZodType, value: unknown): string {
  const def = schema.def as { defaultValue?: unknown };
  return String(def.defaultValue ?? value ?? '');
}
