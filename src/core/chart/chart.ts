import { isValue, type Point, piecesOf, thinned } from './line.ts';
import { besideScale, exactScale, roundScale, type Scale, tickText } from './scale.ts';

/** A line chart as one SVG that needs nothing else: no script, no font, light or dark as its reader has it. */

export type ChartLine = {
  readonly name: string;
  /** CSS colour; a middle tone is seen on light and dark. */
  readonly color: string;
  /** In the order of x; a y that is no number, or a long way without a point, is a gap. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly fill?: boolean;
  readonly axis?: 'left' | 'right';
};

export type Chart = {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly yRightLabel?: string;
  readonly lines: readonly ChartLine[];
  readonly marks?: readonly { readonly at: number; readonly label: string }[];
  /** The text of a tick of the x axis, and the distances that its ticks may have, rising (say 60, 300, 900). */
  readonly xTicks?: (x: number) => string;
  readonly xSteps?: readonly number[];
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
};

export const CHART_COLORS = { blue: '#3b82f6', green: '#10b981', red: '#ef4444', amber: '#f59e0b', violet: '#8b5cf6' };

/** Points of all lines together, so that a chart stays under 40 kB. */
const MOST_POINTS = 2_400;
const GLYPH = 6.2;

const STYLE = `
.bg{fill:#fff;stroke:#d8dee4}.grid{stroke:#e7ebef}.base{stroke:#8c959f}.mark{stroke:#8c959f;stroke-dasharray:2 3}.tip{fill:#8c959f}
text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#59636e}.title{font-size:15px;font-weight:600;fill:#1f2328}
.small{font-size:10px}.line{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}.thin{stroke-width:1;stroke-opacity:.7}.area{fill-opacity:.18}
@media(prefers-color-scheme:dark){.bg{fill:#0d1117;stroke:#30363d}.grid{stroke:#21262d}.base,.mark{stroke:#6e7681}.tip{fill:#6e7681}
text{fill:#9198a1}.title{fill:#f0f6fc}}`.replaceAll('\n', '');

type Box = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };

/** The whole SVG document. */
export function drawChart(chart: Chart): string {
  const { width = 880, height = 380, marks = [] } = chart;
  const legend = legendRows(chart.lines, width - 40);
  const labelsY = 48 + legend.length * 20;
  const box: Box = {
    left: 58,
    right: width - (chart.lines.some(isRight) ? 58 : 24),
    top: labelsY + (marks.length > 0 ? 30 : 16),
    bottom: height - 46,
  };
  const scales = scalesOf(chart, box);
  const body = [
    `<rect class="bg" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    text(20, 28, chart.title, 'class="title"'),
    ...legend.flatMap((row, i) => row.map((item) => swatch(item, 46 + i * 20))),
    ...axes(chart, box, scales, labelsY),
    ...marksOf(marks, box, scales.x),
    ...linesOf(chart.lines, box, scales),
  ];
  const head = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"`;
  const words = `<title>${escaped(chart.title)}</title><desc>${escaped(described(chart))}</desc>`;
  return `<svg ${head}>${words}<style>${STYLE}</style>${body.join('')}</svg>\n`;
}

type Scales = { readonly x: Scale; readonly left: Scale; readonly right: Scale };

const isRight = (line: ChartLine) => line.axis === 'right';

function scalesOf({ lines, xSteps }: Chart, box: Box): Scales {
  const onLeft = lines.filter((line) => !isRight(line));
  const mostX = Math.max(2, Math.floor((box.right - box.left) / 84));
  const mostY = Math.max(2, (box.bottom - box.top) / 44);
  const left = roundScale(...rangeOf(onLeft, 1), mostY);
  const right = besideScale(...rangeOf(lines.filter(isRight), 1), left);
  return { x: exactScale(...rangeOf(lines, 0), mostX, xSteps), left, right };
}

/** Least and greatest; 0 and 1 when there is nothing. */
function rangeOf(lines: readonly Pick<ChartLine, 'points'>[], place: 0 | 1): [lo: number, hi: number] {
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { points } of lines) {
    for (const point of points) {
      if (!isValue(point)) continue;
      lo = Math.min(lo, point[place]);
      hi = Math.max(hi, point[place]);
    }
  }
  return lo > hi ? [0, 1] : [lo, hi];
}

const xOf = (x: number, { lo, hi }: Scale, { left, right }: Box) => left + ((x - lo) / (hi - lo)) * (right - left);
const yOf = (y: number, { lo, hi }: Scale, { top, bottom }: Box) => bottom - ((y - lo) / (hi - lo)) * (bottom - top);

function axes(chart: Chart, box: Box, { x, left, right }: Scales, labelsY: number): string[] {
  const across = left.ticks.flatMap((tick, i) => {
    const y = round(yOf(tick, left, box));
    const line = `<path class="${i === 0 ? 'base' : 'grid'}" d="M${box.left} ${y}H${box.right}"/>`;
    return [line, text(box.left - 8, y + 4, tickText(tick, left), 'text-anchor="end"')];
  });
  const beside = right.ticks.map((tick) =>
    text(box.right + 8, round(yOf(tick, right, box)) + 4, tickText(tick, right), ''),
  );
  const below = x.ticks.flatMap((tick) => {
    const at = round(xOf(tick, x, box));
    const label = chart.xTicks?.(tick) ?? tickText(tick, x);
    return [
      `<path class="base" d="M${at} ${box.bottom}v4"/>`,
      text(at, box.bottom + 17, label, 'text-anchor="middle"'),
    ];
  });
  const hasRight = chart.lines.some(isRight);
  const isEmpty = !chart.lines.some((line) => line.points.some(isValue));
  const [middleX, middleY] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  return [
    ...across,
    ...(isEmpty ? [text(middleX, middleY, 'Nothing was measured.', 'text-anchor="middle"')] : below),
    ...(hasRight ? beside : []),
    text(20, labelsY + 2, chart.yLabel, ''),
    ...(hasRight ? [text(box.right + 38, labelsY + 2, chart.yRightLabel ?? '', 'text-anchor="end"')] : []),
    text(middleX, box.bottom + 35, chart.xLabel, 'text-anchor="middle"'),
  ];
}

/** A dashed line and a tip; its label in full where there is room, and always when pointed at. */
function marksOf(marks: NonNullable<Chart['marks']>, box: Box, scale: Scale): string[] {
  let free = box.left - 20;
  return marks
    .filter(({ at }) => at >= scale.lo && at <= scale.hi)
    .sort((a, b) => a.at - b.at)
    .map(({ at, label }) => {
      const x = round(xOf(at, scale, box));
      const half = (label.length * GLYPH) / 2;
      const fits = x - half > free && x + half < box.right + 24;
      if (fits) free = x + half + 6;
      const tip = `<path class="tip" d="M${x - 3.5} ${box.top - 6}h7l-3.5 6z"/>`;
      const words = fits ? text(x, box.top - 10, label, 'class="small" text-anchor="middle"') : '';
      return `<g><title>${escaped(label)}</title><path class="mark" d="M${x} ${box.top}V${box.bottom}"/>${tip}${words}</g>`;
    });
}

function linesOf(lines: readonly ChartLine[], box: Box, scales: Scales): string[] {
  const column = Math.max(1, ((box.right - box.left) * 2 * lines.length) / MOST_POINTS);
  const areas: string[] = [];
  const strokes = lines.map((line) => {
    const scale = isRight(line) ? scales.right : scales.left;
    const base = round(yOf(Math.max(0, scale.lo), scale, box));
    const paths = piecesOf(line.points).map((piece) => {
      const placed = piece.map(([x, y]): Point => [xOf(x, scales.x, box), yOf(y, scale, box)]);
      return thinned(placed, column).map(([x, y]) => `${round(x)} ${round(y)}`);
    });
    if (line.fill) {
      const closed = paths.map((path) => `M${path.join(' ')}V${base}H${path[0]!.split(' ')[0]}z`);
      areas.push(`<path class="area" fill="${escaped(line.color)}" d="${closed.join('')}"/>`);
    }
    // A piece of one point is a dot: a line of no length with round ends.
    const open = paths.map((path) => (path.length === 1 ? `M${path[0]}h0` : `M${path.join(' ')}`));
    return `<path class="line${line.fill ? ' thin' : ''}" stroke="${escaped(line.color)}" d="${open.join('')}"/>`;
  });
  return [...areas, ...strokes];
}

type LegendItem = { readonly line: ChartLine; readonly x: number };

function legendRows(lines: readonly ChartLine[], width: number): readonly (readonly LegendItem[])[] {
  const rows: LegendItem[][] = [];
  let x = 0;
  for (const line of lines) {
    const takes = line.name.length * GLYPH + 40;
    if (rows.length === 0 || x + takes > width) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)!.push({ line, x: 20 + x });
    x += takes;
  }
  return rows;
}

const swatch = ({ line, x }: LegendItem, y: number) =>
  `<rect x="${round(x)}" y="${y - (line.fill ? 7 : 5)}" width="14" height="${line.fill ? 8 : 3}" rx="1.5" fill="${escaped(line.color)}"/>${text(x + 20, y, line.name, '')}`;

/** For those who hear it: every line with its range and its end. */
function described({ lines, xLabel, yLabel, yRightLabel }: Chart): string {
  const sentences = lines.map((line) => {
    const [lo, hi] = rangeOf([line], 1);
    const last = line.points.findLast(isValue);
    const unit = isRight(line) ? (yRightLabel ?? '') : yLabel;
    return last
      ? `${line.name}: ${short(lo)} to ${short(hi)} ${unit}, at the end ${short(last[1])}.`
      : `${line.name}: nothing.`;
  });
  return [`Over ${xLabel}.`, ...sentences].join(' ');
}

const short = (value: number) => String(Number(value.toPrecision(3)));
const round = (value: number) => Math.round(value * 10) / 10;

const text = (x: number, y: number, words: string, how: string) =>
  `<text x="${round(x)}" y="${round(y)}"${how && ` ${how}`}>${escaped(words)}</text>`;

/** Also drops what XML 1.0 does not allow at all (section 2.2). */
const escaped = (words: string) =>
  words
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
