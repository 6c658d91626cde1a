import { capacityAt, makeProvider, type Provider, type Scenario } from './provider.ts';
import { seeded } from './random.ts';
import { cubic, type MakeRule, ours } from './rules.ts';
import { makeLane, type Outcome, together } from './run.ts';

/** Four providers in one campaign, one of them dead after ten minutes: what the others lose by it. */

const SECONDS = 3600;
const DEAD_FROM = 600;
const CONNECTIONS = 100;
const provider = (name: string, perSecond: number): Scenario => ({
  name,
  seconds: SECONDS,
  capacity: [{ from: 0, perSecond }],
  bucket: 10,
  latency: { accepted: 0.5, refused: 0.2 },
});
const DEAD: Scenario = { ...provider('dead', 6), outage: { from: DEAD_FROM, until: SECONDS } };
const LIVING = [provider('a', 20), provider('b', 10), provider('c', 2)];
const ALL = [...LIVING, DEAD];

/** A lane each; they share nothing but the connections. */
function inLanes(scenarios: readonly Scenario[], rule: MakeRule, seed: number): Outcome[] {
  const seats = { free: CONNECTIONS };
  const lanes = scenarios.map((scenario, i) => {
    const random = seeded(seed + 10 * i);
    return makeLane(scenario, rule, makeProvider(scenario, random), random, seats);
  });
  return together(lanes, SECONDS);
}

/** One queue and one limiter for everybody, recipients mixed by the providers' capacity; a refused letter stays at its head. */
function inOneQueue(rule: MakeRule, seed: number): number {
  const random = seeded(seed);
  const total = ALL.reduce((sum, scenario) => sum + capacityAt(scenario, 0), 0);
  const parts = ALL.map((scenario) => ({ perSecond: capacityAt(scenario, 0), to: makeProvider(scenario, random) }));
  const draw = (): Provider => {
    let left = random() * total;
    for (const { perSecond, to } of parts) {
      left -= perSecond;
      if (left < 0) return to;
    }
    return parts[0]!.to;
  };
  let head = draw();
  const mixed: Provider = {
    boxes: () => 0,
    attempt(ms) {
      const answer = head.attempt(ms);
      if (answer !== 'refusedForPace') head = draw();
      return answer;
    },
  };
  const lane = makeLane(provider('all', total), rule, mixed, random, { free: CONNECTIONS });
  return acceptedAfter(together([lane], SECONDS)[0]!) / (total - capacityAt(DEAD, 0));
}

const acceptedAfter = ({ acceptedIn }: Outcome) =>
  acceptedIn.slice(DEAD_FROM).reduce((sum, value) => sum + value, 0) / (SECONDS - DEAD_FROM);

/** Least share of what a living provider takes alone that it takes beside the dead one. */
export function isolation(rule: MakeRule, seed: number): number {
  const beside = inLanes(ALL, rule, seed);
  const alone = inLanes(LIVING, rule, seed);
  return Math.min(...alone.map((outcome, i) => acceptedAfter(beside[i]!) / acceptedAfter(outcome)));
}

export function isolationTable(): string {
  const rows = [1, 2, 3].map((seed) =>
    [isolation(ours(), seed), inOneQueue(ours(), seed), inOneQueue(cubic(0.7, 60), seed)].map((share) =>
      share.toFixed(3),
    ),
  );
  return [
    'Share of what the living providers take that they still get beside a dead one, after its death:',
    '',
    '| seed | ours, a lane each | ours, one queue | CUBIC .7, one queue |',
    '| ---- | ----------------- | --------------- | ------------------- |',
    ...rows.map((row, i) => `| ${i + 1} | ${row.join(' | ')} |`),
  ].join('\n');
}
