import { systemClock } from '../../../src/adapters/clock.ts';
import { DEADLINES, type Deadlines } from '../../../src/adapters/smtp/deadlines.ts';
import type { TlsPolicy } from '../../../src/adapters/smtp/locate.ts';
import { type MailerOptions, makeMailer } from '../../../src/adapters/smtp/mailer.ts';
import type { Letter, Mailer, Mark, SendResult, SessionLimits, SessionPool } from '../../../src/app/lanes/ports.ts';
import type { Log } from '../../../src/app/ports.ts';
import { type Script, type Scripted, startScripted } from './scripted-smtp.ts';

/** A pool against a scripted server, both closed by `end`. */

export const quiet: Log = { info() {}, warn() {}, error() {}, with: () => quiet };
export const RAW = Buffer.from('Subject: hello\r\n\r\nA line.\r\n.A line that begins with a dot.\r\n');
export const YES: Mark = async () => true;
/** Long enough never to matter in a test. */
const PATIENT: Deadlines = { ...DEADLINES, quitMs: 20_000 };

export const letterTo = (to: string, raw: Buffer = RAW): Letter => ({
  envelopeFrom: 'bounce@sender.test',
  to,
  domain: to.slice(to.lastIndexOf('@') + 1),
  raw,
});

export type Rig = {
  readonly server: Scripted;
  readonly pool: SessionPool;
  send(to?: string, mark?: Mark, raw?: Buffer): Promise<SendResult>;
  end(): Promise<void>;
};

export type RigOptions = {
  readonly script?: Script;
  readonly pipelining?: boolean;
  readonly limits?: Partial<SessionLimits>;
  readonly deadlines?: Partial<Deadlines>;
  readonly auth?: { readonly user: string; readonly pass: string };
  readonly tls?: TlsPolicy;
};

/** A pool that works; whoever asks for it stops it. */
export async function startedPool(
  options: Omit<MailerOptions, 'timers' | 'log' | 'ehloName'> & Partial<Pick<MailerOptions, 'timers'>>,
  ...what: Parameters<Mailer['pool']>
): Promise<SessionPool> {
  const mailer = makeMailer({ timers: systemClock, ...options, ehloName: 'mail.sender.test', log: quiet });
  const pool = mailer.pool(...what);
  await pool.start();
  return pool;
}

export async function rig(options: RigOptions = {}): Promise<Rig> {
  const server = await startScripted(options.script, options.pipelining);
  const target = {
    kind: 'relay',
    host: '127.0.0.1',
    port: server.port,
    secure: false,
    auth: options.auth ?? null,
  } as const;
  const pool = await startedPool(
    {
      deadlines: { ...PATIENT, ...options.deadlines },
      resolveMx: async () => ({ kind: 'failed', detail: 'not used' }),
      tls: options.tls,
    },
    target,
    { connections: 1, messagesPerConnection: 100, ...options.limits },
  );
  return {
    server,
    pool,
    send: (to = 'ann@example.com', mark = YES, raw = RAW) => pool.send(letterTo(to, raw), mark),
    async end() {
      await pool.stop(0);
      await server.close();
    },
  };
}
