import { entrant } from './contest.ts';
import { refusedAfterCut, refusedInOutage, refusedShare, secondsDown, secondsUp, utilisation } from './figures.ts';
import type { Scenario } from './provider.ts';
import { type Outcome, run } from './run.ts';
import { kindOf, type SetName, variant } from './sets.ts';

/** One run of the contest, and what is kept of it. */

export type Job = { readonly set: SetName; readonly kind: string; readonly rule: string; readonly seed: number };
export type Figures = {
  readonly used: number;
  readonly refused: number;
  readonly down: number | null;
  readonly refusals: number | null;
  readonly up: number | null;
  readonly boxes: number;
  readonly refusedSessions: number;
  readonly overCap: number;
};

export const figuresOf = (outcome: Outcome, scenario: Scenario): Figures => ({
  used: utilisation(outcome),
  refused: refusedShare(outcome),
  down: secondsDown(outcome, scenario),
  refusals: refusedAfterCut(outcome, scenario) ?? refusedInOutage(outcome, scenario),
  up: secondsUp(outcome, scenario),
  boxes: outcome.boxes,
  refusedSessions: outcome.refusedSessions,
  overCap: outcome.overCap,
});

export function doJob({ set, kind, rule, seed }: Job): Figures {
  const scenario = variant(kindOf(kind), set, seed);
  return figuresOf(run(scenario, entrant(rule).make(scenario), seed), scenario);
}
