import type { Closing, SimRefusal } from './refusal.ts';

/** The words of the dialogue: what a session hears, and what it says when nothing is refused for pace. */

/** What a command comes to; an empty line says nothing. */
export type SimAnswer = { readonly line: string; readonly delayMs: number; readonly closing: Closing };

export const answer = (line: string, delayMs = 0, closing: Closing = 'stay'): SimAnswer => ({ line, delayMs, closing });

export const refused = ({ code, text, closing }: SimRefusal, delayMs: number): SimAnswer =>
  answer(code === 0 ? '' : `${code} ${text}`, delayMs, closing);

/** RFC 5321 4.2.1: every line but the last has a dash. */
export const severalLines = (lines: readonly string[]): SimAnswer =>
  answer(lines.map((line, index) => `250${index < lines.length - 1 ? '-' : ' '}${line}`).join('\r\n'));

export const BAD_SEQUENCE = answer('503 5.5.1 Bad sequence of commands');
export const BAD_SYNTAX = answer('501 5.5.4 Syntax error in parameters');
export const UNKNOWN = answer('502 5.5.1 Command not implemented');
export const OK = answer('250 2.0.0 Ok');
export const VERIFY = answer('252 2.1.5 Send some mail and see');
export const BYE = answer('221 2.0.0 Bye', 0, 'after');

const MAIL = /^MAIL FROM: ?<([^<>]*)>(?: (.*))?$/i;
const RCPT = /^RCPT TO: ?<([^<>\s]+)>(?: .*)?$/i;
const SIZE = /(?:^| )SIZE=(\d{1,15})(?: |$)/i;

/** Sender and announced size in bytes (RFC 1870), 0 without one. */
export function parseMail(line: string): { readonly from: string; readonly size: number } | null {
  const found = MAIL.exec(line);
  return found && { from: found[1]!, size: Number((found[2] && SIZE.exec(found[2])?.[1]) ?? 0) };
}

export const parseRcpt = (line: string): string | null => RCPT.exec(line)?.[1] ?? null;
