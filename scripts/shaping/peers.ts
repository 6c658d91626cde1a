import { LEAST_RATE, type MakeRule, plain } from './rules.ts';

/** What products do about a refusal, as their documents and sources tell (shaping.md, section 1). `base` is the operator's maximum. */

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** A slow gear for so long after `strikes` refusals within `within`; `early`: until an accepted message instead, at the latest then. */
export const gears =
  (base: number, gear: { strikes: number; within: number; slow: number; ms: number; early?: boolean }): MakeRule =>
  () => {
    let recent: number[] = [];
    let slowUntil = 0;
    let now = 0;
    return plain({
      rate: () => (slowUntil > now ? Math.min(base, gear.slow) : base),
      observe(answer, _epoch, ms) {
        now = ms;
        if (answer === 'accepted' && gear.early) slowUntil = 0;
        if (answer !== 'refusedForPace') return;
        recent = [...recent.filter((then) => then > ms - gear.within), ms].slice(-gear.strikes);
        if (recent.length >= gear.strikes) slowUntil = ms + gear.ms;
      },
      tick(ms) {
        now = ms;
      },
    });
  };

const PER_MINUTE_10 = 10 / 60;
export const kumoMta = (base: number) =>
  gears(base, { strikes: 2, within: HOUR, slow: PER_MINUTE_10, ms: 30 * MINUTE });
export const powerMta = (base: number) => gears(base, { strikes: 1, within: HOUR, slow: PER_MINUTE_10, ms: HOUR });
export const afterDelivery = (base: number) =>
  gears(base, { strikes: 1, within: HOUR, slow: PER_MINUTE_10, ms: HOUR, early: true });

/** Down by half at most once a minute, up by a tenth at most once an hour. The sizes of the steps are not published. */
export const momentum =
  (base: number): MakeRule =>
  (begin) => {
    let rate = base;
    let downAt = Number.NEGATIVE_INFINITY;
    let upAt = begin;
    return plain({
      rate: () => rate,
      observe(answer, _epoch, ms) {
        if (answer !== 'refusedForPace' || ms - downAt < MINUTE) return;
        rate = Math.max(LEAST_RATE, rate / 2);
        downAt = ms;
        upAt = ms;
      },
      tick(ms) {
        if (ms - upAt < HOUR) return;
        rate = Math.min(base, rate * 1.1);
        upAt = ms;
      },
    });
  };

const POSTFIX = { initial: 5, limit: 20, cohortsUntilDead: 10, deadMs: 300_000 };

/** Concurrency is all it steers: up and down by 1/N per answer; ten whole cohorts refused and the site is dead for 300 s. */
export const postfix: MakeRule = () => {
  let window = POSTFIX.initial;
  let failed = 0;
  let deadUntil = 0;
  let now = 0;
  return plain({
    rate: () => (deadUntil > now ? 0 : Number.POSITIVE_INFINITY),
    width: () => Math.max(1, Math.floor(window)),
    observe(answer, _epoch, ms) {
      now = ms;
      if (answer !== 'refusedForPace') {
        failed = 0;
        window = Math.min(POSTFIX.limit, window + 1 / window);
        return;
      }
      failed += 1 / window;
      window = Math.max(1, window - 1 / window);
      if (failed < POSTFIX.cohortsUntilDead) return;
      deadUntil = ms + POSTFIX.deadMs;
      failed = 0;
      window = POSTFIX.initial;
    },
    tick(ms) {
      now = ms;
    },
  });
};

const SRE_MEMORY_MS = 120_000;

/** Client-side throttling: a share max(0, (requests - K accepts) / (requests + 1)) is refused at home. */
export const sre =
  (demand: number, k: number): MakeRule =>
  (begin) => {
    let requests = 0;
    let accepts = 0;
    let at = begin;
    let rate = demand;
    return plain({
      rate: () => rate,
      observe(answer) {
        if (answer !== 'refusedForPace') accepts += 1;
      },
      tick(ms) {
        const keep = Math.exp(-(ms - at) / SRE_MEMORY_MS);
        requests = requests * keep + (demand * (ms - at)) / 1000;
        accepts *= keep;
        at = ms;
        const shed = Math.max(0, (requests - k * accepts) / (requests + 1));
        rate = Math.max(LEAST_RATE, demand * (1 - shed));
      },
    });
  };
