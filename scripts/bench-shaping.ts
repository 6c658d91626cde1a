import {
  median,
  refusedAfter,
  refusedShare,
  secondsDown,
  secondsResumed,
  secondsUp,
  utilisation,
} from './shaping/figures.ts';
import { capacityAt, type Scenario } from './shaping/provider.ts';
import { aimd, cubic, fixed, type MakeRule, ours, windowedHalving } from './shaping/rules.ts';
import { type Outcome, run } from './shaping/run.ts';
import { letters, SCENARIOS } from './shaping/scenarios.ts';

/** Usage: scripts/bench-shaping [seed ...]. The seeds fix every figure; the default ones were first run after the last change to the rule. */

const SEEDS = process.argv.slice(2).map(Number);
const seeds = SEEDS.length > 0 ? SEEDS : [201, 202, 203];

const RULES: readonly { readonly name: string; readonly make: (scenario: Scenario) => MakeRule }[] = [
  { name: 'ours', make: () => ours() },
  { name: 'CUBIC .7', make: () => cubic(0.7, 60) },
  { name: 'AIMD .5', make: () => aimd(0.5, 0.01) },
  { name: 'AIMD .9', make: () => aimd(0.9, 0.002) },
  { name: 'halve per window', make: () => windowedHalving },
  { name: 'static .8', make: (scenario) => fixed(() => 0.8 * capacityAt(scenario, 0)) },
  { name: 'oracle', make: (scenario) => fixed((ms) => capacityAt(scenario, ms)) },
];

const number = (value: number | null, digits = 0) => (value === null ? '-' : value.toFixed(digits));
const of = (outcomes: readonly Outcome[], figure: (outcome: Outcome) => number | null) => median(outcomes.map(figure));

function row(scenario: Scenario, rule: string, outcomes: readonly Outcome[]): string {
  const cutAt = scenario.capacity[1]?.from;
  const cells = [
    scenario.name.padEnd(18),
    rule.padEnd(17),
    number(scenario.letters ? null : of(outcomes, utilisation), 3).padStart(6),
    number(of(outcomes, (o) => 100 * refusedShare(o))!, 2).padStart(9),
    number(of(outcomes, (o) => secondsDown(o, scenario))).padStart(7),
    number(cutAt === undefined ? null : of(outcomes, (o) => refusedAfter(o, cutAt))).padStart(8),
    number(of(outcomes, (o) => secondsUp(o, scenario) ?? secondsResumed(o, scenario))).padStart(6),
    number(of(outcomes, (o) => o.boxes)).padStart(5),
    number(
      of(outcomes, (o) => o.doneAt),
      1,
    ).padStart(7),
  ];
  return cells.join(' ');
}

const HEAD = [
  'scenario'.padEnd(18),
  'rule'.padEnd(17),
  '  used',
  'refused %',
  ' s down',
  'refusals',
  '  s up',
  'boxes',
  ' done s',
];

console.log(`medians of seeds ${seeds.join(', ')}; virtual clock\n${HEAD.join(' ')}`);
for (const scenario of [...SCENARIOS, letters('5,000 letters', 0.05)]) {
  for (const { name, make } of RULES) {
    console.log(
      row(
        scenario,
        name,
        seeds.map((seed) => run(scenario, make(scenario), seed)),
      ),
    );
  }
}
const known = letters('5,000, rate known', 0.05);
const learned = { ceiling: 100, at: 0 };
console.log(
  row(
    known,
    'ours',
    seeds.map((seed) => run(known, ours({ learned }), seed)),
  ),
);
