/** An SMTP reply (RFC 5321 4.2) and where in the dialogue it came. */

export type Reply = {
  /** 0: the server said nothing. */
  readonly code: number;
  /** Enhanced status code, RFC 3463. */
  readonly enhanced: string | null;
  readonly text: string;
};

/** The command that was answered; `connect` is TCP and TLS before the greeting, `dot` the end of DATA. */
export const STAGES = [
  'connect',
  'greeting',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'body',
  'dot',
] as const;
export type Stage = (typeof STAGES)[number];
