import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Stage } from '../../core/replies/reply.ts';

/**
 * Who answered what. nodemailer's errors name the wrong command or none (`CONN` for a pipelined 421 at RCPT), so the
 * stage is read from its transaction log, where every command and every reply passes in order, inside TLS too.
 */

export type DialogueRefusal = { readonly stage: Stage; readonly raw: string };

export type Dialogue = {
  /** Commands without a reply yet, oldest first; null is one whose reply concerns no letter. */
  readonly unanswered: (Stage | null)[];
  /** Where we are when no command is unanswered. */
  resting: Stage;
  /** The reply that decided against the letter, or against the session. */
  refusal: DialogueRefusal | null;
  /** The latest reply, as nodemailer joins its lines. */
  latest: string;
  /** Whether a command was written since `begin`. */
  spoke: boolean;
  /** The one address that RCPT may name. */
  recipient: string;
  /** Our own reason to stop, where the server gave none. */
  fault: string | null;
  /** Between AUTH and the first letter every line we write belongs to AUTH, whatever it looks like. */
  authenticating: boolean;
};

export function startDialogue(): Dialogue {
  return {
    unanswered: [],
    resting: 'connect',
    refusal: null,
    latest: '',
    spoke: false,
    recipient: '',
    fault: null,
    authenticating: false,
  };
}

/** A new letter on the session: what was said before no longer counts. */
export function begin(dialogue: Dialogue, recipient: string): void {
  dialogue.unanswered.length = 0;
  dialogue.resting = 'mail';
  dialogue.refusal = null;
  dialogue.latest = '';
  dialogue.spoke = false;
  dialogue.recipient = recipient;
  dialogue.authenticating = false;
}

/** The command we wait for, or the phase between commands. */
export const stageOf = (dialogue: Dialogue): Stage =>
  dialogue.unanswered.find((stage) => stage !== null) ?? dialogue.resting;

const STAGE_OF_VERB: Readonly<Record<string, Stage | null>> = {
  EHLO: 'ehlo',
  HELO: 'ehlo',
  STAR: 'starttls',
  AUTH: 'auth',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  '.': 'dot',
  RSET: null,
  QUIT: null,
};

function commandSent(dialogue: Dialogue, line: string): void {
  const stage = dialogue.authenticating ? 'auth' : STAGE_OF_VERB[line.slice(0, 4)];
  if (stage === 'auth') dialogue.authenticating = true;
  if (stage === 'rcpt' && line !== `RCPT TO:<${dialogue.recipient}>`)
    dialogue.fault = 'the recipient was changed on its way';
  dialogue.unanswered.push(stage ?? null);
  dialogue.spoke = true;
}

function replyCame(dialogue: Dialogue, raw: string): void {
  const asked = dialogue.unanswered.shift();
  if (asked === null) return; // RSET and QUIT: the letter before has its reply already
  const stage = asked ?? (dialogue.resting === 'connect' ? 'greeting' : dialogue.resting);
  dialogue.latest = raw;
  if (!isAsExpected(stage, raw)) {
    refuse(dialogue, stage, raw);
    return;
  }
  if (stage === 'data') dialogue.resting = 'body';
  else if (stage === 'greeting') dialogue.resting = 'ehlo';
  else if (stage === 'starttls') dialogue.resting = 'starttls'; // the handshake follows
}

// A 421 ends the session and speaks about our pace, so it outranks a refusal that came before it in the same breath.
function refuse(dialogue: Dialogue, stage: Stage, raw: string): void {
  if (dialogue.refusal && !raw.startsWith('421')) return;
  dialogue.refusal = { stage, raw };
}

// A 2xx where only 354 is right means that replies are out of step; one before our dot cannot mean this letter.
function isAsExpected(stage: Stage, raw: string): boolean {
  const first = raw.charCodeAt(0) - 48;
  if (stage === 'data') return first === 3;
  if (stage === 'auth') return first === 2 || first === 3;
  return first === 2 && stage !== 'body';
}

const silent = () => {};

/** Makes a connection report to the dialogue. `transactionLog: true` must be among its options. */
export function listen(connection: SMTPConnection, dialogue: Dialogue, greeted: () => void): void {
  const debug = (entry: { tnx?: string } | string, line?: string) => {
    if (typeof entry === 'string' || line === undefined) return;
    if (entry.tnx === 'client') {
      commandSent(dialogue, line);
      if (dialogue.fault) connection.close(); // the log comes before the write, so nobody else is named to the server
    }
    if (entry.tnx !== 'server') return;
    const first = dialogue.resting === 'greeting';
    replyCame(dialogue, line);
    if (first) greeted();
  };
  const info = (entry: { tnx?: string } | string) => {
    if (dialogue.resting === 'connect' && typeof entry !== 'string' && entry.tnx === 'network')
      dialogue.resting = 'greeting';
  };
  connection.logger = {
    trace: silent,
    debug,
    info,
    warn: silent,
    error: silent,
    fatal: silent,
  } as SMTPConnection['logger'];
}

/**
 * Replies that nodemailer had received but not yet looked at when the connection ended: it takes one per turn of the
 * event loop, so a 421 in the same segment as another reply and the FIN would be lost.
 */
export function hearUnread(connection: SMTPConnection, dialogue: Dialogue): void {
  const { _responseQueue: unread } = connection as unknown as { _responseQueue?: string[] };
  for (const raw of unread?.splice(0) ?? []) if (raw.trim()) replyCame(dialogue, raw);
}
