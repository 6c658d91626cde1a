import { isBeforeRcpt, type Stage } from '../replies/reply.ts';
import type { Verdict } from '../replies/verdict.ts';
import { type RetryPolicy, retryAt } from './retry.ts';

/** What an attempt makes of its recipient. Pure; the ledger writes it down. DESIGN: Decision 5. */

export type SettledState =
  | { readonly state: 'sent' | 'bounced' | 'expired' | 'uncertain' }
  /** As it was before the attempt, or after one more failure. */
  | { readonly state: 'pending' | 'deferred'; readonly dueAt: number };

export type Settled = { readonly to: SettledState; readonly failed: boolean; readonly suppress: boolean };

export type Circumstance = {
  readonly outcome: 'accepted' | 'refused' | 'unreached' | 'unknown' | 'withdrawn';
  readonly stage: Stage;
  readonly code: number;
  readonly failures: number;
  readonly onUncertain: 'hold' | 'resend';
};

/** A letter refused for what it says, or for who sends it, gets one more chance this much later. */
const POLICY_CHANCE_MS = 5 * 60_000;
/** Letters sent back by a whole provider are not asked for again at once, or one worker would spin on them. */
const BACK_MS = 1_000;

export function settle(
  { outcome, stage, code, failures, onUncertain }: Circumstance,
  verdict: Verdict | null,
  now: number,
  random: number,
  retry: RetryPolicy,
): Settled {
  if (outcome === 'accepted') return plain({ state: 'sent' });
  if (outcome === 'withdrawn' || verdict === null) return plain(back(failures, now));
  if (outcome === 'unknown') {
    return onUncertain === 'hold' ? plain({ state: 'uncertain' }) : again(failures, now, random, retry, 0);
  }
  if (isBeforeRcpt(stage) && !isSize(stage, code)) return plain(back(failures, now + BACK_MS));
  switch (verdict.reaction) {
    case 'lower_rate':
    case 'pause_provider':
    case 'fewer_connections':
    case 'fewer_messages_per_connection':
    case 'reconnect':
      return plain(back(failures, now + BACK_MS));
    case 'suppress_recipient':
      return { to: { state: 'bounced' }, failed: true, suppress: true };
    case 'bounce_recipient':
    case 'stop_and_alert':
      return policy(code, failures, now);
    case 'retry_recipient':
    case 'split_transaction':
      return again(failures, now, random, retry, verdict.pauseSeconds);
    case 'hold_do_not_resend':
      return plain({ state: 'uncertain' });
  }
}

/** The one thing of a letter that can be refused before anybody is named: MAIL announces its size (RFC 1870 6.1). */
const isSize = (stage: Stage, code: number) => stage === 'mail' && code === 552;

/** As if nothing had been tried: `deferred` is who failed before. */
export const back = (failures: number, dueAt: number): SettledState => ({
  state: failures > 0 ? 'deferred' : 'pending',
  dueAt,
});

const plain = (to: SettledState): Settled => ({ to, failed: false, suppress: false });

function again(failures: number, now: number, random: number, retry: RetryPolicy, pauseSeconds: number): Settled {
  const dueAt = retryAt(failures, now, random, retry, pauseSeconds);
  const to: SettledState = dueAt === null ? { state: 'expired' } : { state: 'deferred', dueAt };
  return { to, failed: true, suppress: false };
}

// 4xx: configuration or reputation, which a person mends while the lane waits. 5xx: this letter, twice refused, is over.
function policy(code: number, failures: number, now: number): Settled {
  if (code < 500) return plain(back(failures, now + BACK_MS));
  if (failures > 0) return { to: { state: 'bounced' }, failed: true, suppress: false };
  return { to: { state: 'deferred', dueAt: now + POLICY_CHANCE_MS }, failed: true, suppress: false };
}
