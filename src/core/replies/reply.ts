/** An SMTP reply (RFC 5321 4.2) and where in the dialogue it came. */

export type Reply = {
  /** 0: the server said nothing. */
  readonly code: number;
  /** Enhanced status code, RFC 3463. */
  readonly enhanced: string | null;
  readonly text: string;
};

/** The command that was answered; `lookup` is finding the domain's hosts, `connect` TCP and TLS before the greeting, `dot` the end of DATA. */
export const STAGES = [
  'lookup',
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

/** The server has heard no recipient yet, so whatever it says or fails to say is about us, the session or itself. */
const BEFORE_RCPT: ReadonlySet<Stage> = new Set<Stage>(['greeting', 'ehlo', 'starttls', 'auth', 'mail']);
export const isBeforeRcpt = (stage: Stage): boolean => BEFORE_RCPT.has(stage);
