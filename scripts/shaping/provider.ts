/** A hidden provider on a virtual clock (ms): what it lets through, nobody is told. */

export type Scenario = {
  readonly name: string;
  readonly seconds: number;
  /** Messages per second; the last row at or before the time holds. */
  readonly capacity: readonly { readonly from: number; readonly perSecond: number }[];
  readonly bucket: number;
  /** Median seconds until the answer; each is spread by 40 % either way. */
  readonly latency: { readonly accepted: number; readonly refused: number };
  /** Messages per fixed window, instead of the bucket. */
  readonly quota?: { readonly messages: number; readonly seconds: number };
  /** More refusals than this within `within` and everything is refused until nobody tried for `seconds`. */
  readonly box?: { readonly refusals: number; readonly within: number; readonly seconds: number };
  /** Everything is refused in this time. */
  readonly outage?: { readonly from: number; readonly until: number };
  /** Share of messages refused for the recipient's sake, and of 421s that mean nothing. */
  readonly recipientShare?: number;
  readonly strayShare?: number;
  /** Refused attempts use up capacity too. */
  readonly charged?: boolean;
  /** Letters to send; without it the backlog never ends. */
  readonly letters?: number;
  readonly connections?: number;
};

export type Answer = 'accepted' | 'refusedForPace' | 'ignored';
export type Provider = { attempt(ms: number): Answer; boxes(): number };

export function capacityAt(scenario: Scenario, ms: number): number {
  const { outage, quota } = scenario;
  if (outage && ms >= outage.from * 1000 && ms < outage.until * 1000) return 0;
  if (quota) return quota.messages / quota.seconds;
  let now = 0;
  for (const { from, perSecond } of scenario.capacity) if (from * 1000 <= ms) now = perSecond;
  return now;
}

export function makeProvider(scenario: Scenario, random: () => number): Provider {
  const { bucket, quota, box, outage, strayShare = 0, recipientShare = 0 } = scenario;
  let tokens = bucket;
  let at = 0;
  let boxedUntil = 0;
  let boxes = 0;
  let recent: number[] = [];

  function takesIt(ms: number): boolean {
    refill(ms);
    if (boxedUntil > ms) {
      boxedUntil = ms + box!.seconds * 1000;
      return false;
    }
    if (outage && ms >= outage.from * 1000 && ms < outage.until * 1000) return false;
    if (tokens >= 1) {
      tokens -= 1;
      return true;
    }
    if (scenario.charged) tokens = Math.max(0, tokens - 1);
    return false;
  }

  function refill(ms: number): void {
    if (quota) {
      const size = quota.seconds * 1000;
      if (at === 0 || Math.floor(ms / size) > Math.floor(at / size)) tokens = quota.messages;
    } else {
      tokens = Math.min(bucket, tokens + (capacityAt(scenario, ms) * (ms - at)) / 1000);
    }
    at = ms;
  }

  function boxIn(ms: number): void {
    if (!box || boxedUntil > ms) return;
    recent = [...recent.filter((then) => then > ms - box.within * 1000), ms];
    if (recent.length <= box.refusals) return;
    boxes += 1;
    boxedUntil = ms + box.seconds * 1000;
    recent = [];
  }

  return {
    boxes: () => boxes,
    attempt(ms) {
      const stray = random() < strayShare;
      const forRecipient = random() < recipientShare;
      if (!takesIt(ms)) {
        boxIn(ms);
        return 'refusedForPace';
      }
      if (stray) return 'refusedForPace';
      return forRecipient ? 'ignored' : 'accepted';
    },
  };
}
