/** A capacity that changes in steps, and the token bucket it fills. Times in ms; rates and tokens in letters. */

/** Sorted by `from`; the first holds since ever. A rate of Infinity means no limit. */
export type Capacity = readonly { readonly from: number; readonly perSecond: number }[];

export type Bucket = { readonly tokens: number; readonly at: number };

export const constant = (perSecond: number | null): Capacity => [{ from: -Infinity, perSecond: perSecond ?? Infinity }];

/** The same capacity until `from`, then another, whatever was planned after it. */
export function changed(capacity: Capacity, from: number, perSecond: number | null): Capacity {
  return [...capacity.filter((step) => step.from < from), { from, perSecond: perSecond ?? Infinity }];
}

export const rateAt = (capacity: Capacity, now: number): number =>
  capacity.findLast((step) => step.from <= now)?.perSecond ?? 0;

/** How many letters the capacity allows between two instants. */
export function offered(capacity: Capacity, from: number, until: number): number {
  return capacity.reduce((sum, step, index) => {
    const begin = Math.max(from, step.from);
    const end = Math.min(until, capacity[index + 1]?.from ?? Infinity);
    return end > begin ? sum + (step.perSecond * (end - begin)) / 1000 : sum;
  }, 0);
}

export function refilled(bucket: Bucket, capacity: Capacity, depth: number, now: number): Bucket {
  if (now <= bucket.at) return bucket;
  return { tokens: Math.min(depth, bucket.tokens + offered(capacity, bucket.at, now)), at: now };
}

// Sums of fractions such as ten times 0.1 must make a whole token.
const ROUNDING = 1e-9;

/** Takes one token; `taken: false` when there is none, and then the bucket keeps what it has. */
export function take(
  bucket: Bucket,
  capacity: Capacity,
  depth: number,
  now: number,
): { readonly taken: boolean; readonly bucket: Bucket } {
  const full = refilled(bucket, capacity, depth, now);
  if (rateAt(capacity, now) === Infinity) return { taken: true, bucket: full };
  if (full.tokens < 1 - ROUNDING) return { taken: false, bucket: full };
  return { taken: true, bucket: { ...full, tokens: Math.max(0, full.tokens - 1) } };
}

/** Takes up to one token: what a refused attempt costs where refusals are charged. */
export const drained = (bucket: Bucket): Bucket => ({ ...bucket, tokens: Math.max(0, bucket.tokens - 1) });

export const givenBack = (bucket: Bucket, depth: number): Bucket => ({
  ...bucket,
  tokens: Math.min(depth, bucket.tokens + 1),
});
