import { familyOf } from './provider.ts';
import { PROVIDERS } from './table.ts';

/** How to treat a provider: where to begin and what never to exceed. Data, changed per installation and at run time. */

export type ProviderProfile = {
  /** Most SMTP sessions at once, and letters per session. */
  readonly connections: number;
  readonly messagesPerConnection: number;
  /** Letters per second: never above, never below short of a stop, where a new lane begins; null: the general policy. */
  readonly ceiling: number | null;
  readonly floor: number | null;
  readonly startRate: number | null;
  /** True for providers that punish refusals: the first one acts. */
  readonly strict: boolean;
  /** Straight to its MX: `required` refuses to send without a verified TLS session. */
  readonly tls: 'opportunistic' | 'required';
  /** One session more per so many clean seconds; after a refusal for sessions begin again with so many (null: with what was up). */
  readonly sessionGrowSeconds: number;
  readonly sessionRestart: number | null;
};

export type ProfilePatch = Partial<ProviderProfile>;

/** A provider that nobody knows, domains and sites of their own included. */
const UNKNOWN: ProviderProfile = {
  connections: 2,
  messagesPerConnection: 20,
  ceiling: null,
  floor: null,
  startRate: null,
  strict: false,
  tls: 'opportunistic',
  sessionGrowSeconds: 600,
  sessionRestart: null,
};

const SHIPPED: ReadonlyMap<string, ProfilePatch> = new Map(PROVIDERS.map(({ key, profile }) => [key, profile ?? {}]));

/** The profile in force: as shipped (regions as their family), and above it what this installation changed. */
export const profileOf = (provider: string, patch: ProfilePatch = {}): ProviderProfile => ({
  ...UNKNOWN,
  ...SHIPPED.get(familyOf(provider)),
  ...patch,
});
