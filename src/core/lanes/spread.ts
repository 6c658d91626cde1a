/** Which worker should own which lane. Every worker works it out from the same lists, so nobody has to be the head. */

export type Owned = {
  readonly lane: string;
  /** Lanes with the same unit go together. */
  readonly unit: string;
  /** Who holds it now, if anybody alive does. */
  readonly owner: string | null;
};

/**
 * Shares the units evenly: nobody gets two more than anybody else. Who holds a unit keeps it as far as that allows, since
 * moving costs sessions; the rest go to whom they rank highest (rendezvous hashing, Thaler and Ravishankar 1998).
 */
export function spread(lanes: readonly Owned[], workers: readonly string[]): ReadonlyMap<string, string> {
  const units = new Map<string, string | null>();
  for (const { unit, owner } of [...lanes].sort((a, b) => compare(a.lane, b.lane))) {
    const known = owner !== null && workers.includes(owner) ? owner : null;
    units.set(unit, units.get(unit) ?? known);
  }
  const held = new Map(workers.map((worker) => [worker, [] as string[]]));
  for (const [unit, owner] of [...units].sort(([a], [b]) => compare(a, b)))
    if (owner !== null) held.get(owner)!.push(unit);

  const assigned = new Map<string, string>();
  const room = roomOf(held, units.size);
  for (const [worker, kept] of held) {
    for (const unit of kept.slice(0, room.get(worker))) assigned.set(unit, worker);
    room.set(worker, Math.max(0, room.get(worker)! - kept.length));
  }
  for (const unit of [...units.keys()].sort(compare)) {
    if (assigned.has(unit)) continue;
    const best = workers
      .filter((worker) => room.get(worker)! > 0)
      .sort((a, b) => rank(unit, b) - rank(unit, a) || compare(a, b))[0];
    if (best === undefined) continue;
    assigned.set(unit, best);
    room.set(best, room.get(best)! - 1);
  }
  return new Map(lanes.flatMap(({ lane, unit }) => (assigned.has(unit) ? [[lane, assigned.get(unit)!] as const] : [])));
}

/** How many units each may have; one more for those who hold the most already, where they do not divide evenly. */
function roomOf(held: ReadonlyMap<string, readonly string[]>, units: number): Map<string, number> {
  const least = Math.floor(units / Math.max(1, held.size));
  const more = units - least * held.size;
  const order = [...held].sort(([a, x], [b, y]) => y.length - x.length || compare(a, b));
  return new Map(order.map(([worker], place) => [worker, least + (place < more ? 1 : 0)]));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** FNV-1a with a last mix, 32 bits. */
function rank(unit: string, worker: string): number {
  let hash = 0x811c9dc5;
  for (const char of `${unit}\n${worker}`) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
