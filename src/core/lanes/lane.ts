import type { ReplyEvidence } from '../replies/verdict.ts';

/** A lane: one route to one provider, the thing that has a rate. DESIGN: Words. */

/** `route:provider`, safe in a URL path. */
export type LaneId = `${string}:${string}`;

export const laneId = (route: string, provider: string): LaneId => `${route}:${provider}`;

export type LaneState = 'steady' | 'slowed' | 'probing' | 'stopped' | 'paused';

/** What a person ordered for a lane; it stands above what the loops learn. Rates are letters per second, null: no order. */
export type LaneOrders = {
  readonly ceiling: number | null;
  readonly floor: number | null;
  /** Exactly this rate; pauses that a provider asks for still hold. */
  readonly pin: number | null;
  /** Most sessions. */
  readonly connections: number | null;
  /** Nothing is sent until a person resumes. */
  readonly paused: boolean;
};

export const NO_ORDERS: LaneOrders = { ceiling: null, floor: null, pin: null, connections: null, paused: false };

/** Why a limiter changed its mind; kept as evidence. */
export type Decision = ReplyEvidence & {
  readonly lane: string;
  readonly at: Date;
  /** What was decided, in the controller's words: brake, shallow, deep, open, climb, probe, connections ... */
  readonly action: string;
  /** Messages per second before and after. */
  readonly rateBefore: number;
  readonly rateAfter: number;
  readonly connections: number;
  readonly pausedUntil: Date | null;
};
