import type { Scenario } from './provider.ts';
import { seeded } from './random.ts';
import { type Draw, KINDS, type Kind } from './scenarios.ts';

/** The set the rule was tuned on, and the one it was not. */

export type SetName = 'tuned' | 'unseen';

/** Drawn anew whenever the rule was changed after a look at the figures of the unseen set. */
export const SEEDS: Readonly<Record<SetName, readonly number[]>> = {
  tuned: [1, 2, 3],
  unseen: [7101, 7102, 7103, 7104, 7105],
};

const nominal: Draw = (value) => value;

/** Evenly on the logarithm between the bounds. */
const drawn =
  (random: () => number): Draw =>
  (_value, low, high) =>
    low * (high / low) ** random();

/** Every seed of the unseen set is another provider. */
export function variant(kind: Kind, set: SetName, seed: number): Scenario {
  const random = seeded(seed * 1009 + KINDS.indexOf(kind));
  const draw = set === 'tuned' ? nominal : drawn(random);
  return { name: `${kind.id} ${kind.title}`, ...kind.make(draw, random) };
}

export const kindOf = (id: string): Kind => KINDS.find((kind) => kind.id === id)!;
