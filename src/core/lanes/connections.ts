/** How many SMTP sessions a lane may hold, and how many messages each may carry. Independent of the rate. */

export type ConnectionPolicy = {
  /** One session more after so long without a refusal, ms; twice and four times as long where the same limit is met again. */
  readonly growMs: number;
  /** Sessions that were on their way when another was refused may still come up, and a server may still count those that ended, within this time, ms. */
  readonly settleMs: number;
  /** After a refusal begin again with so many (Gmail asks for one); null: with those that were up. */
  readonly restart: number | null;
};

export const defaultConnectionPolicy: ConnectionPolicy = { growMs: 2 * 60_000, settleMs: 5_000, restart: null };

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
  /** How often in a row the same limit was met. */
  readonly met: number;
  /** Most sessions up lately, and when. */
  readonly lately: number;
  readonly latelyAt: number;
};

/** As many doublings of the time to the next try at most. */
const MOST_MET = 3;

const UNREFUSED = { cleanSince: null, refusedAt: null, met: 0, lately: 0, latelyAt: 0 } as const;

/** A state stored by an earlier version knows less. */
export const resumeConnections = (
  stored: Partial<ConnectionState> & Pick<ConnectionState, 'limit' | 'cap' | 'known'>,
) => ({ messages: null, ...UNREFUSED, ...stored }) as ConnectionState;

/** `limit`: sessions to begin with, from the provider table or an earlier run. */
export function startConnections(limit: number, cap: number): ConnectionState {
  const known = Math.max(1, Math.floor(limit));
  const most = Math.max(1, Math.floor(cap));
  return { limit: Math.min(most, known), cap: most, known, messages: null, ...UNREFUSED };
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
  // One that has just ended may still count there, so it counts here.
  const up = now - state.latelyAt <= policy.settleMs ? Math.max(established, state.lately) : established;
  const limit = Math.max(1, Math.min(state.limit, Math.floor(policy.restart ?? up)));
  const isSame = state.met > 0 && state.limit - limit <= 1;
  const isOneEvent = state.refusedAt !== null && now - state.refusedAt <= policy.settleMs;
  const met = isSame ? Math.min(MOST_MET, state.met + (isOneEvent ? 0 : 1)) : 1;
  return { ...state, limit, known: limit, met, cleanSince: now, refusedAt: now };
}

/** So many sessions are up. More at once than the limit just learned: the refusal had overtaken it, so the limit was too low. */
export function onEstablished(
  state: ConnectionState,
  established: number,
  now: number,
  policy: ConnectionPolicy = defaultConnectionPolicy,
): ConnectionState {
  const isMost = established >= state.lately || now - state.latelyAt > policy.settleMs;
  const seen = isMost ? { ...state, lately: established, latelyAt: now } : state;
  const late = state.refusedAt !== null && now - state.refusedAt <= policy.settleMs;
  // Told to begin again with few, we do, whatever is still up.
  if (policy.restart !== null || !late || established <= state.limit) return seen;
  const limit = Math.min(state.cap, established);
  return { ...seen, limit, known: Math.max(state.known, limit) };
}

/** Anything but a refusal happened, or time went by. The same object comes back when nothing changes. */
export function onClean(
  state: ConnectionState,
  now: number,
  policy: ConnectionPolicy = defaultConnectionPolicy,
): ConnectionState {
  if (state.cleanSince === null) return { ...state, cleanSince: now };
  const growMs = policy.growMs * 2 ** Math.max(0, state.met - 1);
  if (state.limit >= state.cap || now - state.cleanSince < growMs) return state;
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
