import { median } from './figures.ts';
import type { Figures, Job } from './job.ts';

/** The tables of a contest, in Markdown: a row per scenario, a column per rule. */

export type Result = { readonly job: Job; readonly figures: Figures };
export type Column = { readonly key: string; readonly name: string };
export type Row = { readonly id: string; readonly title: string };

type Pick = (figures: Figures) => number | null;

const number = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits));

function cellOf(results: readonly Result[], kind: string, rule: string) {
  const figures = results.filter(({ job }) => job.kind === kind && job.rule === rule).map((result) => result.figures);
  return (pick: Pick) => median(figures.map(pick));
}

/** Median share of the capacity used / % of the attempts refused; at the end the worst and the mean of the shares. */
export function usedTable(results: readonly Result[], rows: readonly Row[], columns: readonly Column[]): string {
  const body = rows.map(({ id, title }) => [
    `${id} ${title}`,
    ...columns.map(({ key }) => {
      const of = cellOf(results, id, key);
      return `${number(
        of(({ used }) => used),
        2,
      )} / ${number(100 * of(({ refused }) => refused)!, 1)}`;
    }),
  ]);
  const shares = columns.map(({ key }) => rows.map(({ id }) => cellOf(results, id, key)(({ used }) => used)!));
  const worst = ['**worst**', ...shares.map((all) => `**${number(Math.min(...all), 2)}**`)];
  const mean = ['**mean**', ...shares.map((all) => `**${number(all.reduce((a, b) => a + b, 0) / all.length, 2)}**`)];
  return aligned([['used / refused %', ...columns.map(({ name }) => name)], ...body, worst, mean]);
}

/** Where a scenario has them: seconds down / refusals in ten minutes / seconds up, and boxes; medians. */
export function eventTable(results: readonly Result[], rows: readonly Row[], columns: readonly Column[]): string {
  const picks: readonly { readonly name: string; readonly pick: Pick }[] = [
    { name: 's down', pick: ({ down }) => down },
    { name: 'refusals', pick: ({ refusals }) => refusals },
    { name: 's up', pick: ({ up }) => up },
    { name: 'boxes', pick: ({ boxes }) => boxes },
    { name: 'sessions refused', pick: ({ refusedSessions }) => refusedSessions },
    { name: 'sent over the cap', pick: ({ overCap }) => overCap },
  ];
  const body = rows.flatMap(({ id, title }) =>
    picks.flatMap(({ name, pick }) => {
      const values = columns.map(({ key }) => cellOf(results, id, key)(pick));
      return values.every((value) => value === null || value === 0)
        ? []
        : [[`${id} ${title}, ${name}`, ...values.map((value) => number(value, 0))]];
    }),
  );
  return aligned([['medians', ...columns.map(({ name }) => name)], ...body]);
}

const OURS = ['ours', 'strict', 'oracle'];

/** The rule that used most of a scenario's capacity beside ours and the oracle, of those refused at most 5 % if there is one. */
export function bestOther(results: readonly Result[], kind: string): string | null {
  const rules = [...new Set(results.map(({ job }) => job.rule))].filter((rule) => !OURS.includes(rule));
  const of = (rule: string) => {
    const cell = cellOf(results, kind, rule);
    return cell(({ used }) => used)! - (cell(({ refused }) => refused)! > 0.05 ? 1 : 0);
  };
  return rules.sort((a, b) => of(b) - of(a))[0] ?? null;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n');
}
