import { expect } from 'vitest';
import { TERMINAL_STATES } from '../../src/core/recipients/recipient.ts';
import type { Accepted } from '../setup/sim-log.ts';
import type { LedgerRow } from './product.ts';

/** The one question that matters: does the ledger say what the servers saw? reliability: I2, I4, I5, I6, I8. */
export function expectLedgerMatches(ledger: readonly LedgerRow[], accepted: readonly Accepted[]): void {
  const copies = new Map<string, number>();
  for (const { to } of accepted) copies.set(to, (copies.get(to) ?? 0) + 1);
  const twice = [...copies].filter(([, count]) => count > 1);
  expect(twice, 'letters that a server took twice').toEqual([]);

  const states = new Map(ledger.map(({ address, state }) => [address, state]));
  expect(states.size, 'one row per recipient').toBe(ledger.length);
  const unfinished = ledger.filter(({ state }) => !(TERMINAL_STATES as readonly string[]).includes(state));
  expect(unfinished, 'rows that are not at their end').toEqual([]);

  const sentButNotSeen = ledger.filter(({ address, state }) => state === 'sent' && !copies.has(address));
  expect(sentButNotSeen, 'sent by the ledger, never accepted').toEqual([]);
  const seenButNotSent = [...copies.keys()].filter((to) => !['sent', 'uncertain'].includes(states.get(to) ?? ''));
  expect(seenButNotSent, 'accepted, and not sent by the ledger').toEqual([]);
}
