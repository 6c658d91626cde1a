import type { ProviderProfile } from '../providers/table.ts';
import type { RatePolicy } from '../rate/rate.ts';
import type { ConnectionPolicy } from './connections.ts';
import type { LaneOrders } from './lane.ts';

/** What a lane's two loops must keep to: the general policy, the provider's profile, and above both the operator's orders. */

export function ratePolicyOf(
  general: RatePolicy,
  profile: Pick<ProviderProfile, 'ceiling' | 'floor' | 'startRate' | 'strict'>,
  orders: LaneOrders,
): RatePolicy {
  const own = {
    ...general,
    startRate: profile.startRate ?? general.startRate,
    strict: general.strict || profile.strict,
  };
  // A pinned rate neither rises nor falls; a pause that the provider asks for still stops it.
  if (orders.pin !== null) return { ...own, ceiling: orders.pin, floor: orders.pin };
  const ceiling = Math.min(general.ceiling, orders.ceiling ?? profile.ceiling ?? Number.POSITIVE_INFINITY);
  const floor = Math.min(ceiling, orders.floor ?? profile.floor ?? general.floor);
  return { ...own, ceiling, floor };
}

/** Most sessions at once. */
export const sessionCapOf = (profile: Pick<ProviderProfile, 'connections'>, orders: LaneOrders): number =>
  orders.connections ?? profile.connections;

export const connectionPolicyOf = (
  general: ConnectionPolicy,
  profile: Pick<ProviderProfile, 'sessionGrowSeconds' | 'sessionRestart'>,
): ConnectionPolicy => ({
  ...general,
  growMs: profile.sessionGrowSeconds * 1000,
  restart: profile.sessionRestart,
});
