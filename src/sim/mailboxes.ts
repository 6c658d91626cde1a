import { placeOf } from './chance.ts';
import type { SimProviderProfile } from './profile.ts';
import { GREYLISTED, NO_SUCH_USER, RELAY_DENIED, type SimRefusal } from './refusal.ts';

/** What RCPT is told about one mailbox, whatever the pace. */

export const isDead = (address: string, profile: Pick<SimProviderProfile, 'deadShare'>, seed: number): boolean =>
  profile.deadShare > 0 && placeOf(address, 'dead', seed) < profile.deadShare;

const isGreylisted = (address: string, profile: SimProviderProfile, seed: number): boolean =>
  profile.greylistShare > 0 && placeOf(address, 'greylist', seed) < profile.greylistShare;

const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1).toLowerCase();

export type Mailboxes = { lookUp(address: string, now: number): SimRefusal | null };

export function makeMailboxes(profile: SimProviderProfile, seed: number): Mailboxes {
  const domains = profile.domains && new Set(profile.domains);
  const firstSeen = new Map<string, number>();

  function isWaiting(address: string, now: number): boolean {
    const key = address.toLowerCase();
    const since = firstSeen.get(key) ?? now;
    firstSeen.set(key, since);
    return now - since < profile.greylistSeconds * 1000;
  }

  return {
    lookUp(address, now) {
      if (domains && !domains.has(domainOf(address))) return RELAY_DENIED;
      if (isDead(address, profile, seed)) return NO_SUCH_USER;
      if (isGreylisted(address, profile, seed) && isWaiting(address, now)) return GREYLISTED;
      return null;
    },
  };
}
