import { familyOf } from './provider.ts';
import { PROVIDERS, type ProfilePatch, type ProviderProfile } from './table.ts';

/** How to treat a provider: where to begin and what never to exceed. Data, changed per installation and at run time. */

/** A provider that nobody knows, domains and sites of their own included. */
const UNKNOWN: ProviderProfile = {
  connections: 2,
  messagesPerConnection: 20,
  ceiling: null,
  floor: null,
  startRate: null,
  strict: false,
  tls: 'opportunistic',
  sessionGrowSeconds: 120,
  sessionRestart: null,
};

const SHIPPED: ReadonlyMap<string, ProfilePatch> = new Map(PROVIDERS.map(({ key, profile }) => [key, profile ?? {}]));

/** The profile in force: as shipped (regions as their family), and above it what this installation changed. */
export const profileOf = (provider: string, patch: ProfilePatch = {}): ProviderProfile => ({
  ...UNKNOWN,
  ...SHIPPED.get(familyOf(provider)),
  ...patch,
});
