/** A recipient: one ledger row per campaign and address. DESIGN: States, Decision 5. */

const WAITING_STATES = ['pending', 'claimed', 'sending', 'deferred'] as const;
export const TERMINAL_STATES = [
  'sent',
  'bounced',
  'expired',
  'suppressed',
  'invalid',
  'cancelled',
  'uncertain',
] as const;
export const RECIPIENT_STATES = [...WAITING_STATES, ...TERMINAL_STATES] as const;

export type WaitingState = (typeof WAITING_STATES)[number];
export type TerminalState = (typeof TERMINAL_STATES)[number];
export type RecipientState = WaitingState | TerminalState;

export type Counts = Readonly<Record<RecipientState, number>>;

export const NO_COUNTS: Counts = Object.freeze(
  Object.fromEntries(RECIPIENT_STATES.map((state) => [state, 0])) as Record<RecipientState, number>,
);

export const total = (counts: Counts): number => RECIPIENT_STATES.reduce((sum, state) => sum + counts[state], 0);
export const waiting = (counts: Counts): number => WAITING_STATES.reduce((sum, state) => sum + counts[state], 0);

/**
 * From which states a claimed recipient may come to this one. What is over stays over; only `uncertain` becomes known
 * when the answer arrives late after all, and then for good.
 */
export function statesBefore(state: RecipientState): readonly RecipientState[] {
  switch (state) {
    case 'sent':
      return ['sending', 'uncertain'];
    case 'bounced':
      return ['claimed', 'sending', 'uncertain'];
    default:
      return ['claimed', 'sending'];
  }
}
