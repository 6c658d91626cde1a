import { isCodeAlone } from '../replies/unknown.ts';
import type { Cause } from '../replies/verdict.ts';
import type { Ranked } from './cause.ts';
import type { Effect } from './effects.ts';
import { listsIn } from './help-pages.ts';
import type { Neighbourhood } from './neighbours.ts';
import { sum } from './observed.ts';
import { list, number, plural } from './words.ts';

/** What speaks for the likely cause and what against it. */

export type DiagnosisEvidence = { readonly for: readonly string[]; readonly against: readonly string[] };

export type Circumstances = {
  readonly top: Ranked;
  /** Letters taken since the trouble began. */
  readonly acceptedSince: number;
  readonly effects: readonly Effect[];
  readonly neighbourhood: Neighbourhood;
  /** Whoever refuses; null: not the provider, but the relay for its own account. */
  readonly name: string;
  readonly provider: string | null;
};

/** What Offpeak does about it by itself, so that its success or failure tells. */
const REMEDY: Readonly<Partial<Record<Cause, Effect['kind']>>> = { throttling: 'rate', connections: 'connections' };

export function evidenceOf(all: Circumstances): DiagnosisEvidence {
  const words = saidPlainly(all.top);
  const effects = fromEffects(all);
  const neighbours = fromNeighbours(all);
  const against = [...unknownWords(all.top), ...effects.against, ...neighbours.against, ...stillTaken(all)];
  return { for: [...words, ...effects.for, ...neighbours.for], against };
}

function someOf(some: number, all: number): string {
  if (some < all) return `${number(some)} of ${number(all)} refusals say so`;
  return all === 1 ? 'The one refusal says so' : `All ${number(all)} refusals say so`;
}

function saidPlainly({ refused, count, cause }: Ranked): readonly string[] {
  const plainly = refused.filter(({ rule }) => !isCodeAlone(rule));
  const lists = [...new Set(refused.flatMap((one) => one.examples.flatMap((text) => listsIn(text))))];
  const explicit = sum(refused.filter((one) => one.explicit));
  return [
    ...(plainly.length > 0 ? [`${someOf(sum(plainly), count)} in ${count === 1 ? 'its' : 'their'} own words.`] : []),
    ...(explicit > 0 && cause !== 'content'
      ? [`${plural(explicit, 'reply names', 'replies name')} a limit of the provider’s own.`]
      : []),
    ...(lists.length > 0 ? [`The replies name ${list(lists.map(({ name }) => name))}.`] : []),
  ];
}

function unknownWords({ refused }: Ranked): readonly string[] {
  const unknown = sum(refused.filter(({ rule }) => isCodeAlone(rule)));
  return unknown > 0
    ? [`Nobody knows the words of ${plural(unknown, 'refusal')}: only the code was read (see replies/unknown).`]
    : [];
}

function fromEffects({ top, effects }: Circumstances): DiagnosisEvidence {
  const remedy = REMEDY[top.cause];
  const judged = effects.filter(({ result }) => result !== 'tooEarly');
  const good = judged.filter(({ result }) => result !== 'didNotHelp').map(({ kind, text }) => ({ kind, text }));
  const bad = judged.filter(({ result }) => result === 'didNotHelp').map(({ kind, text }) => ({ kind, text }));
  const of = (some: typeof good, kinds: (kind: Effect['kind']) => boolean) =>
    some.filter(({ kind }) => kinds(kind)).map(({ text }) => text);
  if (remedy) {
    return { for: of(good, (kind) => kind === remedy), against: of(bad, (kind) => kind === remedy) };
  }
  // A lower rate cures neither set-up nor standing: that it did not help speaks for them.
  return { for: of(bad, () => true), against: of(good, () => true) };
}

function fromNeighbours({ top, neighbourhood, name, provider }: Circumstances): DiagnosisEvidence {
  const { affected, healthy, isRoute } = neighbourhood;
  // A relay that speaks of our account means it, whatever its other lanes do.
  if (provider === null || (affected.length === 0 && healthy.length === 0)) return { for: [], against: [] };
  if (affected.length === 0) {
    const fine = `The other lanes of the route are fine (${list(healthy)}), so it is between ${name} and us.`;
    return top.cause === 'configuration' ? { for: [], against: [fine] } : { for: [fine], against: [] };
  }
  const also = `${list(affected)} ${affected.length === 1 ? 'has' : 'have'} trouble at the same time`;
  if (!isRoute)
    return { for: [], against: [`${also}, while ${list(healthy)} ${healthy.length === 1 ? 'is' : 'are'} fine.`] };
  const isOurs = top.cause === 'blocklist' || top.cause === 'configuration' || top.cause === 'content';
  const ours = [`${also}, so it is the route or our address.`];
  return isOurs ? { for: ours, against: [] } : { for: [], against: ours };
}

function stillTaken({ top, acceptedSince }: Circumstances): readonly string[] {
  if (top.cause !== 'blocklist' && top.cause !== 'configuration') return [];
  return acceptedSince >= 0.2 * top.count
    ? [`${plural(acceptedSince, 'letter was', 'letters were')} taken all the same since then.`]
    : [];
}
