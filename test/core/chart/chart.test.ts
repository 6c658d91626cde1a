import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Chart, drawChart } from '../../../src/core/chart/chart.ts';
import { piecesOf, thinned } from '../../../src/core/chart/line.ts';
import { besideScale, exactScale, roundScale, tickText } from '../../../src/core/chart/scale.ts';
import { openTags } from './well-formed.ts';

type Pair = readonly [number, number];
const points = (count: number, y: (i: number) => number): Pair[] =>
  Array.from({ length: count }, (_, i) => [i, y(i)] as const);
const chart = (more: Partial<Chart> = {}): Chart => ({
  title: 'Rates',
  xLabel: 'seconds',
  yLabel: 'letters per second',
  lines: [{ name: 'allowed', color: '#3b82f6', points: points(100, (i) => i / 10) }],
  ...more,
});
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((found) => found[1]!);
/** What is drawn of each line: its `d`. */
const paths = (svg: string) => [...svg.matchAll(/<path class="line[^"]*"[^>]* d="([^"]*)"/g)].map((found) => found[1]!);
const yOf = (path: string) => [...path.matchAll(/[M ]?(-?[\d.]+) (-?[\d.]+)/g)].map((found) => Number(found[2]));

describe('a chart', () => {
  test('is one SVG that says what it shows, to eyes and to a screen reader', () => {
    const svg = drawChart(chart());
    expect(openTags(svg)).toEqual([]);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 880 380"[^>]* role="img"><title>Rates<\/title>/,
    );
    expect(svg).toContain('<desc>Over seconds. allowed: 0 to 9.9 letters per second, at the end 9.9.</desc>');
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['Rates', 'allowed', 'seconds', 'letters per second', '0', '10']),
    );
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  test('runs nothing and loads nothing, whatever its words are', () => {
    const evil = `</text><script>alert(1)</script>"' onload="x" & \u0000\ud800]]>`;
    const svg = drawChart(
      chart({
        title: evil,
        xLabel: evil,
        yLabel: evil,
        yRightLabel: evil,
        lines: [
          {
            name: evil,
            color: `"/><script>`,
            points: [
              [0, 1],
              [1, 2],
            ],
            axis: 'right',
            fill: true,
          },
        ],
        marks: [{ at: 0.5, label: evil }],
        xTicks: () => evil,
      }),
    );
    expect(openTags(svg)).toEqual([]);
    expect(svg).not.toMatch(/<script|href|url\(|\p{Cs}/u);
    expect(svg).not.toContain('\u0000');
    expect(texts(svg)).toContain(
      `&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;' onload=&quot;x&quot; &amp; ]]&gt;`,
    );
  });

  test('is well formed for any lines', () => {
    const line = fc.record({
      name: fc.string({ unit: 'binary' }),
      color: fc.string(),
      points: fc.array(fc.tuple(fc.double(), fc.double())).map((some) => some.sort(([a], [b]) => a - b)),
      fill: fc.boolean(),
      axis: fc.constantFrom('left' as const, 'right' as const),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), fc.string({ unit: 'binary' }), (lines, title) => {
        const svg = drawChart(chart({ lines, title }));
        expect(openTags(svg)).toEqual([]);
        expect(svg.replaceAll(/>[^<]*</g, '><')).not.toMatch(/NaN|Infinity/);
      }),
      { numRuns: 200 },
    );
  });

  test('keeps the peak of one point in ten thousand, in under 40 kB with three lines', () => {
    const noise = (i: number) => 5 + ((i * 7_919) % 1_000) / 1_000;
    const lines = ['a', 'b', 'c'].map((name, k) => ({
      name,
      color: '#123456',
      points: points(10_000, (i) => (i === 7_777 ? 100 : k + noise(i))),
      fill: k === 0,
    }));
    const svg = drawChart(chart({ lines }));
    expect(svg.length).toBeLessThan(40_000);
    const top = Number(/<path class="grid" d="M[\d.]+ ([\d.]+)H[^>]*>(?![\s\S]*class="grid")/.exec(svg)![1]);
    for (const path of paths(svg)) expect(Math.min(...yOf(path))).toBe(top);
  });

  test('draws a line on its own axis, whose ticks stand beside those of the other', () => {
    const lines = [
      { name: 'rate', color: '#111111', points: points(10, () => 20) },
      { name: 'share', color: '#222222', points: points(10, () => 0.2), axis: 'right' as const },
    ];
    const svg = drawChart(chart({ lines, yRightLabel: 'share' }));
    expect(texts(svg)).toEqual(expect.arrayContaining(['20', '0.20', 'share']));
    expect(texts(drawChart(chart({ yRightLabel: 'share' })))).not.toContain('share');
  });

  test('has a hole where nothing was measured', () => {
    const hole = points(100, (i) => (i >= 40 && i < 45 ? Number.NaN : 1));
    expect(
      paths(drawChart(chart({ lines: [{ name: 'a', color: '#111111', points: hole }] })))[0]!.match(/M/g),
    ).toHaveLength(2);
  });

  test('marks moments, naming those for which there is room and all when pointed at', () => {
    const marks = [
      { at: 50, label: 'deep' },
      { at: 10, label: 'brake' },
      { at: 10.2, label: 'shallow' },
      { at: 500, label: 'late' },
    ];
    const svg = drawChart(chart({ marks }));
    expect([...svg.matchAll(/<g><title>([^<]*)/g)].map((found) => found[1])).toEqual(['brake', 'shallow', 'deep']);
    expect(texts(svg).filter((text) => /brake|shallow|deep|late/.test(text))).toEqual(['brake', 'deep']);
  });

  test('without a point says so', () => {
    for (const lines of [[], [{ name: 'a', color: '#111111', points: [] }]]) {
      const svg = drawChart(chart({ lines, xTicks: () => 'tick' }));
      expect(texts(svg)).toContain('Nothing was measured.');
      expect(texts(svg)).not.toContain('tick');
      expect(openTags(svg)).toEqual([]);
    }
  });
});

describe('a line', () => {
  test('is cut where a step is far longer than the usual one', () => {
    const twice = [...points(5, () => 1), ...points(5, () => 1).map(([x, y]) => [x + 10, y] as const)];
    expect(piecesOf(twice).map((piece) => piece.map(([x]) => x))).toEqual([
      [0, 1, 2, 3, 4],
      [10, 11, 12, 13, 14],
    ]);
    expect(
      piecesOf([
        [0, 1],
        [100, 1],
      ]),
    ).toHaveLength(1);
  });

  test('keeps of a column its least and its greatest, in their order', () => {
    expect(
      thinned(
        [
          [0, 5],
          [1, 9],
          [2, 1],
          [3, 6],
          [10, 4],
        ],
        10,
      ),
    ).toEqual([
      [1, 9],
      [2, 1],
      [10, 4],
    ]);
    expect(
      thinned(
        [
          [0, 5],
          [10, 4],
        ],
        10,
      ),
    ).toEqual([
      [0, 5],
      [10, 4],
    ]);
  });

  test('never loses an extreme, whatever the columns are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        (ys, width) => {
          const kept = thinned(
            ys.map((y, i) => [i, y] as const),
            width,
          ).map(([, y]) => y);
          expect(Math.max(...kept)).toBe(Math.max(...ys));
          expect(Math.min(...kept)).toBe(Math.min(...ys));
          expect(kept.length).toBeLessThanOrEqual(2 * Math.ceil(ys.length / width));
        },
      ),
    );
  });
});

describe('an axis', () => {
  test('begins at nought, ends at the round number above the data', () => {
    expect(roundScale(2, 20.9, 5)).toMatchObject({ lo: 0, hi: 25, ticks: [0, 5, 10, 15, 20, 25] });
    expect(roundScale(0, 0.3, 3).ticks.at(-1)).toBeCloseTo(0.3);
    expect(roundScale(-3, 10, 5)).toMatchObject({ lo: -5, hi: 10 });
    expect(roundScale(0, 0, 5)).toMatchObject({ lo: 0, hi: 1 });
  });

  test('beside another has as many ticks', () => {
    const first = roundScale(0, 100, 5);
    expect(besideScale(0, 5.6, first).ticks).toEqual([0, 2, 4, 6, 8, 10]);
  });

  test('of time has ticks at whole minutes', () => {
    expect(exactScale(90, 3_700, 8, [60, 300, 600, 1_800]).ticks).toEqual([600, 1_200, 1_800, 2_400, 3_000, 3_600]);
    expect(exactScale(1_764_000_000, 1_764_000_000, 8, [60, 300])).toMatchObject({ hi: 1_764_000_060 });
  });

  test.each([
    [0.25, { lo: 0, hi: 1, step: 0.25 }, '0.25'],
    [0.5, { lo: 0, hi: 1, step: 0.1 }, '0.5'],
    [2.5, { lo: 0, hi: 10, step: 2.5 }, '2.5'],
    [20_000, { lo: 0, hi: 40_000, step: 10_000 }, '20k'],
    [2_500_000, { lo: 0, hi: 5_000_000, step: 500_000 }, '2.5M'],
    [0, { lo: 0, hi: 40_000, step: 10_000 }, '0'],
  ])('writes %d as short as it can', (value, scale, text) => {
    expect(tickText(value, { ...scale, ticks: [] })).toBe(text);
  });
});
