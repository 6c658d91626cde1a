import { CHART_COLORS, drawChart } from '../../src/core/chart/chart.ts';
import { median, refusedShare, secondsUp, utilisation } from './figures.ts';
import { ours } from './rules.ts';
import { run } from './run.ts';
import { kindOf, SEEDS, variant } from './sets.ts';

/** What cannot be had together on a slow lane: few refusals, and to notice soon that the limit was raised. */

const HOLDS = [20, 40, 80, 160, 320, 640];
/** A steady .2/s for the share refused, a cut from 2 to .2/s for the time up. */
const STEADY = 'O4';
const CUT = 'O2';

type Row = {
  readonly hold: number;
  readonly used: number;
  readonly refused: number;
  readonly cutUsed: number;
  readonly up: number | null;
};

function rowOf(hold: number): Row {
  const outcomesOf = (id: string) =>
    SEEDS.tuned.map((seed) => {
      const scenario = variant(kindOf(id), 'tuned', seed);
      return { scenario, outcome: run(scenario, ours({ policy: { holdMessages: hold } }), seed) };
    });
  const steady = outcomesOf(STEADY);
  const cut = outcomesOf(CUT);
  return {
    hold,
    used: median(steady.map(({ outcome }) => utilisation(outcome)))!,
    refused: 100 * median(steady.map(({ outcome }) => refusedShare(outcome)))!,
    cutUsed: median(cut.map(({ outcome }) => utilisation(outcome)))!,
    up: median(cut.map(({ outcome, scenario }) => secondsUp(outcome, scenario))),
  };
}

export function curve(): { readonly table: string; readonly picture: string } {
  const rows = HOLDS.map(rowOf);
  const table = [
    '| holdMessages | .2/s used | refused % | 2 to .2 to 2/s used | s up |',
    '| ------------ | --------- | --------- | ------------------- | ---- |',
    ...rows.map(
      ({ hold, used, refused, cutUsed, up }) =>
        `| ${hold} | ${used.toFixed(2)} | ${refused.toFixed(1)} | ${cutUsed.toFixed(2)} | ${up?.toFixed(0) ?? '-'} |`,
    ),
  ].join('\n');
  const points = (of: (row: Row) => number | null) =>
    rows.flatMap((row) => (of(row) === null ? [] : [[Math.log2(row.hold / HOLDS[0]!), of(row)!] as const]));
  const picture = drawChart({
    title: 'Slow lanes: fewer refusals or a sooner return',
    xLabel: 'messages held before a probe (holdMessages)',
    yLabel: '% refused at .2/s',
    yRightLabel: 's up from .2 to 2/s',
    lines: [
      { name: 'refused', color: CHART_COLORS.red, points: points(({ refused }) => refused) },
      { name: 'return', color: CHART_COLORS.blue, points: points(({ up }) => up), axis: 'right' },
    ],
    xTicks: (x) => String(Math.round(HOLDS[0]! * 2 ** x)),
    xSteps: [1],
  });
  return { table, picture };
}
