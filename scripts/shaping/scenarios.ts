import { dayAndNight, walk, warmUp } from './capacity.ts';
import type { Scenario } from './provider.ts';

/** What real limiters do, one thing at a time: S and J are sections 2 of the shaping research, O our own. */

/** Picks a parameter: the nominal one for the tuned set, any within the bounds for the unseen one. */
export type Draw = (nominal: number, low: number, high: number) => number;
export type Kind = {
  readonly id: string;
  readonly title: string;
  readonly make: (draw: Draw, random: () => number) => Omit<Scenario, 'name'>;
};

const HOUR = 3600;
const LATENCY = { accepted: 0.5, refused: 0.2 };
const SLOW = { accepted: 1.5, refused: 0.6 };

/** A plain provider; its capacity, bucket and latency are drawn. */
function plainly(draw: Draw, perSecond: number, seconds: number, bucket = 10) {
  return {
    seconds,
    capacity: [{ from: 0, perSecond: draw(perSecond, perSecond * 0.6, perSecond * 1.8) }],
    bucket: draw(bucket, Math.max(1, bucket * 0.3), bucket * 3),
    latency: { accepted: draw(LATENCY.accepted, 0.2, 1.5), refused: draw(LATENCY.refused, 0.1, 0.6) },
  };
}

/** Capacity `high` until `from`, then `low`, then `high` again at `until`. */
const cutting = (high: number, low: number, from: number, until: number, seconds: number) => ({
  seconds,
  capacity: [
    { from: 0, perSecond: high },
    { from, perSecond: low },
    { from: until, perSecond: high },
  ],
  cut: { from, until, high, low },
});

export const cut = (
  name: string,
  high: number,
  low: number,
  from: number,
  until: number,
  seconds: number,
): Scenario => ({ name, bucket: 10, latency: LATENCY, ...cutting(high, low, from, until, seconds) });

function drawnCut(draw: Draw, high: number, seconds: number) {
  const top = draw(high, high * 0.6, high * 1.8);
  const low = top / draw(10, 4, 20);
  const from = Math.round(draw(1800, 1200, 2400));
  const until = Math.round(draw(5400, 4000, 6000));
  return { ...plainly(draw, high, seconds), ...cutting(top, low, from, until, seconds) };
}

function walking(draw: Draw, random: () => number, perSecond: number, bucket: number) {
  const plain = plainly(draw, perSecond, 3 * HOUR, bucket);
  return { ...plain, capacity: walk(random, plain.capacity[0]!.perSecond, plain.seconds) };
}

const share = (draw: Draw, nominal: number) => draw(nominal, nominal / 2, nominal * 2);
const boxed = (draw: Draw, refusals: number, seconds: number) => ({
  refusals: Math.round(draw(refusals, refusals * 0.7, refusals * 1.6)),
  within: draw(60, 40, 90),
  seconds: draw(seconds, seconds * 0.6, seconds * 2),
});
const windowed = (draw: Draw, perSecond: number, seconds: number) => {
  const length = Math.round(draw(seconds, seconds / 2, seconds * 2));
  return { messages: Math.round(draw(perSecond, perSecond * 0.6, perSecond * 1.8) * length), seconds: length };
};
const outOf = (draw: Draw, from: number, seconds: number) => {
  const begin = Math.round(draw(from, from * 0.7, from * 1.3));
  return { from: begin, until: begin + Math.round(draw(seconds, seconds * 0.5, seconds * 2)) };
};

export const KINDS: readonly Kind[] = [
  { id: 'S1', title: 'steady', make: (draw) => plainly(draw, 20, HOUR) },
  { id: 'S2', title: 'tenfold cut', make: (draw) => drawnCut(draw, 20, 3 * HOUR) },
  { id: 'S3', title: 'quota window', make: (draw) => ({ ...plainly(draw, 20, HOUR), quota: windowed(draw, 20, 60) }) },
  { id: 'S4', title: 'penalty box', make: (draw) => ({ ...plainly(draw, 20, HOUR), box: boxed(draw, 20, 600) }) },
  {
    id: 'S5',
    title: 'noise',
    make: (draw) => ({
      ...plainly(draw, 20, HOUR),
      recipientShare: share(draw, 0.01),
      strayShare: draw(0.002, 0.001, 0.003),
    }),
  },
  { id: 'S6', title: 'outage', make: (draw) => ({ ...plainly(draw, 20, 2 * HOUR), outage: outOf(draw, 1800, 900) }) },
  { id: 'S7', title: 'charged', make: (draw) => ({ ...plainly(draw, 20, HOUR), charged: true }) },
  { id: 'J1', title: 'walk', make: (draw, random) => walking(draw, random, 12, 8) },
  {
    id: 'J2',
    title: 'slow walk, stray 421s',
    make: (draw, random) => ({ ...walking(draw, random, 3, 3), strayShare: draw(0.002, 0.001, 0.003) }),
  },
  {
    id: 'J3',
    title: 'long window',
    make: (draw) => ({ ...plainly(draw, 15, 3 * HOUR), quota: windowed(draw, 15, 120) }),
  },
  {
    id: 'J4',
    title: 'box, walk',
    make: (draw, random) => ({ ...walking(draw, random, 12, 8), box: boxed(draw, 15, 450) }),
  },
  { id: 'J5', title: 'charged, walk', make: (draw, random) => ({ ...walking(draw, random, 12, 8), charged: true }) },
  {
    id: 'J6',
    title: 'outage, stray 421s',
    make: (draw) => ({
      ...plainly(draw, 9, 3 * HOUR),
      outage: outOf(draw, 3600, 400),
      strayShare: draw(0.002, 0.001, 0.003),
    }),
  },
  {
    id: 'O1',
    title: 'strict box',
    make: (draw) => ({ ...plainly(draw, 20, 3 * HOUR), latency: SLOW, box: boxed(draw, 8, 600) }),
  },
  { id: 'O2', title: 'cut of a slow lane', make: (draw) => drawnCut(draw, 2, 3 * HOUR) },
  { id: 'O3', title: '.05/s', make: (draw) => plainly(draw, 0.05, 24 * HOUR, 2) },
  { id: 'O4', title: '.2/s', make: (draw) => plainly(draw, 0.2, 12 * HOUR, 3) },
  { id: 'O5', title: '1/s', make: (draw) => plainly(draw, 1, 4 * HOUR, 3) },
  { id: 'O6', title: '100/s', make: (draw) => plainly(draw, 100, HOUR / 2, 30) },
  { id: 'O7', title: '500/s', make: (draw) => plainly(draw, 500, HOUR / 6, 100) },
  {
    id: 'O8',
    title: 'few sessions',
    make: (draw) => ({
      ...plainly(draw, 20, HOUR),
      sessions: { most: Math.round(draw(5, 3, 12)), openSeconds: draw(0.2, 0.1, 0.5) },
    }),
  },
  {
    id: 'O9',
    title: 'sessions closed after n',
    make: (draw) => ({
      ...plainly(draw, 20, HOUR),
      sessions: {
        most: Math.round(draw(15, 12, 18)),
        messages: Math.round(draw(20, 5, 50)),
        openSeconds: draw(0.2, 0.1, 0.5),
      },
    }),
  },
  {
    id: 'O10',
    title: 'greylisting',
    make: (draw) => ({ ...plainly(draw, 20, HOUR), recipientShare: draw(0.25, 0.1, 0.5) }),
  },
  {
    id: 'O11',
    title: 'warm-up cap',
    make: (draw) => ({ ...plainly(draw, 20, 4 * HOUR), cap: warmUp(draw(1, 0.5, 3), draw(1.4, 1.3, 1.6), 4 * HOUR) }),
  },
  {
    id: 'O12',
    title: 'day and night',
    make: (draw) => {
      const plain = plainly(draw, 12, 4 * HOUR);
      const depth = draw(0.6, 0.3, 0.8);
      return {
        ...plain,
        capacity: dayAndNight(plain.capacity[0]!.perSecond, depth, draw(7200, 5400, 10800), 4 * HOUR),
      };
    },
  },
  {
    id: 'O13',
    title: 'longer and longer boxes',
    make: (draw, random) => ({ ...walking(draw, random, 12, 8), box: { ...boxed(draw, 12, 300), longer: 2 } }),
  },
  {
    id: 'O14',
    title: 'box and charge',
    make: (draw, random) => ({ ...walking(draw, random, 12, 8), box: boxed(draw, 15, 450), charged: true }),
  },
  {
    id: 'O16',
    title: 'strict box, walk',
    make: (draw, random) => ({ ...walking(draw, random, 12, 8), box: boxed(draw, 8, 600) }),
  },
  { id: 'O15', title: 'bucket of one', make: (draw) => ({ ...plainly(draw, 20, HOUR), bucket: 1 }) },
];

/** The campaign of performance.md, at which a peer lost 4,829 of 5,000 letters. */
export const letters = (name: string, latency: number): Scenario => ({
  name,
  seconds: 300,
  capacity: [{ from: 0, perSecond: 100 }],
  bucket: 20,
  latency: { accepted: latency, refused: latency },
  letters: 5000,
  connections: 20,
});

/** The demo of the simulator: 60/s, cut to 6/s after half a minute, back 40 s later. */
export const DEMO: Scenario = {
  ...cut('demo', 60, 6, 30, 70, 400),
  bucket: 20,
  latency: { accepted: 0.05, refused: 0.05 },
};
