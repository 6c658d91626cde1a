/** A hidden provider on a virtual clock (ms): what it lets through, nobody is told. */

export type Step = { readonly from: number; readonly perSecond: number };

export type Scenario = {
  readonly name: string;
  readonly seconds: number;
  /** Messages per second; the last row at or before the time (seconds) holds. */
  readonly capacity: readonly Step[];
  readonly bucket: number;
  /** Median seconds until the answer; each is spread by 40 % either way. */
  readonly latency: { readonly accepted: number; readonly refused: number };
  /** A capacity lost in `from` and given back in `until`: the times down and up are read off it. */
  readonly cut?: { readonly from: number; readonly until: number; readonly high: number; readonly low: number };
  /** Messages per fixed window, instead of the bucket. */
  readonly quota?: { readonly messages: number; readonly seconds: number };
  /** More refusals than this within `within` and everything is refused until nobody tried for `seconds`, each time `longer`. */
  readonly box?: {
    readonly refusals: number;
    readonly within: number;
    readonly seconds: number;
    readonly longer?: number;
  };
  /** Everything is refused in this time. */
  readonly outage?: { readonly from: number; readonly until: number };
  /** Share of messages refused for the recipient's sake (greylisting too), and of 421s that mean nothing. */
  readonly recipientShare?: number;
  readonly strayShare?: number;
  /** Refused attempts use up capacity too. */
  readonly charged?: boolean;
  /** Most sessions at once, messages until a session is closed without a word, and what opening one takes. */
  readonly sessions?: { readonly most: number; readonly messages?: number; readonly openSeconds: number };
  /** The operator's cap on the rate (warm-up). */
  readonly cap?: readonly Step[];
  /** Letters to send; without it the backlog never ends. */
  readonly letters?: number;
  readonly connections?: number;
};

export type Answer = 'accepted' | 'refusedForPace' | 'ignored';
export type Provider = { attempt(ms: number): Answer; boxes(): number };

const stepAt = (steps: readonly Step[], seconds: number) =>
  steps.findLast(({ from }) => from <= seconds)?.perSecond ?? 0;

/** The operator's cap; Infinity without one. */
export const capAt = ({ cap }: Scenario, ms: number): number =>
  cap ? stepAt(cap, ms / 1000) : Number.POSITIVE_INFINITY;

/** What the provider lets through in the long run. */
export function capacityAt(scenario: Scenario, ms: number): number {
  const { outage, quota, sessions, latency } = scenario;
  const seconds = ms / 1000;
  if (outage && seconds >= outage.from && seconds < outage.until) return 0;
  if (quota) return quota.messages / quota.seconds;
  const perSecond = Math.min(stepAt(scenario.capacity, seconds), capAt(scenario, ms));
  return sessions ? Math.min(perSecond, sessions.most / latency.accepted) : perSecond;
}

/** Capacity by the second, looked up once. */
export const capacities = (scenario: Scenario): Float64Array =>
  Float64Array.from({ length: scenario.seconds + 1 }, (_, second) => capacityAt(scenario, second * 1000));

export function makeProvider(scenario: Scenario, random: () => number): Provider {
  const { bucket, quota, box, outage, strayShare = 0, recipientShare = 0 } = scenario;
  const limit = Float64Array.from({ length: scenario.seconds + 1 }, (_, s) => stepAt(scenario.capacity, s));
  const isOut = (ms: number) => outage !== undefined && ms >= outage.from * 1000 && ms < outage.until * 1000;
  let tokens = bucket;
  let at = 0;
  let boxedUntil = 0;
  let boxes = 0;
  let recent: number[] = [];

  const boxMs = () => box!.seconds * 1000 * (box!.longer ?? 1) ** Math.max(0, boxes - 1);

  function takesIt(ms: number): boolean {
    refill(ms);
    if (boxedUntil > ms) {
      boxedUntil = ms + boxMs();
      return false;
    }
    if (isOut(ms)) return false;
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
      tokens = Math.min(bucket, tokens + (limit[Math.floor(ms / 1000)]! * (ms - at)) / 1000);
    }
    at = ms;
  }

  function boxIn(ms: number): void {
    if (!box || boxedUntil > ms) return;
    recent = [...recent.filter((then) => then > ms - box.within * 1000), ms];
    if (recent.length <= box.refusals) return;
    boxes += 1;
    boxedUntil = ms + boxMs();
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
