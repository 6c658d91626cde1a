import { parseArgs } from 'node:util';
import { ENTRANTS, entrant } from './shaping/contest.ts';
import { isolationTable } from './shaping/isolation.ts';
import type { Figures, Job } from './shaping/job.ts';
import { KINDS } from './shaping/scenarios.ts';
import { SEEDS, type SetName } from './shaping/sets.ts';
import { eventTable, usedTable } from './shaping/table.ts';
import { doAll } from './shaping/workers.ts';

const USAGE = `usage: scripts/bench-shaping [--set tuned|unseen] [--rules ours,cubic] [--only S1,J4] [--quick]

Runs rate rules against hidden providers on a virtual clock and prints what they used and what they were refused.
The seeds fix every figure. --quick: one seed and the four best rules.`;

const { values } = parseArgs({
  options: {
    set: { type: 'string' },
    rules: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const QUICK = 'ours,strict,cubic,aimd9';

async function contest(set: SetName): Promise<void> {
  const rules = (values.rules ?? (values.quick ? QUICK : undefined))?.split(',').map(entrant) ?? ENTRANTS;
  const only = values.only?.split(',');
  const kinds = KINDS.filter(({ id }) => !only || only.includes(id));
  const seeds = values.quick ? SEEDS[set].slice(0, 1) : SEEDS[set];
  const jobs: Job[] = kinds.flatMap(({ id }) =>
    rules.flatMap(({ key }) => seeds.map((seed) => ({ set, kind: id, rule: key, seed }))),
  );
  const figures: Figures[] = await doAll(jobs);
  const results = jobs.map((job, i) => ({ job, figures: figures[i]! }));
  console.log(`\n## ${set}: medians of seeds ${seeds.join(', ')}\n`);
  console.log(usedTable(results, kinds, rules));
  console.log(`\n${eventTable(results, kinds, rules)}`);
}

if (values.help) console.log(USAGE);
else {
  if (values.set !== undefined && values.set !== 'tuned' && values.set !== 'unseen') throw new Error(USAGE);
  const sets: readonly SetName[] = values.set ? [values.set as SetName] : ['tuned', 'unseen'];
  for (const set of sets) await contest(set);
  if (!values.only) console.log(`\n## several providers at once\n\n${isolationTable()}`);
}
