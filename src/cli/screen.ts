/** What the demo draws. Pure: a view in, lines out. */

export type LaneLine = {
  readonly id: string;
  readonly state: string;
  readonly allowed: number;
  readonly real: number;
  readonly throttledShare: number;
  readonly waiting: number;
  /** Real rates of the past, oldest first. */
  readonly history: readonly number[];
};

export type View = {
  readonly elapsedSeconds: number;
  readonly campaign: string;
  readonly state: string;
  readonly phase: string | null;
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly lanes: readonly LaneLine[];
};

const BARS = ' ▁▂▃▄▅▆▇█';
const SPARK_WIDTH = 32;

export function sparkline(values: readonly number[], width = SPARK_WIDTH): string {
  const shown = values.slice(-width);
  const top = Math.max(1, ...shown);
  const bars = shown.map((value) => BARS[Math.round((value / top) * (BARS.length - 1))]);
  return bars.join('').padStart(width);
}

export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

const TERMINAL = ['sent', 'bounced', 'expired', 'suppressed', 'invalid', 'cancelled', 'uncertain'];
const WAITING = ['pending', 'claimed', 'sending', 'deferred'];

const sum = (counts: View['counts'], states: readonly string[]) =>
  states.reduce((all, state) => all + (counts[state] ?? 0), 0);

const number = (value: number) => value.toLocaleString('en-US');
const rate = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

const COLUMNS = 'lane                      allowed/s   real/s    421   waiting  state     real rate, last half minute';

export function screen(view: View): string[] {
  const done = sum(view.counts, TERMINAL);
  const share = view.total === 0 ? 0 : done / view.total;
  const counted = [...TERMINAL, ...WAITING].filter((state) => (view.counts[state] ?? 0) > 0);
  return [
    `Offpeak  ${view.campaign}  ${view.state}${view.phase ? ` (${view.phase})` : ''}  ${clock(view.elapsedSeconds)}`,
    `${bar(share, 50)} ${number(done)} of ${number(view.total)}`,
    counted.map((state) => `${state} ${number(view.counts[state] ?? 0)}`).join('   '),
    '',
    COLUMNS,
    ...view.lanes.map(laneLine),
  ];
}

function laneLine(lane: LaneLine): string {
  const share = `${(lane.throttledShare * 100).toFixed(0)}%`;
  return [
    lane.id.padEnd(24),
    rate(lane.allowed).padStart(10),
    rate(lane.real).padStart(8),
    share.padStart(6),
    number(lane.waiting).padStart(9),
    ` ${lane.state.padEnd(8)}`,
    sparkline(lane.history),
  ].join(' ');
}

/** One line for where there is no terminal. */
export function plainLine(view: View): string {
  const lanes = view.lanes.map(
    (lane) =>
      `${lane.id} ${rate(lane.real)}/${rate(lane.allowed)} per s, 421 ${(lane.throttledShare * 100).toFixed(0)}%`,
  );
  const done = sum(view.counts, TERMINAL);
  return `${clock(view.elapsedSeconds)} ${view.phase ?? view.state}: ${done} of ${view.total} done | ${lanes.join(' | ')}`;
}
