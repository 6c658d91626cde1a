/** Cuts a list into slices: up to a thousand recipients of one provider or domain. DESIGN: Words. */

export type PlannedSlice = { readonly slice: number; readonly domains: readonly string[]; readonly size: number };

export type Slicer = {
  /** Takes one recipient; `provider` is null for a domain that belongs to none we know. Answers its slice number. */
  place(domain: string, provider: string | null): number;
  /** One recipient placed there was not inserted after all; a slice that is full by then stays closed. */
  unplace(slice: number): void;
  /** Every slice that holds somebody; call it when all placing and unplacing is done. */
  slices(): readonly PlannedSlice[];
  /** The first number that is free. */
  next(): number;
};

type Plan = { domains: Iterable<string>; size: number };
type Open = { readonly slice: number; readonly plan: Plan; readonly domains: Set<string> };

/**
 * Each known provider fills slices of its own, and so do the first `ownStreams` unknown domains: one slow domain then
 * holds up nobody else's slice. All other domains share, so that a list of many tiny domains is not many tiny slices.
 */
export function makeSlicer(firstSlice: number, size = 1_000, ownStreams = 50): Slicer {
  const open = new Map<string, Open>();
  const plans: Plan[] = [];
  const owners = new Set<string>();
  // Every row brings a copy of its domain, and of the address around it; one copy of each is enough.
  const copies = new Map<string, string>();

  const streamOf = (domain: string, provider: string | null): string => {
    if (provider !== null) return `provider ${provider}`;
    if (!owners.has(domain) && owners.size < ownStreams) owners.add(domain);
    return owners.has(domain) ? `domain ${domain}` : 'shared';
  };

  const openIn = (stream: string): Open => {
    const domains = new Set<string>();
    const fresh: Open = { slice: firstSlice + plans.length, plan: { domains, size: 0 }, domains };
    plans.push(fresh.plan);
    open.set(stream, fresh);
    return fresh;
  };

  const kept = (domain: string): string => {
    copies.set(domain, domain);
    return domain;
  };

  return {
    place(domain, provider) {
      const stream = streamOf(domain, provider);
      const { slice, plan, domains } = open.get(stream) ?? openIn(stream);
      domains.add(copies.get(domain) ?? kept(domain));
      plan.size += 1;
      if (plan.size === size) {
        open.delete(stream);
        plan.domains = [...domains]; // a fifth of the set's memory, and a long list closes thousands
      }
      return slice;
    },

    unplace(slice) {
      const plan = plans[slice - firstSlice];
      if (!plan || plan.size === 0) throw new Error(`nobody is placed in slice ${slice}`);
      plan.size -= 1;
    },

    slices() {
      const planned = plans.map(({ domains, size }, index) => ({
        slice: firstSlice + index,
        domains: [...domains],
        size,
      }));
      return planned.filter((plan) => plan.size > 0);
    },

    next: () => firstSlice + plans.length,
  };
}
