import type { SimProviderProfile } from './profile.ts';

/** A provider that blocks whoever was refused too often. Times in ms. */

export type PenaltyBox = {
  /** Refusals for pace that still count. */
  readonly refusals: readonly number[];
  readonly blockedUntil: number;
  /** How often it has closed. */
  readonly closings: number;
};

type Rule = NonNullable<SimProviderProfile['penaltyBox']>;

export const NO_PENALTY: PenaltyBox = { refusals: [], blockedUntil: -Infinity, closings: 0 };

export const isBlocked = (box: PenaltyBox, now: number): boolean => now < box.blockedUntil;

export function afterRefusal(box: PenaltyBox, rule: Rule | null, now: number): PenaltyBox {
  if (!rule || isBlocked(box, now)) return box;
  const refusals = [...box.refusals.filter((at) => at > now - rule.perSeconds * 1000), now];
  if (refusals.length < rule.refusals) return { ...box, refusals };
  return { refusals: [], blockedUntil: now + rule.blockSeconds * 1000, closings: box.closings + 1 };
}

/** An attempt made while blocked. */
export const afterKnock = (box: PenaltyBox, rule: Rule | null, now: number): PenaltyBox =>
  rule?.prolong ? { ...box, blockedUntil: now + rule.blockSeconds * 1000 } : box;
