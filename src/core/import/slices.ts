/** Cuts a list into slices: up to a thousand recipients of one provider or domain. DESIGN: Words. */

export type PlannedSlice = { readonly slice: number; readonly domains: readonly string[]; readonly size: number };

export type Slicer = {
  /** Takes one recipient; `provider` is null for a domain that belongs to none we know. Answers its slice number. */
  place(domain: string, provider: string | null): number;
  /** One recipient placed there was not inserted after all; a slice that is full by then stays closed. */
  unplace(slice: number): void;
  /** Slices that take nobody any more and hold somebody, each once; nobody can be unplaced from them after this. */
  takeFull(): readonly PlannedSlice[];
  /** All others that hold somebody, at the end of the list. */
  takeRest(): readonly PlannedSlice[];
  /** The first number that is free. */
  next(): number;
};

type Plan = { readonly slice: number; readonly domains: Set<string>; size: number };

/**
 * Each known provider fills slices of its own, and so do the first `ownStreams` unknown domains: one slow domain then
 * holds up nobody else's slice. All other domains share, so that a list of many tiny domains is not many tiny slices.
 * It holds no more than the slices that nobody has taken, however long the list.
 */
export function makeSlicer(firstSlice: number, size = 1_000, ownStreams = 50): Slicer {
  const held = new Map<number, Plan>();
  const open = new Map<string, Plan>();
  const owners = new Set<string>();
  let full: Plan[] = [];
  let next = firstSlice;

  const streamOf = (domain: string, provider: string | null): string => {
    if (provider !== null) return `provider ${provider}`;
    if (!owners.has(domain) && owners.size < ownStreams) owners.add(domain);
    return owners.has(domain) ? `domain ${domain}` : 'shared';
  };

  const openIn = (stream: string): Plan => {
    const fresh: Plan = { slice: next, domains: new Set(), size: 0 };
    next += 1;
    held.set(fresh.slice, fresh);
    open.set(stream, fresh);
    return fresh;
  };

  const taken = (plans: readonly Plan[]): readonly PlannedSlice[] => {
    for (const { slice } of plans) held.delete(slice);
    const some = plans.filter((plan) => plan.size > 0);
    return some.map(({ slice, domains, size }) => ({ slice, domains: [...domains], size }));
  };

  return {
    place(domain, provider) {
      const stream = streamOf(domain, provider);
      const plan = open.get(stream) ?? openIn(stream);
      plan.domains.add(domain);
      plan.size += 1;
      if (plan.size === size) {
        open.delete(stream);
        full.push(plan);
      }
      return plan.slice;
    },

    unplace(slice) {
      const plan = held.get(slice);
      if (!plan || plan.size === 0) throw new Error(`nobody is placed in slice ${slice}`);
      plan.size -= 1;
    },

    takeFull() {
      const plans = full;
      full = [];
      return taken(plans);
    },

    takeRest: () => taken([...held.values()]),

    next: () => next,
  };
}
