import { isCodeAlone } from '../replies/unknown.ts';
import type { Cause } from '../replies/verdict.ts';
import { listsIn } from './help-pages.ts';
import { type Observed, type RefusedReplies, sum } from './observed.ts';

/** Which cause is likely: by how often its refusals were heard and how plainly they name it. */

export type Ranked = { readonly cause: Cause; readonly refused: readonly RefusedReplies[]; readonly count: number };

export type DiagnosisFinding =
  /** Nothing that needs a person or a change. */
  { readonly kind: 'nothing' } | { readonly kind: 'cause'; readonly top: Ranked; readonly others: readonly Ranked[] };

/** Looking for the limit costs a few refusals; fewer than this share, or so few that they prove nothing, are no trouble. */
const SMALL_SHARE = 0.02;
const FEW = 8;
const LARGE_SHARE = 0.2;
/** So many that stop a lane or call a person are trouble whatever their share. */
const LEAST_GRAVE = 3;
/** Dead and full mailboxes are in every list; from here on it is the list. */
const RECIPIENT_SHARE = 0.1;
const LEAST_RECIPIENTS = 5;

export function findCause(observed: Observed): DiagnosisFinding {
  const ranked = rank(observed.refused);
  const isAddresses =
    observed.recipients >= LEAST_RECIPIENTS && observed.recipients >= RECIPIENT_SHARE * observed.answers;
  const troubles = ranked.filter(({ cause }) => cause !== 'recipient');
  const recipients = ranked.filter(({ cause }) => cause === 'recipient');
  const order = isTrouble(observed) ? [...troubles, ...recipients] : isAddresses ? [...recipients, ...troubles] : [];
  const [top, ...others] = order;
  return top ? { kind: 'cause', top, others } : { kind: 'nothing' };
}

function isTrouble({ answers, troubles, refused }: Observed): boolean {
  if (troubles === 0) return false;
  const grave = sum(refused.filter(({ cause, reaction }) => cause !== 'recipient' && GRAVE.has(reaction)));
  const isMuch = troubles >= LARGE_SHARE * answers || (troubles >= SMALL_SHARE * answers && troubles >= FEW);
  return isMuch || grave >= LEAST_GRAVE;
}

const GRAVE: ReadonlySet<string> = new Set(['stop_and_alert', 'pause_provider']);

function rank(refused: readonly RefusedReplies[]): readonly Ranked[] {
  const byCause = new Map<Cause, RefusedReplies[]>();
  for (const one of refused) {
    const cause = causeOf(one);
    byCause.set(cause, [...(byCause.get(cause) ?? []), one]);
  }
  return [...byCause]
    .map(([cause, of]) => ({ cause, refused: of, count: sum(of), weight: weight(of) }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ weight: _, ...ranked }) => ranked);
}

/** A reply that names a block list is about the list, however it asks us to wait. */
function causeOf({ cause, examples }: RefusedReplies): Cause {
  if (cause === 'recipient' || cause === 'content') return cause;
  return examples.some((example) => listsIn(example).length > 0) ? 'blocklist' : cause;
}

/** Words that name their reason count double, a bare code counts little. */
const weight = (refused: readonly RefusedReplies[]): number =>
  refused.reduce((total, { count, explicit, rule }) => total + count * (explicit ? 2 : isCodeAlone(rule) ? 0.4 : 1), 0);
