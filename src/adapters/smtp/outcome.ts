import type { SendResult } from '../../app/lanes/ports.ts';
import { parseReply } from '../../core/replies/parse.ts';
import type { Reply } from '../../core/replies/reply.ts';
import { type Dialogue, stageOf } from './dialogue.ts';

/** What an attempt came to. The evidence is the dialogue and our own body stream, never nodemailer's error codes. */

export type AttemptOutcome = Pick<SendResult, 'outcome' | 'stage' | 'reply' | 'detail'>;

export type AttemptEvidence = {
  readonly dialogue: Dialogue;
  /** nodemailer's complaint; null when it believes the letter accepted. */
  readonly error: Error | null;
  /** Whether `sending` became durable, so that a body may have left. */
  readonly marked: boolean;
  /** Whether the body was read to its end; before that the server cannot hold a whole letter. */
  readonly bodyEnded: boolean;
};

/** How the attempt of one letter ended. */
export function judgeLetter({ dialogue, error, marked, bodyEnded }: AttemptEvidence): AttemptOutcome {
  const refused = refusalOf(dialogue);
  if (refused) return refused;
  const latest = bodyEnded && !error ? parseReply(dialogue.latest) : null;
  if (latest && isPositive(latest)) return { outcome: 'accepted', stage: 'dot', reply: latest, detail: null };
  if (error && isTooLarge(error, dialogue)) return tooLarge(error);
  return unanswered(dialogue, marked && bodyEnded, error?.message ?? 'reply out of step');
}

/** Why a session did not come about; no letter can have left. */
export const judgeSetup = (dialogue: Dialogue, detail: string): AttemptOutcome =>
  refusalOf(dialogue) ?? unanswered(dialogue, false, detail);

function refusalOf(dialogue: Dialogue): AttemptOutcome | null {
  const { refusal } = dialogue;
  const reply = refusal && parseReply(refusal.raw);
  if (!refusal || !reply || !isNegative(reply)) return null;
  return { outcome: 'refused', stage: refusal.stage, reply, detail: null };
}

/** No reply that decides: nobody knows when the server may hold the whole letter (RFC 1047), else nothing was sent. */
function unanswered(dialogue: Dialogue, mayBeThere: boolean, detail: string): AttemptOutcome {
  const { refusal } = dialogue;
  const stage = refusal?.stage ?? stageOf(dialogue);
  const said = refusal ? `not the reply expected: ${refusal.raw.slice(0, 120)}` : (dialogue.fault ?? detail);
  return { outcome: mayBeThere ? 'unknown' : 'unreached', stage, reply: null, detail: said };
}

const isNegative = (reply: Reply): boolean => reply.code >= 400 && reply.code < 600;
const isPositive = (reply: Reply): boolean => reply.code >= 200 && reply.code < 300;

// nodemailer checks the SIZE of EHLO itself and says nothing to the server; the server would say 552 (RFC 1870 6.1).
const isTooLarge = (error: Error & { code?: string }, dialogue: Dialogue): boolean =>
  error.code === 'EMESSAGE' && !dialogue.spoke;

const tooLarge = ({ message }: Error): AttemptOutcome => ({
  outcome: 'refused',
  stage: 'mail',
  reply: { code: 552, enhanced: '5.3.4', text: message },
  detail: 'SIZE announced in EHLO',
});

/** Whether the session may carry on: only a definite refusal of this one letter leaves both sides in step. */
export const isInStep = ({ outcome, reply, stage }: AttemptOutcome): boolean =>
  outcome === 'accepted' || (outcome === 'refused' && reply?.code !== 421 && stage !== 'body');

/** After a refusal at RCPT or DATA a transaction is still open, and a second MAIL would be out of sequence. */
export const needsReset = ({ outcome, stage }: AttemptOutcome): boolean =>
  outcome === 'refused' && (stage === 'rcpt' || stage === 'data');
