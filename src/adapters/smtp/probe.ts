import type { Probe } from '../../app/doctor/ports.ts';
import type { Host } from './connection.ts';
import { DEADLINES, makeTicker, tickFor } from './deadlines.ts';
import { knock } from './knock.ts';
import { afterFailure, relayLocation, type TlsPolicy } from './locate.ts';
import { openSession } from './session.ts';

/** A person waits for the answer. */
const PATIENCE_MS = 15_000;

/** `ehloName`: our name in EHLO. */
export function makeProbe(ehloName: string | null, tls: TlsPolicy = {}): Probe {
  const deadlines = { ...DEADLINES, connectMs: PATIENCE_MS, commandMs: PATIENCE_MS };
  const ticker = makeTicker(tickFor(deadlines));
  /** As the pool does it: what could not be reached is followed by the next host, or by plain text. */
  function attempt([host, ...rest]: readonly Host[]): ReturnType<Probe['open']> {
    return new Promise((resolve) => {
      openSession(
        { host: host!, ehloName, deadlines, ticker, now: ticker.now },
        {
          ready(session) {
            session.quit();
            resolve(null);
          },
          failed(ending) {
            const next = afterFailure(host!, rest, ending, false);
            resolve(next.length > 0 ? attempt(next) : ending);
          },
          free() {},
          closed() {},
        },
      );
    });
  }

  return {
    greet: (target) => knock(target, { ehloName, ca: tls.ca, withinMs: PATIENCE_MS }),

    async open(relay) {
      const located = await relayLocation(relay, tls)('');
      if ('ending' in located) return located.ending;
      return attempt(located.hosts());
    },
  };
}
