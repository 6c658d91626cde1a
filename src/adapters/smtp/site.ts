import type { Letter, Mark, SendResult } from '../../app/lanes/ports.ts';
import type { Host } from './connection.ts';
import type { Session } from './session.ts';

/** Who waits for a session to which site. */

export type Waiter = {
  readonly letter: Letter;
  readonly mark: Mark;
  readonly resolve: (result: SendResult) => void;
  /** On the ticker's clock. */
  readonly since: number;
};

export type Site = {
  readonly key: string;
  readonly hosts: () => readonly Host[];
  /** None of its hosts served. */
  readonly onDead: () => void;
  readonly waiters: Waiter[];
  /** Established and without a letter; the one used last is taken first, so that surplus ones fall idle. */
  free: Session[];
  established: number;
  opening: Session | null;
  /** On the ticker's clock: no connect before this while the site has a session. */
  heldUntil: number;
};

export const makeSite = (key: string, hosts: Site['hosts'], onDead: Site['onDead']): Site => ({
  key,
  hosts,
  onDead,
  waiters: [],
  free: [],
  established: 0,
  opening: null,
  heldUntil: 0,
});

/** Somebody waits, and no session of the site will ever come free. */
export const isStarving = (site: Site): boolean => site.waiters.length > 0 && site.established === 0 && !site.opening;
