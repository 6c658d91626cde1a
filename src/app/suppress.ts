import { ok } from '../core/result.ts';
import type { ApiDeps, Suppression } from './api-ports.ts';
import { noSuch, type Outcome, refuse } from './problem.ts';

/** Addresses that get no mail, by a person's hand. */

/** Broad on purpose: whatever an import could accept must be possible to suppress. */
const ADDRESS = /^[^\s\p{Cc}@"<>()[\],;:\\]+@[^\s\p{Cc}@"<>()[\],;:\\]+$/u;
const MOST_ADDRESS = 254;

export function makeSuppress({ suppressions }: Pick<ApiDeps, 'suppressions'>) {
  return async function suppress(address: string, reason: string): Promise<Outcome<Suppression>> {
    if (address.length > MOST_ADDRESS || !ADDRESS.test(address)) {
      return refuse('suppression.badAddress', 'Not a bare e-mail address, such as ann@example.com.');
    }
    await suppressions.add(address, reason, null);
    const entry = await suppressions.get(address);
    return entry ? ok(entry) : noSuch('suppression');
  };
}
