import { isCodeAlone } from '../replies/unknown.ts';
import type { Cause } from '../replies/verdict.ts';
import type { Ranked } from './cause.ts';
import type { Effect } from './effects.ts';
import type { Neighbourhood } from './neighbours.ts';
import type { Observed } from './observed.ts';
import { percent, plural } from './words.ts';

/** What else it could be: causes that were heard besides, and those that the circumstances allow. */

export type OtherCause = { readonly cause: Cause; readonly because: string };

type Input = {
  readonly top: Ranked;
  readonly others: readonly Ranked[];
  readonly observed: Observed;
  readonly effects: readonly Effect[];
  readonly neighbourhood: Neighbourhood;
};

/** What was heard more rarely than this, beside the likely cause, explains nothing. */
const WORTH_SHARE = 0.1;

export function otherCauses({ top, others, observed, effects, neighbourhood }: Input): readonly OtherCause[] {
  const heard = others
    .filter(({ count }) => count >= WORTH_SHARE * top.count)
    .map(({ cause, count }) => ({
      cause,
      because: `${plural(count, 'refusal')} (${percent(count / observed.answers)}) ${count === 1 ? 'is' : 'are'} of this kind.`,
    }));
  const found = [...heard, ...possible(top, effects, neighbourhood)];
  const first = found.filter(({ cause }, index) => found.findIndex((other) => other.cause === cause) === index);
  return first.filter(({ cause }) => cause !== top.cause);
}

function possible(top: Ranked, effects: readonly Effect[], { isRoute }: Neighbourhood): readonly OtherCause[] {
  const isAboutPace = top.cause === 'throttling' || top.cause === 'overload' || top.cause === 'connections';
  if (!isAboutPace) return [];
  const isVague = top.refused.every(({ rule }) => isCodeAlone(rule));
  const failed = effects.some(({ kind, result }) => kind === 'rate' && result === 'didNotHelp');
  const standing = 'Sending more slowly did not help, as it would not if the address or domain were distrusted.';
  const route = 'Several lanes of the route are affected, which points to our address.';
  const vague = 'The words are unknown, and the code alone does not tell the two apart.';
  return [
    ...(failed ? [{ cause: 'blocklist' as const, because: standing }] : []),
    ...(isRoute ? [{ cause: 'blocklist' as const, because: route }] : []),
    ...(isVague
      ? [{ cause: top.cause === 'overload' ? ('throttling' as const) : ('overload' as const), because: vague }]
      : []),
  ];
}
