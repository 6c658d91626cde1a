import {
  type Bucket,
  type Capacity,
  changed,
  constant,
  drained,
  givenBack,
  offered,
  rateAt,
  refilled,
  take,
} from './capacity.ts';
import { seededRandom } from './chance.ts';
import { afterKnock, afterRefusal, isBlocked, NO_PENALTY } from './penalty-box.ts';
import type { SimProviderProfile } from './profile.ts';
import { HARD_OUTAGE, IN_PENALTY_BOX, OUTAGE, type RefusalStage, type SimRefusal, type Why } from './refusal.ts';

/** The pace one provider allows: capacity, connections, outages, penalties. Times in ms. */

/** One letter's turn: where it pays its token, and whether it has. */
export type Pass = { readonly stage: RefusalStage; readonly paid: boolean };

export type Gate = ReturnType<typeof makeSimGate>;

export function makeSimGate(profile: SimProviderProfile, seed: number) {
  const stages = [profile.refuseAt].flat();
  const random = seededRandom(profile.name, seed);
  const paceRefusal = (why: Why): SimRefusal => ({
    why,
    code: profile.refusal.code,
    text: profile.refusal.text,
    closing: profile.refusal.close ? 'after' : 'stay',
  });
  const refusals = { rate: paceRefusal('rate'), stray: paceRefusal('stray') };
  const connectionRefusal: SimRefusal = { why: 'connections', ...profile.connectionRefusal, closing: 'after' };

  let quota = profile.quota;
  let capacity: Capacity = constant(quota ? 0 : profile.ratePerSecond);
  let depth = quota?.letters ?? profile.burst;
  let bucket: Bucket = { tokens: depth, at: 0 };
  let window = 0;
  let planned = profile.schedule.toSorted((a, b) => a.afterSeconds - b.afterSeconds);
  let clockStart: number | null = null;
  let box = NO_PENALTY;
  let refused = 0;
  let sessions = 0;

  /** Schedule and outages count from here. */
  function startClock(now: number): void {
    if (clockStart !== null) return;
    clockStart = now;
    for (const step of planned) {
      capacity = changed(capacity, now + step.afterSeconds * 1000, step.ratePerSecond);
    }
  }

  /** A quota's window begins full, whatever was left of the one before. */
  function renew(now: number): void {
    const current = quota ? Math.floor((now - (clockStart ?? now)) / (1000 * quota.perSeconds)) : window;
    if (current !== window) bucket = { tokens: depth, at: now };
    window = current;
  }

  function outage(now: number): SimRefusal | null {
    const second = clockStart === null ? 0 : (now - clockStart) / 1000;
    const current = profile.outages.find((one) => second >= one.fromSeconds && second < one.fromSeconds + one.seconds);
    if (!current) return null;
    startClock(now);
    return current.hard ? HARD_OUTAGE : OUTAGE;
  }

  function penalty(now: number): SimRefusal | null {
    if (!isBlocked(box, now)) return null;
    box = afterKnock(box, profile.penaltyBox, now);
    return IN_PENALTY_BOX;
  }

  function forPace(refusal: SimRefusal, now: number): SimRefusal {
    box = afterRefusal(box, profile.penaltyBox, now);
    return refusal;
  }

  return {
    startClock,
    /** Whether a new connection may have a session; if so it must come to `done` later. */
    enter(now: number): SimRefusal | null {
      const refusal = outage(now) ?? penalty(now);
      if (refusal) return refusal;
      if (profile.maxConnections !== null && sessions >= profile.maxConnections) return forPace(connectionRefusal, now);
      sessions++;
      return null;
    },
    done(): void {
      sessions--;
    },
    /** What hits sessions already open, asked at MAIL. */
    standing: (now: number): SimRefusal | null => outage(now) ?? penalty(now),
    newPass: (): Pass => ({ stage: stages[refused % stages.length]!, paid: false }),
    /** Takes the letter's token. */
    pay(now: number): SimRefusal | null {
      renew(now);
      const stray = profile.strayShare > 0 && random() < profile.strayShare;
      const outcome = stray ? { taken: false, bucket } : take(bucket, capacity, depth, now);
      bucket = outcome.bucket;
      if (outcome.taken) return null;
      refused++;
      if (profile.chargeRefused) bucket = drained(refilled(bucket, capacity, depth, now));
      return forPace(stray ? refusals.stray : refusals.rate, now);
    },
    /** A letter refused for its own sake: its token is spent only where refusals are charged. */
    charge(pass: Pass, now: number): Pass {
      if (!profile.chargeRefused) return pass;
      if (!pass.paid) bucket = drained(refilled(bucket, capacity, depth, now));
      return { ...pass, paid: false };
    },
    /** The session ended with a token it did not use. */
    giveBack(): void {
      bucket = givenBack(bucket, depth);
    },
    /** Whether this letter's session is dropped after its dot. */
    drops: (): boolean => profile.dropAfterDot !== null && random() < profile.dropAfterDot.share,
    /** From now on this rate, whatever the schedule says. Letters per second; null: no limit. */
    setRate(perSecond: number | null, now: number): void {
      planned = [];
      quota = null;
      depth = profile.burst;
      bucket = refilled(bucket, capacity, depth, now);
      capacity = changed(capacity, now, perSecond);
    },
    /** Letters per second in force; null: no limit. */
    rate(now: number): number | null {
      const perSecond = quota ? quota.letters / quota.perSeconds : rateAt(capacity, now);
      return perSecond === Infinity ? null : perSecond;
    },
    /** Letters offered between two instants, a full bucket at the start included; null: no limit. */
    offered(from: number, until: number): number | null {
      const inWindows = quota ? (quota.letters * (until - from)) / (1000 * quota.perSeconds) : 0;
      const letters = inWindows + offered(capacity, from, until) + depth;
      return Number.isFinite(letters) ? letters : null;
    },
    penalties: (): number => box.closings,
  };
}
