/** Axes of a chart: where they begin and end, and ticks at round values. */

export type Scale = {
  readonly lo: number;
  readonly hi: number;
  /** Distance of two ticks. */
  readonly step: number;
  readonly ticks: readonly number[];
};

const ROUND = [1, 2, 2.5, 5, 10];

/** The next round number: 1, 2, 2.5 or 5 times a power of ten. */
function roundAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  // A hair of tolerance, or 0.3 would become 0.5 where 0.30000000000000004 is meant.
  return (ROUND.find((round) => round * power >= value * (1 - 1e-9)) ?? 10) * power;
}

const ticksOf = (first: number, last: number, step: number) =>
  Array.from({ length: Math.max(0, Math.floor(last) - Math.ceil(first)) + 1 }, (_, i) => (Math.ceil(first) + i) * step);

/** An axis that ends where the data end; `steps`: the distances that ticks may have, rising. */
export function exactScale(lo: number, hi: number, mostTicks: number, steps: readonly number[] = []): Scale {
  const span = hi > lo ? spanOf(lo, hi) : (steps[0] ?? spanOf(lo, hi));
  const step = steps.find((one) => one >= span / mostTicks) ?? roundAbove(span / mostTicks);
  const ticks = ticksOf(lo / step, hi / step, step).slice(0, mostTicks + 1);
  return { lo, hi: lo + span, step, ticks: ticks.filter((tick) => tick >= lo && tick <= lo + span) };
}

/** An axis from nought (or a tick below) to the tick above the data. */
export function roundScale(least: number, most: number, mostTicks: number): Scale {
  const from = Math.min(0, least);
  const to = from + spanOf(from, most);
  const step = roundAbove((to - from) / mostTicks);
  const first = Math.floor(from / step);
  const last = Math.max(first + 1, Math.ceil(to / step - 1e-9));
  return { lo: first * step, hi: last * step, step, ticks: ticksOf(first, last, step) };
}

/** A second axis whose ticks stand beside those of the first. */
export function besideScale(least: number, most: number, first: Scale): Scale {
  const count = first.ticks.length - 1;
  const from = Math.min(0, least);
  let step = roundAbove(spanOf(from, most) / count);
  while (Math.floor(from / step) * step + count * step < most) step = roundAbove(step * 1.01);
  const lo = Math.floor(from / step) * step;
  return { lo, hi: lo + count * step, step, ticks: first.ticks.map((_, i) => lo + i * step) };
}

/** Numbers that are the same but for rounding span nothing; an axis always spans something. */
function spanOf(lo: number, hi: number): number {
  const size = Math.max(Math.abs(lo), Math.abs(hi), 1e-6);
  return hi - lo > size * 1e-9 ? hi - lo : Math.max(size, 1);
}

const UNITS = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e4, 'k'],
] as const;

/** A tick in few characters: 0.25, 150, 20k; with no more decimals than its scale needs. */
export function tickText(value: number, { lo, hi, step }: Scale): string {
  const [from, name] = UNITS.find(([least]) => Math.max(Math.abs(lo), Math.abs(hi)) >= least) ?? [1, ''];
  const unit = from === 1e4 ? 1e3 : from;
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9)));
  const text = (value / unit).toFixed(decimals + (isHalf(step / unit, decimals) ? 1 : 0));
  return value === 0 ? '0' : `${text}${name}`;
}

const isHalf = (step: number, decimals: number) =>
  Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6;
