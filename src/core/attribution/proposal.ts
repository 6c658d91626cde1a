import { isBeforeRcpt, type Stage } from '../replies/reply.ts';
import type { Meaning, Verdict } from '../replies/verdict.ts';

/** What the words of an answer propose, at the stage where it came. What happens around it disposes: see weigh.ts. */

export type Answer = {
  readonly outcome: 'accepted' | 'refused' | 'unreached' | 'unknown';
  readonly stage: Stage;
  /** Of the reply, 0 without one. */
  readonly code: number;
  /** Null only for a letter that was accepted. */
  readonly verdict: Verdict | null;
  /** The ledger's name of the recipient, and the domain. */
  readonly recipient: string;
  readonly domain: string;
  /** The recipient had a failure of its own before, so that another one says nothing new about anybody else. */
  readonly isRetry: boolean;
  /** It was the one letter that tries after a pause of the rate loop, so nobody else can have been heard. */
  readonly isSingle: boolean;
  /** Sessions established at that moment. */
  readonly sessions: number;
};

/**
 * `recipient`: this address, domain or letter. `sender`: us, for what we are or how we are set up. `pace`: too fast.
 * `sessions`: one session too many, or too old. `away`: nobody serves there. `cut`: ended without a word.
 */
export type Proposal = 'accepted' | 'recipient' | 'sender' | 'pace' | 'sessions' | 'away' | 'cut' | 'nothing';

const AWAY: ReadonlySet<Meaning> = new Set<Meaning>(['maintenance', 'unreachable', 'connection_lost', 'dns_trouble']);

export function proposalOf(answer: Answer): Proposal {
  const { outcome, stage, verdict } = answer;
  if (outcome === 'accepted') return 'accepted';
  if (outcome === 'unknown' || verdict === null) return 'nothing';
  if (stage === 'mail') return atMail(answer, verdict);
  return isNamed(stage) ? afterMail(answer, verdict) : beforeMail(answer, verdict);
}

/** The server has heard whom the letter is for. */
export const isNamed = (stage: Stage): boolean => stage !== 'connect' && !isBeforeRcpt(stage);

/** MAIL announces how large the letter is (RFC 1870 6.1): refused for that, it is the letter, not we. */
export const isSize = ({ stage, code }: Answer): boolean => stage === 'mail' && code === 552;

/** A refused log-in that never worked will be refused each time, and each counts against the account; a bad certificate stays bad. */
export const isSure = ({ code, verdict }: Answer): boolean =>
  (verdict?.meaning === 'auth_login' && code >= 500) || verdict?.meaning === 'config_tls';

/** Nobody has been named, and no letter: the host, our sessions, our pace or we. */
function beforeMail({ stage, code, sessions }: Answer, verdict: Verdict): Proposal {
  const { reaction, meaning } = verdict;
  // While some of our sessions work, a further one that does not is one too many, whatever it was told but our rate.
  if (sessions > 0 && !isAboutPace(verdict)) return code > 0 ? 'sessions' : 'nothing';
  if (AWAY.has(meaning)) return 'away';
  if (stage === 'auth') return code >= 500 && reaction !== 'fewer_connections' ? 'sender' : 'away';
  switch (reaction) {
    case 'lower_rate':
    case 'fewer_connections':
    case 'fewer_messages_per_connection':
      return 'pace';
    case 'pause_provider':
      return isAboutPace(verdict) ? 'pace' : 'away';
    case 'reconnect':
      return 'away';
    case 'stop_and_alert':
      return 'sender';
    default:
      return code >= 500 ? 'sender' : 'away';
  }
}

/** The sender has been named, and the letter's size (RFC 1870 6.1). */
function atMail({ code }: Answer, verdict: Verdict): Proposal {
  switch (verdict.reaction) {
    case 'fewer_connections':
    case 'fewer_messages_per_connection':
    case 'reconnect':
      return 'sessions';
    case 'pause_provider':
      return AWAY.has(verdict.meaning) ? 'away' : 'pace';
    case 'stop_and_alert':
      return 'sender';
    default:
      if (code === 0) return 'cut';
      return code >= 500 ? 'sender' : 'pace';
  }
}

function afterMail({ code }: Answer, verdict: Verdict): Proposal {
  if (code === 0 && verdict.meaning === 'connection_lost') return 'cut';
  switch (verdict.reaction) {
    case 'lower_rate':
      return 'pace';
    case 'pause_provider':
      return AWAY.has(verdict.meaning) ? 'away' : 'pace';
    case 'fewer_connections':
    case 'fewer_messages_per_connection':
    case 'reconnect':
      return 'sessions';
    case 'stop_and_alert':
      return 'sender';
    case 'hold_do_not_resend':
      return 'nothing';
    default:
      return 'recipient';
  }
}

const isAboutPace = ({ meaning }: Verdict) => meaning.startsWith('rate_limit') || meaning === 'account_quota';
