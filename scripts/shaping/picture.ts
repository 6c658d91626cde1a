import { CHART_COLORS, drawChart } from '../../src/core/chart/chart.ts';
import { entrant } from './contest.ts';
import { capacities, type Scenario } from './provider.ts';
import { run } from './run.ts';

/** A scenario as a picture: what the provider lets through and what two rules ask of it. */

const POINTS = 240;

/** The mean of each stretch of seconds, so that a picture stays small. */
function stretches(values: ArrayLike<number>): (readonly [number, number])[] {
  const length = Math.max(1, Math.ceil(values.length / POINTS));
  return Array.from({ length: Math.floor(values.length / length) }, (_, i) => {
    let sum = 0;
    for (let s = i * length; s < (i + 1) * length; s += 1) sum += values[s]!;
    return [i * length, sum / length] as const;
  });
}

const asTime = (seconds: number) => (seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${seconds / 3600} h`);

export function pictureOf(scenario: Scenario, other: string, seed: number): string {
  const lineOf = (key: string, color: string) => {
    const { name, make } = entrant(key);
    return { name, color, points: stretches(run(scenario, make(scenario), seed).acceptedIn) };
  };
  const offered = capacities(scenario).subarray(0, scenario.seconds);
  return drawChart({
    title: scenario.name,
    xLabel: 'time',
    yLabel: 'accepted per second',
    lines: [
      { name: 'capacity', color: CHART_COLORS.amber, points: stretches(offered), fill: true },
      lineOf(other, CHART_COLORS.violet),
      lineOf('ours', CHART_COLORS.blue),
    ],
    xTicks: asTime,
    xSteps: [300, 600, 1800, 3600, 7200, 14_400],
  });
}
