import { CHART_COLORS, drawChart } from '../../core/chart/chart.ts';
import type { Decision } from '../../core/lanes/lane.ts';
import { ok } from '../../core/result.ts';
import type { LaneHistory, LaneReader, LaneSample } from '../lanes/ports.ts';
import type { Clock } from '../ports.ts';
import { noSuch, type Outcome } from '../problem.ts';

/** A lane's last hour as a picture: what it may send, what was taken, what was pushed back, and what it made of that. */

/** Both ends, or the last minutes that are known. */
export type ChartSpan = { readonly from: Date; readonly until: Date } | { readonly minutes: number };

/** Decisions that a person looks for; the others are the way back up. */
const TURNS = [
  ...['brake', 'shallow', 'found', 'deep', 'open', 'resume', 'pardon', 'connections'],
  ...['wall', 'unsure', 'away', 'setup', 'go'],
];
const MOST_TURNS = 1_000;
const MOST_MARKS = 40;
/** Seconds are drawn as means over so many stretches: a letter more or less in a second is chance. */
const STRETCHES = 240;
const SECOND_MS = 1_000;
const TICK_STEPS = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600].map(
  (s) => s * SECOND_MS,
);
/** Spans up to this need seconds on their axis. */
const SHORT_MS = 600_000;

type Deps = {
  readonly lanes: Pick<LaneReader, 'get' | 'turns'>;
  readonly laneHistory: Pick<LaneHistory, 'last' | 'read'>;
  readonly clock: Clock;
};

export function makeDrawLane({ lanes, laneHistory, clock }: Deps) {
  /** The SVG. */
  return async function drawLane(id: string, span: ChartSpan): Promise<Outcome<string>> {
    if (!(await lanes.get(id))) return noSuch('lane');
    const { from, until } = 'minutes' in span ? await lastOf(id, span.minutes) : span;
    const samples = await laneHistory.read(id, from, until);
    const turns = await lanes.turns(id, from, until, TURNS, MOST_TURNS);
    return ok(picture(id, samples, turns));
  };

  async function lastOf(id: string, minutes: number) {
    const last = (await laneHistory.last(id))?.getTime();
    const until = last === undefined ? clock.now() : last + SECOND_MS;
    return { from: new Date(until - minutes * 60_000), until: new Date(until) };
  }
}

function picture(id: string, samples: readonly LaneSample[], turns: readonly Decision[]): string {
  const [first, last] = [samples[0]?.at.getTime() ?? 0, samples.at(-1)?.at.getTime() ?? 0];
  const day = new Date(first).toISOString().slice(0, 10);
  const shown = last - first <= SHORT_MS ? 19 : 16;
  const means = meansOf(samples, Math.ceil((last - first) / STRETCHES / SECOND_MS) * SECOND_MS);
  return drawChart({
    title: `Lane ${id}`,
    xLabel: samples.length > 0 ? `UTC, ${day}` : 'UTC',
    yLabel: 'letters per second',
    yRightLabel: 'refused for pace, per second',
    lines: [
      {
        name: 'accepted',
        color: CHART_COLORS.green,
        fill: true,
        points: means.map((mean) => [mean.at, mean.accepted]),
      },
      {
        name: 'allowed',
        color: CHART_COLORS.blue,
        points: samples.map(({ at, allowed }) => [at.getTime(), allowed]),
      },
      {
        name: 'refused for pace',
        color: CHART_COLORS.red,
        axis: 'right',
        points: means.map((mean) => [mean.at, mean.throttled]),
      },
    ],
    marks: marksOf(turns, (last - first) / MOST_MARKS),
    xTicks: (at) => new Date(at).toISOString().slice(11, shown),
    xSteps: TICK_STEPS,
  });
}

type Mean = { readonly at: number; readonly accepted: number; readonly throttled: number };

/** Answers per second, stretch by stretch; one without samples has no mean. */
function meansOf(samples: readonly LaneSample[], stretchMs: number): readonly Mean[] {
  const stretches = new Map<number, LaneSample[]>();
  const ms = Math.max(SECOND_MS, stretchMs);
  for (const sample of samples) {
    const at = Math.floor(sample.at.getTime() / ms) * ms;
    const stretch = stretches.get(at);
    if (stretch) stretch.push(sample);
    else stretches.set(at, [sample]);
  }
  return [...stretches].map(([at, some]) => {
    const mean = (of: (sample: LaneSample) => number) => some.reduce((sum, one) => sum + of(one), 0) / some.length;
    return { at: at + ms / 2, accepted: mean((one) => one.accepted), throttled: mean((one) => one.throttled) };
  });
}

/** Decisions close together share a mark, which names each kind once. */
function marksOf(turns: readonly Decision[], apartMs: number) {
  const marks: { at: number; actions: Set<string> }[] = [];
  for (const { at, action } of turns) {
    const before = marks.at(-1);
    if (before && at.getTime() - before.at < apartMs) before.actions.add(action);
    else marks.push({ at: at.getTime(), actions: new Set([action]) });
  }
  return marks.map(({ at, actions }) => ({ at, label: [...actions].join(', ') }));
}
