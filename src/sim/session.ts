import type { Socket } from 'node:net';
import {
  answer,
  BAD_SEQUENCE,
  BAD_SYNTAX,
  BYE,
  OK,
  parseMail,
  parseRcpt,
  refused,
  type SimAnswer,
  severalLines,
  UNKNOWN,
  VERIFY,
} from './answers.ts';
import type { SimEvent, Unsigned } from './event.ts';
import type { Gate, Pass } from './gate.ts';
import { type LetterScan, startScan } from './letter-scan.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { SimProviderProfile } from './profile.ts';
import {
  DROPPED,
  IDLE_TOO_LONG,
  LINE_TOO_LONG,
  type RefusalStage,
  SESSION_FULL,
  SESSION_FULL_SILENT,
  type SimRefusal,
  TOO_LARGE,
} from './refusal.ts';
import { makeWire } from './wire.ts';

/** One SMTP session, RFC 5321 with PIPELINING, 8BITMIME, SIZE and ENHANCEDSTATUSCODES. */

export type SimLetter = {
  readonly provider: string;
  readonly from: string;
  readonly to: readonly string[];
  /** The whole letter without dot stuffing. */
  readonly raw: Buffer;
};

export type SessionDeps = {
  readonly profile: SimProviderProfile;
  readonly gate: Gate;
  readonly mailboxes: Mailboxes;
  readonly now: () => number;
  readonly connection: number;
  readonly emit: (event: Unsigned<SimEvent>) => void;
  /** Called for each MAIL command. */
  readonly mailSeen: () => void;
  readonly keepLetter: ((letter: SimLetter) => void) | null;
};

type Envelope = { readonly from: string; readonly to: string[] };

export function startSession(socket: Socket, deps: SessionDeps): void {
  const { profile, gate, mailboxes, now, emit } = deps;
  const { latencyMs } = profile;
  let admitted = false;
  let pass: Pass = { stage: 'mail', paid: false };
  let greeted = false;
  let envelope: Envelope | null = null;
  let scan: LetterScan | null = null;
  let letters = 0;

  function refuse(
    refusal: SimRefusal,
    stage: RefusalStage | null,
    delayMs: number,
    to: string | null = null,
  ): SimAnswer {
    const { code, text, why } = refusal;
    emit({ event: 'refused', stage, code, text, why, to });
    if (why === 'rate' || why === 'stray') pass = gate.newPass();
    else if (admitted && stage) pass = gate.charge(pass, now());
    return refused(refusal, delayMs);
  }

  /** Takes the letter's token if it pays at this stage; the refusal when there is none. */
  function pay(stage: RefusalStage, delayMs: number, to: string | null = null): SimAnswer | null {
    if (pass.paid || !paysAt(pass, stage)) return null;
    const refusal = gate.pay(now());
    if (refusal) return refuse(refusal, stage, delayMs, to);
    pass = { ...pass, paid: true };
    return null;
  }

  function open(): SimAnswer {
    const refusal = gate.enter(now());
    if (refusal) return refuse(refusal, 'greeting', latencyMs.greeting);
    admitted = true;
    pass = gate.newPass();
    const unpaid = pay('greeting', latencyMs.greeting);
    if (unpaid) return unpaid;
    emit({ event: 'greeting' });
    return answer(`220 mx.${profile.name} ESMTP Offpeak simulator`, latencyMs.greeting);
  }

  function hello(lines: readonly string[]): SimAnswer {
    const unpaid = pay('ehlo', 0);
    if (unpaid) return unpaid;
    greeted = true;
    envelope = null;
    return severalLines(lines);
  }

  function mail(line: string): SimAnswer {
    if (!greeted || envelope) return BAD_SEQUENCE;
    const command = parseMail(line);
    if (!command) return BAD_SYNTAX;
    gate.startClock(now());
    deps.mailSeen();
    const standing = sessionFull() ?? gate.standing(now()) ?? tooLarge(command.size);
    if (standing) return refuse(standing, 'mail', latencyMs.mail);
    const unpaid = pay('mail', latencyMs.mail);
    if (unpaid) return unpaid;
    envelope = { from: command.from, to: [] };
    return answer('250 2.1.0 Ok', latencyMs.mail);
  }

  function sessionFull(): SimRefusal | null {
    if (profile.maxMessagesPerConnection === null || letters < profile.maxMessagesPerConnection) return null;
    return profile.sessionEnd === 'reply' ? SESSION_FULL : SESSION_FULL_SILENT;
  }

  const tooLarge = (bytes: number): SimRefusal | null => (bytes > profile.maxBytes ? TOO_LARGE : null);

  function rcpt(line: string): SimAnswer {
    if (!envelope) return BAD_SEQUENCE;
    const to = parseRcpt(line);
    if (to === null) return BAD_SYNTAX;
    const unpaid = pay('rcpt', latencyMs.rcpt, to);
    if (unpaid) return unpaid;
    const refusal = mailboxes.lookUp(to, now());
    if (refusal) return refuse(refusal, 'rcpt', latencyMs.rcpt, to);
    envelope.to.push(to);
    return answer('250 2.1.5 Ok', latencyMs.rcpt);
  }

  function data(): SimAnswer {
    if (!envelope?.to.length) return BAD_SEQUENCE;
    const unpaid = pay('data', latencyMs.data, envelope.to[0]);
    if (unpaid) return unpaid;
    scan = startScan(deps.keepLetter !== null);
    return answer('354 End data with <CR><LF>.<CR><LF>', latencyMs.data);
  }

  function dot(letter: LetterScan, { from, to }: Envelope): SimAnswer {
    const large = tooLarge(letter.bytes());
    if (large) return refuse(large, 'dot', latencyMs.accept, to[0]);
    const unpaid = pay('dot', latencyMs.accept, to[0]);
    if (unpaid) return unpaid;
    const dropped = gate.drops();
    if (dropped && !profile.dropAfterDot?.accepts) return refuse(DROPPED, 'dot', 0, to[0]);
    pass = gate.newPass();
    letters++;
    const seen = { from, messageId: letter.messageId(), bytes: letter.bytes(), answered: !dropped };
    for (const recipient of to) emit({ event: 'accepted', to: recipient, ...seen });
    deps.keepLetter?.({ provider: profile.name, from, to, raw: letter.raw() });
    if (dropped) return answer('', 0, 'silent');
    return answer(`250 2.0.0 Ok: queued as ${deps.connection}-${letters}`, latencyMs.accept);
  }

  function reset(): SimAnswer {
    envelope = null;
    return OK;
  }

  const name = `mx.${profile.name}`;
  const features = [name, 'PIPELINING', `SIZE ${profile.maxBytes}`, '8BITMIME', 'ENHANCEDSTATUSCODES'];
  const commands: Readonly<Record<string, (line: string) => SimAnswer>> = {
    EHLO: () => hello(features),
    HELO: () => hello([name]),
    MAIL: mail,
    RCPT: rcpt,
    DATA: data,
    RSET: reset,
    NOOP: () => OK,
    VRFY: () => VERIFY,
    QUIT: () => BYE,
  };

  const wire = makeWire(socket, {
    idleMs: profile.idleSeconds * 1000,
    line(line) {
      const command = commands[line.slice(0, 4).toUpperCase()];
      const known = command && (line.length === 4 || line[4] === ' ');
      deliver(known ? command(line) : UNKNOWN);
    },
    body(chunk) {
      if (!scan || !envelope) return null;
      const used = scan.take(chunk);
      if (used === -1) return chunk.length;
      const ended = { scan, envelope };
      scan = null;
      envelope = null;
      deliver(dot(ended.scan, ended.envelope));
      return used;
    },
    tooLong: () => deliver(refuse(LINE_TOO_LONG, null, 0)),
    idle: () => deliver(refuse(IDLE_TOO_LONG, null, 0)),
    closed(by) {
      if (admitted) gate.done();
      if (pass.paid) gate.giveBack();
      emit({ event: 'closed', by, letters });
    },
  });

  function deliver({ line, delayMs, closing }: SimAnswer): void {
    if (line) wire.answer(`${line}\r\n`, delayMs);
    if (closing !== 'stay') wire.end(closing);
  }

  deliver(open());
}

/** A letter after the session's first has no greeting or EHLO of its own, so it pays at MAIL. */
function paysAt(pass: Pass, stage: RefusalStage): boolean {
  if (pass.stage === stage) return true;
  return stage === 'mail' && (pass.stage === 'greeting' || pass.stage === 'ehlo');
}
