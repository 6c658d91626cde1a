/** How workers divide what a route allows in all, without one of them deciding. */

export type Holder = {
  readonly worker: string;
  /** How much it has to do: lanes of the route. */
  readonly weight: number;
  /** What it may use now: letters per second (null: no cap) and sessions. */
  readonly rate: number | null;
  readonly sessions: number;
};

export type RouteCap = { readonly rate: number | null; readonly sessions: number };

/**
 * The share of `worker` beside `others`, who are alive. Nobody takes what another still holds, so the sum keeps to the cap
 * at every instant: one who has too much gives it back first, and the next look finds it free.
 */
export function shareOf(worker: string, weight: number, others: readonly Holder[], cap: RouteCap): Holder {
  const all = others.reduce((sum, other) => sum + other.weight, weight);
  const part = all > 0 ? weight / all : 0;
  const sessions = others.reduce((sum, other) => sum + other.sessions, 0);
  const rate = others.reduce((sum, other) => sum + (other.rate ?? 0), 0);
  // Rounded up, else sessions that do not divide evenly would be nobody's; the sum is still kept.
  const fairSessions = weight > 0 ? Math.max(1, Math.ceil(cap.sessions * part)) : 0;
  return {
    worker,
    weight,
    rate: cap.rate === null ? null : Math.max(0, Math.min(cap.rate * part, cap.rate - rate)),
    sessions: Math.max(0, Math.min(fairSessions, cap.sessions - sessions)),
  };
}

/** Sessions for each of so many lanes. What does not divide evenly goes round with `turn`, so that nobody is left out for ever. */
export function divide(sessions: number, lanes: number, turn: number): readonly number[] {
  const each = Math.floor(sessions / Math.max(1, lanes));
  const more = sessions - each * lanes;
  return Array.from({ length: lanes }, (_, lane) => each + ((lane + lanes - (turn % lanes)) % lanes < more ? 1 : 0));
}
