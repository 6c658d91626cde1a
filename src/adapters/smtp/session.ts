import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Letter, Mark, SendResult } from '../../app/lanes/ports.ts';
import { gatedBody, release } from './body.ts';
import { addressLiteral, type Host, makeConnection, onceShut } from './connection.ts';
import type { Deadlines, Ticker, Timed } from './deadlines.ts';
import { begin, hearUnread, listen, stageOf, startDialogue } from './dialogue.ts';
import { heldToTls } from './locate.ts';
import { type AttemptOutcome, isInStep, judgeLetter, judgeSetup, needsReset } from './outcome.ts';
import { makeRedactor } from './redact.ts';

/** One SMTP session: greeting to AUTH, letters one after another, QUIT. Each letter is attempted once and reported once. */

export type SessionEvents = {
  /** Established; exactly one of `ready` and `failed` comes. */
  ready(session: Session): void;
  failed(ending: AttemptOutcome): void;
  /** In step and without a letter: after a letter, or once RSET was answered. */
  free(session: Session): void;
  /** After `ready`, once, when it is over. */
  closed(session: Session): void;
};

export type Session = {
  /** Letters attempted so far. */
  carried(): number;
  /** Free, and the server has not closed its side. */
  usable(): boolean;
  /** One letter at a time, only while free. `done` is called once. */
  send(letter: Letter, mark: Mark, done: (result: SendResult) => void): void;
  /** Ends a free session politely. */
  quit(): void;
  /** Ends it at once; a letter under way is judged by what is known. */
  cut(): void;
};

/** Whose certificate it was and how long it holds, when there is one to look at. */
function ofCertificate(socket: unknown): string {
  const cert = socket instanceof TLSSocket ? socket.getPeerCertificate() : null;
  if (!cert?.valid_to) return '';
  return ` (certificate of ${cert.subject?.CN ?? 'nobody'}, valid from ${cert.valid_from} to ${cert.valid_to})`;
}

type State = 'opening' | 'free' | 'busy' | 'resetting' | 'leaving' | 'gone';

type UnderWay = {
  readonly startedAt: number;
  readonly began: number;
  readonly done: (result: SendResult) => void;
  bodyEnded: boolean;
  mark: 'unasked' | 'asked' | 'given';
  /** Set when the session failed while the mark was being written: reported once that is over. */
  parked: AttemptOutcome | null;
};

export type SessionSetup = {
  readonly host: Host;
  readonly ehloName: string | null;
  readonly deadlines: Deadlines;
  readonly ticker: Ticker;
  /** Time of day, ms. */
  readonly now: () => number;
};

export function openSession({ host, ehloName, deadlines, ticker, now }: SessionSetup, events: SessionEvents): Session {
  const dialogue = startDialogue();
  const redacted = makeRedactor(host.auth);
  const connection = makeConnection(host, ehloName);
  const timed: Timed = { dueAt: ticker.now() + deadlines.connectMs, onDue };
  const allow = (ms: number) => {
    timed.dueAt = ticker.now() + ms;
  };
  let state: State = 'opening';
  let carried = 0;
  let current: UnderWay | null = null;
  let lastError: Error | null = null;

  const session: Session = { carried: () => carried, usable: () => state === 'free' && alive(), send, quit, cut };

  listen(connection, dialogue, () => {
    if (ehloName === null) connection.name = addressLiteral(connection._socket as Socket);
    allow(deadlines.commandMs);
  });
  connection.on('error', (error: Error) => {
    lastError = error;
    fail(error.message + ofCertificate(connection._socket));
  });
  connection.once('end', onEnd);
  ticker.watch(timed);
  connection.connect((error) => (error ? fail(error.message) : logIn()));
  return session;

  function alive(): boolean {
    return !connection.destroyed && connection._socket !== false && connection._socket?.writable === true;
  }

  function logIn(): void {
    if (!host.auth) {
      becomeReady();
      return;
    }
    connection.login({ ...host.auth }, (error) => (error ? fail(error.message) : becomeReady()));
  }

  function becomeReady(): void {
    if (state !== 'opening') return;
    state = 'free';
    allow(deadlines.idleMs);
    events.ready(session);
  }

  function fail(detail: string): void {
    if (state !== 'opening') return;
    state = 'gone';
    ticker.forget(timed);
    hearUnread(connection, dialogue);
    const ending = redacted(heldToTls(host, judgeSetup(dialogue, detail)));
    connection.close();
    onceShut(connection, () => events.failed(ending));
  }

  function send(letter: Letter, mark: Mark, done: UnderWay['done']): void {
    const underWay: UnderWay = {
      startedAt: now(),
      began: ticker.now(),
      done,
      bodyEnded: false,
      mark: 'unasked',
      parked: null,
    };
    state = 'busy';
    carried += 1;
    current = underWay;
    begin(dialogue, letter.to);
    allow(deadlines.commandMs);
    const body = gatedBody((wire) => onGoAhead(underWay, mark, letter.raw, wire));
    const envelope = { from: letter.envelopeFrom, to: [letter.to], size: letter.raw.length };
    connection.send(envelope, body, (error) => finish(underWay, judge(underWay, error)));
  }

  /** The server said 354. */
  function onGoAhead(underWay: UnderWay, mark: Mark, raw: Buffer, wire: Duplex): void {
    if (underWay !== current) return;
    if (dialogue.refusal) {
      onGateShut(underWay, null);
      return;
    }
    allow(deadlines.bodyMs);
    underWay.mark = 'asked';
    mark().then(
      (given) =>
        given && underWay === current && !underWay.parked ? go(underWay, raw, wire) : onGateShut(underWay, null),
      (error: unknown) => onGateShut(underWay, error),
    );
  }

  function go(underWay: UnderWay, raw: Buffer, wire: Duplex): void {
    underWay.mark = 'given';
    release(raw, wire, connection._socket as Socket, () => {
      underWay.bodyEnded = true;
      if (underWay !== current) return;
      dialogue.resting = 'dot';
      allow(deadlines.dotMs);
    });
  }

  function onGateShut(underWay: UnderWay, why: unknown): void {
    if (underWay !== current) return;
    if (underWay.mark === 'asked') underWay.mark = 'unasked';
    if (underWay.parked) {
      deliver(underWay, underWay.parked);
      return;
    }
    if (dialogue.refusal) {
      finish(underWay, judge(underWay, new Error('reply out of step')));
      return;
    }
    const detail = why === null ? null : `mark: ${why instanceof Error ? why.message : String(why)}`;
    finish(underWay, { outcome: 'withdrawn', stage: stageOf(dialogue), reply: null, detail });
  }

  function judge({ mark, bodyEnded }: UnderWay, error: Error | null): AttemptOutcome {
    if (error) hearUnread(connection, dialogue);
    return judgeLetter({ dialogue, error, marked: mark === 'given', bodyEnded });
  }

  function finish(underWay: UnderWay, ending: AttemptOutcome): void {
    if (underWay !== current || underWay.parked) return;
    if (underWay.mark !== 'asked') {
      deliver(underWay, ending);
      return;
    }
    underWay.parked = ending;
    connection.close();
  }

  function deliver(underWay: UnderWay, ending: AttemptOutcome): void {
    current = null;
    const { startedAt, began, done } = underWay;
    const before = carried - 1;
    const tookMs = Math.round(ticker.now() - began);
    done({ ...redacted(ending), reused: before > 0, startedAt, tookMs, carried: before });
    if (isInStep(ending) && !underWay.parked && alive()) {
      if (needsReset(ending)) reset();
      else becomeFree();
      return;
    }
    connection.close();
    onGone();
  }

  function reset(): void {
    state = 'resetting';
    allow(deadlines.commandMs);
    connection.reset((error) => (error ? connection.close() : becomeFree()));
  }

  function becomeFree(): void {
    state = 'free';
    allow(deadlines.idleMs);
    events.free(session);
  }

  function quit(): void {
    if (state !== 'free') return;
    state = 'leaving';
    allow(deadlines.quitMs);
    connection.quit();
  }

  function cut(): void {
    if (state === 'opening') {
      fail('closed by us');
      return;
    }
    if (!current) {
      connection.close();
      return;
    }
    const ending = current.parked ?? judge(current, new Error('closed by us'));
    const ours = current.mark !== 'given' && ending.outcome === 'unreached';
    deliver(current, ours ? { ...ending, outcome: 'withdrawn' } : ending);
  }

  function onDue(): void {
    if (state === 'opening') {
      fail('no answer in time');
      return;
    }
    if (state === 'free') {
      quit();
      return;
    }
    if (!current) {
      connection.close();
      return;
    }
    const underWay = current;
    finish(underWay, judge(underWay, new Error('no answer in time')));
  }

  // nodemailer may end a connection without calling back, and if it calls back it does so before the microtask.
  function onEnd(): void {
    const underWay = current;
    if (!underWay && state !== 'opening') {
      onGone();
      return;
    }
    queueMicrotask(() => {
      const error = lastError ?? new Error('connection closed');
      if (underWay) finish(underWay, judge(underWay, error));
      else fail(error.message);
    });
  }

  function onGone(): void {
    if (state === 'gone') return;
    state = 'gone';
    ticker.forget(timed);
    onceShut(connection, () => events.closed(session));
  }
}
