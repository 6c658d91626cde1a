import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nightTable } from './nights/table.ts';
import { ENTRANTS, entrant } from './shaping/contest.ts';
import { curve } from './shaping/curve.ts';
import { isolationTable } from './shaping/isolation.ts';
import type { Figures, Job } from './shaping/job.ts';
import { pictureOf } from './shaping/picture.ts';
import { KINDS } from './shaping/scenarios.ts';
import { SEEDS, type SetName, variant } from './shaping/sets.ts';
import { bestOther, eventTable, type Result, usedTable } from './shaping/table.ts';
import { doAll } from './shaping/workers.ts';

const USAGE = `usage: scripts/bench-shaping [--set tuned|unseen] [--rules ours,cubic] [--only S1,J4] [--quick] [--svg DIR] [--curve] [--nights]

Runs rate rules against hidden providers on a virtual clock and prints what they used and what they were refused.
The seeds fix every figure. --quick: one seed and four rules. --svg: a picture per scenario, of ours and the best
other rule. --curve: only what a slow lane must choose between. --nights: only whole lanes against servers whose words mislead.`;

const { values } = parseArgs({
  options: {
    set: { type: 'string' },
    rules: { type: 'string' },
    only: { type: 'string' },
    svg: { type: 'string' },
    curve: { type: 'boolean', default: false },
    nights: { type: 'boolean', default: false },
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
  if (values.svg) drawAll(values.svg, set, results);
}

function write(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `${text.trimEnd()}\n`);
}

function drawAll(folder: string, set: SetName, results: readonly Result[]): void {
  for (const kind of KINDS.filter(({ id }) => results.some(({ job }) => job.kind === id))) {
    const seed = SEEDS[set][0]!;
    const other = bestOther(results, kind.id);
    if (other) write(folder, `${set}-${kind.id.toLowerCase()}.svg`, pictureOf(variant(kind, set, seed), other, seed));
  }
}

function showCurve(): void {
  const { table, picture } = curve();
  console.log(table);
  if (values.svg) write(values.svg, 'curve.svg', picture);
}

if (values.help) console.log(USAGE);
else if (values.curve) showCurve();
else if (values.nights) console.log(nightTable(values.quick ? [1] : [1, 2, 3, 4, 5]));
else {
  if (values.set !== undefined && values.set !== 'tuned' && values.set !== 'unseen') throw new Error(USAGE);
  const sets: readonly SetName[] = values.set ? [values.set as SetName] : ['tuned', 'unseen'];
  for (const set of sets) await contest(set);
  if (!values.only) console.log(`\n## several providers at once\n\n${isolationTable()}`);
}
