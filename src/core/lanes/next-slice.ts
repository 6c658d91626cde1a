/** Which slice of a campaign comes next on a lane: retries first, as far as new letters go on beside them. */

/** A slice in which somebody is due and nobody works. */
export type DueSlice = {
  readonly slice: number;
  /** When its earliest recipient was due, ms. */
  readonly dueAt: number;
  /** Somebody in it waits who has not failed yet. */
  readonly hasFresh: boolean;
};

/**
 * Slices with retries alone go first, the longest overdue of them before the others, but leave one place of `most` to
 * slices with somebody new. Those go in their order, so that a list is passed from its beginning to its end.
 */
export function nextSlice<S extends DueSlice>(
  slices: readonly S[],
  retriesInWork: number,
  most: number,
): S | undefined {
  let fresh: S | undefined;
  let retries: S | undefined;
  for (const each of slices) {
    if (each.hasFresh) fresh = !fresh || each.slice < fresh.slice ? each : fresh;
    else retries = !retries || each.dueAt < retries.dueAt ? each : retries;
  }
  const leavesPlace = fresh === undefined || retriesInWork < most - 1;
  return retries && leavesPlace ? retries : fresh;
}
