import type { Mailer } from '../../app/lanes/ports.ts';
import type { Log } from '../../app/ports.ts';
import type { ResolveMx } from '../../app/providers/ports.ts';
import type { Timers } from '../../core/life-cycle.ts';
import { type Deadlines, makeTicker, tickFor } from './deadlines.ts';
import { mxLocation, relayLocation, type TlsPolicy, type TlsWish } from './locate.ts';
import { makePool } from './pool.ts';

export type MailerOptions = {
  readonly deadlines: Deadlines;
  /** Our name in EHLO; should resolve to the sending address. Null: the address literal of each connection (RFC 5321 4.1.1.1). */
  readonly ehloName: string | null;
  readonly log: Log;
  readonly timers: Timers;
  readonly resolveMx: ResolveMx;
  readonly tls?: TlsPolicy | undefined;
  /** Where the MX hosts of direct routes listen; 25 but for tests. */
  readonly directPort?: number | undefined;
  /** Whether the MX hosts of direct routes may lie in a private network; not unless the operator says so. */
  readonly inwardMx?: boolean | undefined;
  readonly random?: (() => number) | undefined;
};

/** SMTP by nodemailer's connection class with session pools of our own; its own pool hides 421 replies and resends. */
export function makeMailer(options: MailerOptions): Mailer {
  const {
    deadlines,
    ehloName,
    log,
    timers,
    resolveMx,
    tls = {},
    directPort = 25,
    inwardMx = false,
    random = Math.random,
  } = options;
  const ticker = makeTicker(tickFor(deadlines));
  const direct = (wish: TlsWish) => mxLocation({ resolveMx, port: directPort, random, wish, tls, inward: inwardMx });
  return {
    pool(target, limits, wish = 'opportunistic') {
      const locate = target.kind === 'direct' ? direct(wish) : relayLocation(target, tls);
      return makePool({ locate, ehloName, deadlines, ticker, timers, log }, limits);
    },
  };
}
