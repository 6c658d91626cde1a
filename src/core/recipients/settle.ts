import type { Fate } from '../attribution/doubts.ts';
import type { Finding } from '../attribution/finding.ts';
import { isBeforeRcpt, type Stage } from '../replies/reply.ts';
import { isAboutRecipient, type Verdict } from '../replies/verdict.ts';
import { type RetryPolicy, retryAt } from './retry.ts';

/** What an attempt makes of its recipient, once it is known whose fault it is. Pure; the ledger writes it down. DESIGN: Decisions 5 and 13. */

export type SettledState =
  | { readonly state: 'sent' | 'bounced' | 'expired' | 'uncertain' }
  /** As it was before the attempt, put off, or after one more failure. */
  | { readonly state: 'pending' | 'deferred'; readonly dueAt: number };

export type Settled = { readonly to: SettledState; readonly failed: boolean; readonly suppress: boolean };

export type Circumstance = {
  readonly outcome: 'accepted' | 'refused' | 'unreached' | 'unknown' | 'withdrawn';
  readonly stage: Stage;
  readonly code: number;
  readonly failures: number;
  readonly onUncertain: 'hold' | 'resend';
  readonly finding: Pick<Finding, 'blame' | 'backMs' | 'againMs'>;
  /** What became of a doubt about it; null where there was none. */
  readonly fate: Fate | null;
};

/** A letter refused for what it says, or for who sends it, gets one more chance this much later. */
const POLICY_CHANCE_MS = 5 * 60_000;
/** Where nobody else was heard, so many failures of its own end a recipient whom the words alone do not end. */
const UNPROVEN_FAILURES = 3;

export function settle(
  circumstance: Circumstance,
  verdict: Verdict | null,
  now: number,
  random: number,
  retry: RetryPolicy,
): Settled {
  const { outcome, failures, onUncertain, finding, fate } = circumstance;
  if (outcome === 'accepted') return plain({ state: 'sent' });
  if (outcome === 'withdrawn' || verdict === null) return plain(back(failures, now));
  if (outcome === 'unknown') {
    return onUncertain === 'hold' ? plain({ state: 'uncertain' }) : again(failures, now, random, retry, 0);
  }
  if (fate === 'wall') return plain(putOff(circumstance, now));
  if (finding.blame !== 'recipient') return plain(putOff(circumstance, now + finding.backMs));
  if (finding.againMs !== null) return { ...plain({ state: 'deferred', dueAt: now + finding.againMs }), failed: true };
  return byWords(circumstance, verdict, now, random, retry);
}

function byWords(
  { stage, code, failures, fate }: Circumstance,
  verdict: Verdict,
  now: number,
  random: number,
  retry: RetryPolicy,
): Settled {
  // What proposed another's fault and stuck to this recipient climbs its ladder; so does what is only put off.
  const pauseSeconds = isAboutRecipient(verdict.reaction) ? verdict.pauseSeconds : 0;
  switch (verdict.reaction) {
    case 'suppress_recipient':
      return { to: { state: 'bounced' }, failed: true, suppress: true };
    case 'bounce_recipient':
      // There is no such domain, and nobody who could change his mind.
      if (stage === 'lookup') return BOUNCED;
      return policy(failures, fate, now, random, retry);
    case 'stop_and_alert':
      return code >= 500 ? policy(failures, fate, now, random, retry) : again(failures, now, random, retry, 0);
    case 'hold_do_not_resend':
      return plain({ state: 'uncertain' });
    default:
      return again(failures, now, random, retry, pauseSeconds);
  }
}

/** As if nothing had been tried: `deferred` is who failed before. */
export const back = (failures: number, dueAt: number): SettledState => ({
  state: failures > 0 ? 'deferred' : 'pending',
  dueAt,
});

/** Nobody's failure: the row stays as it was until the server has heard whom the letter is for; then it is put off. */
const putOff = ({ stage, failures }: Circumstance, dueAt: number): SettledState =>
  stage === 'connect' || isBeforeRcpt(stage) ? back(failures, dueAt) : { state: 'deferred', dueAt };

const plain = (to: SettledState): Settled => ({ to, failed: false, suppress: false });
const BOUNCED: Settled = { to: { state: 'bounced' }, failed: true, suppress: false };

function again(failures: number, now: number, random: number, retry: RetryPolicy, pauseSeconds: number): Settled {
  const dueAt = retryAt(failures, now, random, retry, pauseSeconds);
  const to: SettledState = dueAt === null ? { state: 'expired' } : { state: 'deferred', dueAt };
  return { to, failed: true, suppress: false };
}

/** 5xx against the letter or its sender: twice refused, it is over. */
function policy(failures: number, fate: Fate | null, now: number, random: number, retry: RetryPolicy): Settled {
  if (failures === 0)
    return { to: { state: 'deferred', dueAt: now + POLICY_CHANCE_MS }, failed: true, suppress: false };
  if (fate === 'unproven' && failures < UNPROVEN_FAILURES) return again(failures, now, random, retry, 0);
  return BOUNCED;
}
