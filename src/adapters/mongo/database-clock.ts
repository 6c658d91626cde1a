import type { Db } from 'mongodb';
import type { Log } from '../../app/ports.ts';
import { type LifeCycle, makeLifeCycle, orUntil, type Timers } from '../../core/life-cycle.ts';

/**
 * The time of the whole installation: the database's. This process counts on from what it heard, with a clock that
 * nobody sets, and asks again and again; what the machine believes about the time of day decides nothing. DESIGN: 14.
 */

export type DatabaseClock = LifeCycle &
  Timers & {
    /** False while nobody knows how late it is: the database was not heard for long, or the machine slept or was set. */
    isSure(): boolean;
  };

/** The machine's clocks, ms: one that people and NTP set, and one that only ever counts on. */
export type Machine = Timers & { steady(): number };

export class UnknownTime extends Error {}

const EVERY_MS = 5_000;
/** An answer that took longer tells too little. */
const SLOWEST_MS = 2_000;
const FIRST_SAMPLES = 3;
/** So long after the last answer the time is not known any more. */
const FORGET_MS = 30_000;
/** The two clocks of the machine part by more only when one of them was set, or the machine slept. */
const PARTED_MS = 1_000;
/** From here on the operator is told how wrong the machine's clock is. */
const TELL_MS = 2_000;

/** Asks the server; `hello` costs it nothing and needs no rights. */
export async function askTime(db: Db): Promise<number | null> {
  const { localTime } = await db.command({ hello: 1 });
  return localTime instanceof Date ? localTime.getTime() : null;
}

/** What was heard, and how wrong it may be, ms. */
type Sample = { readonly known: Known; readonly wrongBy: number };
type Known = { readonly at: number; readonly steady: number; readonly machine: number };

/** Its start rejects with `UnknownTime` when the database does not say how late it is. */
export function makeDatabaseClock(ask: () => Promise<number | null>, machine: Machine, log: Log): DatabaseClock {
  let known: Known = { at: 0, steady: Number.NEGATIVE_INFINITY, machine: 0 };
  let told = 0;
  let isUp = false;
  let cancel = () => {};
  let asking: Promise<boolean> | null = null;

  const now = () => Math.floor(known.at + machine.steady() - known.steady);
  const hasParted = () => Math.abs(machine.now() - known.machine - (machine.steady() - known.steady)) > PARTED_MS;

  /** Its time lies between question and answer; the middle is wrong by half of the way at most (Cristian, 1989). */
  async function sample(): Promise<Sample | null> {
    const before = machine.steady();
    const time = await ask().catch(() => null);
    const steady = machine.steady();
    const wrongBy = (steady - before) / 2;
    if (time === null || wrongBy * 2 > SLOWEST_MS) return null;
    return { known: { at: time + wrongBy, steady, machine: machine.now() }, wrongBy };
  }

  async function measure(): Promise<boolean> {
    const heard = await sample();
    if (!heard) return false;
    const { at, steady, machine: wall } = heard.known;
    const differs = at - (known.at + steady - known.steady);
    // Within what the way leaves open the old answer is as good, and the time does not jump to and fro.
    const counted = Math.abs(differs) <= heard.wrongBy ? known.at + steady - known.steady : at;
    known = { at: counted, steady, machine: wall };
    tell(Math.round(wall - counted));
    return true;
  }

  /** One question at a time. */
  function measureOnce(): Promise<boolean> {
    asking ??= measure().finally(() => {
      asking = null;
    });
    return asking;
  }

  function tell(aheadMs: number): void {
    if (Math.abs(aheadMs - told) <= TELL_MS && Math.abs(aheadMs) > TELL_MS === Math.abs(told) > TELL_MS) return;
    told = aheadMs;
    if (Math.abs(aheadMs) <= TELL_MS) log.info('clock.agrees', { aheadMs });
    else log.warn('clock.differs', { aheadMs, detail: "this machine's clock is wrong; the database's time is used" });
  }

  function again(): void {
    cancel = machine.after(EVERY_MS, () => {
      void measureOnce().finally(() => {
        if (isUp) again();
      });
    });
  }

  const cycle = makeLifeCycle(machine, {
    async begin(over) {
      let best: Sample | null = null;
      for (let n = 0; n < FIRST_SAMPLES && !over.aborted; n += 1) {
        const heard = await sample();
        if (heard && heard.wrongBy <= (best?.wrongBy ?? SLOWEST_MS)) best = heard;
      }
      if (!best) throw new UnknownTime('the database did not say how late it is, or took more than 2 s for it');
      known = best.known;
      tell(Math.round(known.machine - known.at));
      isUp = true;
      again();
    },
    async end(over) {
      isUp = false;
      cancel();
      if (asking) await orUntil(over, asking);
    },
  });

  return {
    ...cycle,
    now,
    after: machine.after,
    isSure() {
      if (!isUp) return false;
      if (hasParted()) {
        void measureOnce();
        return false;
      }
      return machine.steady() - known.steady < FORGET_MS;
    },
  };
}
