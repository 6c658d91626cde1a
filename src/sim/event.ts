import type { RefusalStage, Why } from './refusal.ts';

/** Every decision of the simulator. */

type Origin = {
  /** Epoch, ms. */
  readonly at: number;
  readonly provider: string;
  /** Number of the connection at this provider, from 1. */
  readonly connection: number;
};

export type Connected = Origin & { readonly event: 'connect'; readonly open: number };
export type Greeted = Origin & { readonly event: 'greeting' };

export type RefusedEvent = Origin & {
  readonly event: 'refused';
  /** `null`: between letters. */
  readonly stage: RefusalStage | null;
  readonly code: number;
  readonly text: string;
  readonly why: Why;
  /** The envelope recipient, where it was known. */
  readonly to: string | null;
};

export type AcceptedEvent = Origin & {
  readonly event: 'accepted';
  /** Envelope recipient; a letter to several makes one event for each. */
  readonly to: string;
  /** Envelope sender. */
  readonly from: string;
  /** As in the header, with its angle brackets; empty without one. */
  readonly messageId: string;
  /** Size of the letter without dot stuffing. */
  readonly bytes: number;
  /** False where the session was dropped in place of the 250. */
  readonly answered: boolean;
};

export type Closed = Origin & {
  readonly event: 'closed';
  readonly by: 'client' | 'server';
  /** Letters accepted in this session. */
  readonly letters: number;
};

export type SimEvent = Connected | Greeted | RefusedEvent | AcceptedEvent | Closed;

/** `Omit` over each member of the union. */
export type Unsigned<T> = T extends Origin ? Omit<T, keyof Origin> : never;
