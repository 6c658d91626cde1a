import type { Step } from './provider.ts';

/** Capacities that change with time. */

const STEP = 60;
const SPREAD = 0.1;
const PULL = 0.02;

/** A walk of the logarithm, drawn back to the mean, by the minute. */
export function walk(random: () => number, mean: number, seconds: number): Step[] {
  const steps: Step[] = [];
  let away = 0;
  for (let from = 0; from < seconds; from += STEP) {
    steps.push({ from, perSecond: mean * Math.exp(away) });
    away = away * (1 - PULL) + SPREAD * normal(random);
  }
  return steps;
}

/** Sum of twelve uniform values (Irwin-Hall). */
const normal = (random: () => number) => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6);

/** A sinus about `mean`; `depth` is the share of it that is lost at night. */
export const dayAndNight = (mean: number, depth: number, period: number, seconds: number): Step[] =>
  Array.from({ length: Math.ceil(seconds / STEP) }, (_, i) => ({
    from: i * STEP,
    perSecond: mean * (1 + depth * Math.sin((2 * Math.PI * i * STEP) / period)),
  }));

const DAY = 900;

/** A warm-up whose days last a quarter of an hour here. */
export const warmUp = (first: number, factor: number, seconds: number): Step[] =>
  Array.from({ length: Math.ceil(seconds / DAY) }, (_, day) => ({ from: day * DAY, perSecond: first * factor ** day }));
