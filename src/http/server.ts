import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LifeCycle, makeLifeCycle, onAbort, type Timers } from '../core/life-cycle.ts';

/** The app on a port. A stop lets requests under way finish for a moment; whoever holds a connection open longer is cut. */

export type HttpServer = LifeCycle & {
  /** Null while stopped. */
  baseUrl(): string | null;
  /** Whether a stop is under way, so that readiness says so. */
  isStopping(): boolean;
};

type Options = { readonly host: string; readonly port: number; readonly timers: Timers };

/** However long the grace is. */
const LONGEST_MS = 2_000;

/** `makeApp` is given the server, for an app that tells whether it is being stopped. Rejects when the port can't be had. */
export function makeHttpServer(
  makeApp: (server: Pick<HttpServer, 'isStopping'>) => RequestListener,
  { host, port, timers }: Options,
): HttpServer {
  let server: Server | null = null;
  let isStopping = false;

  const cycle = makeLifeCycle(timers, {
    async begin() {
      isStopping = false;
      const next = createServer(app);
      // Node would end every upload after five minutes, without a word; ours are watched, and so are other bodies.
      next.requestTimeout = 0;
      await new Promise<void>((resolve, reject) => {
        next.once('error', reject);
        next.listen(port, host, resolve);
      });
      server = next;
    },
    async end(over, left) {
      isStopping = true;
      const last = server!;
      const closed = new Promise<void>((resolve) => last.close(() => resolve()));
      last.closeIdleConnections();
      const cut = () => last.closeAllConnections();
      const cancel = timers.after(Math.min(left(), LONGEST_MS), cut);
      onAbort(over, cut);
      await closed;
      cancel();
      server = null;
    },
  });

  const self: HttpServer = {
    ...cycle,
    isStopping: () => isStopping,
    baseUrl() {
      if (!server) return null;
      const { port: listening } = server.address() as AddressInfo;
      return `http://${host.includes(':') ? `[${host}]` : host}:${listening}`;
    },
  };
  const app = makeApp(self);
  return self;
}
