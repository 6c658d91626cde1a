import type { Host } from './connection.ts';

/** Hosts that did not serve us lately: they are not tried first for a while. */

export type FailedHosts = {
  failed(host: Host): void;
  served(host: Host): void;
  /** The same hosts, those that failed lately last. */
  inOrder(hosts: readonly Host[]): readonly Host[];
};

/** The first time, the second in a row, and so on, ms. */
const LAST_FOR_MS = [1, 2, 5, 10].map((minutes) => minutes * 60_000);
const MOST = 10_000;

const keyOf = ({ host, port }: Host) => `${host}:${port}`;

/** `now`: monotonic milliseconds. */
export function makeFailedHosts(now: () => number): FailedHosts {
  const known = new Map<string, { readonly until: number; readonly times: number }>();
  const isLast = (host: Host) => (known.get(keyOf(host))?.until ?? 0) > now();

  return {
    failed(host) {
      const key = keyOf(host);
      const times = (known.get(key)?.times ?? 0) + 1;
      known.delete(key);
      known.set(key, { times, until: now() + LAST_FOR_MS[Math.min(times, LAST_FOR_MS.length) - 1]! });
      if (known.size > MOST) known.delete(known.keys().next().value!);
    },
    served: (host) => void known.delete(keyOf(host)),
    inOrder: (hosts) =>
      hosts.length < 2 ? hosts : [...hosts.filter((host) => !isLast(host)), ...hosts.filter(isLast)],
  };
}
