import type { Scenario } from './provider.ts';

/** Section 2 of the shaping research: what real limiters do, one thing at a time. */

const HOUR = 3600;
const steady = {
  seconds: HOUR,
  capacity: [{ from: 0, perSecond: 20 }],
  bucket: 10,
  latency: { accepted: 0.5, refused: 0.2 },
};

/** Capacity `before` until `from`, then `low`, then `before` again at `until`. */
export const cut = (
  name: string,
  before: number,
  low: number,
  from: number,
  until: number,
  seconds: number,
): Scenario => ({
  ...steady,
  name,
  seconds,
  capacity: [
    { from: 0, perSecond: before },
    { from, perSecond: low },
    { from: until, perSecond: before },
  ],
});

export const SCENARIOS: readonly Scenario[] = [
  { ...steady, name: 'S1 steady' },
  cut('S2 tenfold cut', 20, 2, 1800, 5400, 3 * HOUR),
  { ...steady, name: 'S3 quota window', quota: { messages: 1200, seconds: 60 } },
  { ...steady, name: 'S4 penalty box', box: { refusals: 20, within: 60, seconds: 600 } },
  { ...steady, name: 'S5 noise', recipientShare: 0.01, strayShare: 0.002 },
  { ...steady, name: 'S6 outage', seconds: 2 * HOUR, outage: { from: 1800, until: 2700 } },
  { ...steady, name: 'S7 charged', charged: true },
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
