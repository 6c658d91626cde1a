import { profileOf } from '../../core/providers/profile.ts';
import { OTHER_PROVIDER } from '../../core/providers/provider.ts';
import { PROVIDERS, type ProfilePatch, type ProviderProfile } from '../../core/providers/table.ts';
import { ok } from '../../core/result.ts';
import { type Fault, type Outcome, refuse } from '../problem.ts';
import type { ProviderStore } from '../providers/ports.ts';

/** Provider profiles: as shipped, and what this installation changed. */

export type ProviderInForce = {
  readonly provider: string;
  readonly profile: ProviderProfile;
  /** Fields that are not as shipped. */
  readonly changed: readonly string[];
};

/** A field that is null is as shipped again (RFC 7396). */
export type ProviderEdit = { readonly [K in keyof ProviderProfile]?: ProviderProfile[K] | null | undefined };

/** Two editors meet seldom; many of them are a program gone wild. */
const TRIES = 5;

type Deps = { readonly providers: Pick<ProviderStore, 'all' | 'get' | 'put'> };

const inForce = (provider: string, patch: ProfilePatch): ProviderInForce => ({
  provider,
  profile: profileOf(provider, patch),
  changed: Object.keys(patch).sort(),
});

export function makeReadProviders({ providers }: Deps) {
  return {
    /** Those in the table, and those that were changed here. */
    async list(): Promise<readonly ProviderInForce[]> {
      const changed = await providers.all();
      const names = new Set([...PROVIDERS.map(({ key }) => key), OTHER_PROVIDER, ...changed.keys()]);
      return [...names].sort().map((name) => inForce(name, changed.get(name) ?? {}));
    },
    /** Any name: what nobody knows has a profile too. */
    async get(provider: string): Promise<ProviderInForce> {
      return inForce(provider, await providers.get(provider));
    },
  };
}

export function makeEditProvider({ providers }: Deps) {
  return async function editProvider(provider: string, edit: ProviderEdit): Promise<Outcome<ProviderInForce>> {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = await providers.get(provider);
      const patch = merged(before, edit);
      const faults = faultsOf(profileOf(provider, patch), edit);
      if (faults.length > 0) return refuse('provider.invalid', faults[0]!.detail, { errors: faults });
      if (await providers.put(provider, patch, before)) return ok(inForce(provider, patch));
    }
    return refuse('provider.changedMeanwhile', 'The profile is being changed by others; try again.');
  };
}

function merged(before: ProfilePatch, edit: ProviderEdit): ProfilePatch {
  const entries = Object.entries({ ...before, ...edit });
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined)) as ProfilePatch;
}

/** Pointers name a field that was sent, whichever of the two is wrong. */
function faultsOf({ ceiling, floor, startRate }: ProviderProfile, edit: ProviderEdit): readonly Fault[] {
  if (ceiling === null) return [];
  const above = [
    {
      field: 'floor',
      value: floor,
      code: 'floorAboveCeiling',
      detail: `The floor is above the ceiling of ${ceiling}.`,
    },
    {
      field: 'startRate',
      value: startRate,
      code: 'startAboveCeiling',
      detail: `The rate to begin with is above the ceiling of ${ceiling}.`,
    },
  ] as const;
  return above
    .filter(({ value }) => value !== null && value > ceiling)
    .map(({ field, code, detail }) => ({ pointer: `/${field in edit ? field : 'ceiling'}`, code, detail }));
}
