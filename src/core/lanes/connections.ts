/** How many SMTP sessions a lane may hold, and how many messages each may carry. Independent of the rate. */

export type ConnectionPolicy = {
  /** One session more after so long without a refusal, ms. */
  readonly growMs: number;
  /** Sessions that were on their way when another was refused may still come up within this time, ms. */
  readonly settleMs: number;
  /** After a refusal begin again with so many (Gmail asks for one); null: with those that were up. */
  readonly restart: number | null;
};

export const defaultConnectionPolicy: ConnectionPolicy = { growMs: 10 * 60_000, settleMs: 5_000, restart: null };

/** Plain data: it survives JSON and MongoDB. */
export type ConnectionState = {
  /** Most sessions at once now, and the most the operator allows. */
  readonly limit: number;
  readonly cap: number;
  /** The limit apart from the cap, so that a cap raised again gives back what it took. */
  readonly known: number;
  /** Most messages per session; null while no server has complained. */
  readonly messages: number | null;
  /** Since when there was no refusal, ms since the epoch; null until the first clean answer. */
  readonly cleanSince: number | null;
  readonly refusedAt: number | null;
};

/** `limit`: sessions to begin with, from the provider table or an earlier run. */
export function startConnections(limit: number, cap: number): ConnectionState {
  const known = Math.max(1, Math.floor(limit));
  const most = Math.max(1, Math.floor(cap));
  return { limit: Math.min(most, known), cap: most, known, messages: null, cleanSince: null, refusedAt: null };
}

/**
 * A session was refused for being one too many while `established` others were up, so that many is what is allowed.
 * With none up it says nothing about their number: that is for the rate loop's breaker.
 */
export function onRefused(
  state: ConnectionState,
  established: number,
  now: number,
  policy: ConnectionPolicy = defaultConnectionPolicy,
): ConnectionState {
  const limit = Math.max(1, Math.min(state.limit, Math.floor(policy.restart ?? established)));
  return { ...state, limit, known: limit, cleanSince: now, refusedAt: now };
}

/** A session came up. More at once than the limit just learned: the refusal had overtaken it, so the limit was too low. */
export function onEstablished(
  state: ConnectionState,
  established: number,
  now: number,
  policy: ConnectionPolicy = defaultConnectionPolicy,
): ConnectionState {
  const late = state.refusedAt !== null && now - state.refusedAt <= policy.settleMs;
  // Told to begin again with few, we do, whatever is still up.
  if (policy.restart !== null || !late || established <= state.limit) return state;
  const limit = Math.min(state.cap, established);
  return { ...state, limit, known: Math.max(state.known, limit) };
}

/** Anything but a refusal happened, or time went by. The same object comes back when nothing changes. */
export function onClean(
  state: ConnectionState,
  now: number,
  policy: ConnectionPolicy = defaultConnectionPolicy,
): ConnectionState {
  if (state.cleanSince === null) return { ...state, cleanSince: now };
  if (state.limit >= state.cap || now - state.cleanSince < policy.growMs) return state;
  return { ...state, limit: state.limit + 1, known: state.limit + 1, cleanSince: now };
}

/** The server ended a session, or refused a message on it, after it had carried `carried` messages: no signal of pace. */
export function onTooManyMessages(state: ConnectionState, carried: number): ConnectionState {
  const most = Math.max(1, Math.floor(carried));
  return { ...state, messages: state.messages === null ? most : Math.min(state.messages, most) };
}

/** The cap changed: the operator's, or the lane's share of its route. What a server taught is kept. */
export function withCap(state: ConnectionState, cap: number): ConnectionState {
  const most = Math.max(1, Math.floor(cap));
  return { ...state, cap: most, limit: Math.min(state.known, most) };
}
