import { createServer, type Server, type Socket } from 'node:net';
import { makeLifeCycle, type Timers } from '../core/life-cycle.ts';
import type { SimEvent } from './event.ts';
import { makeSimGate } from './gate.ts';
import { makeMailboxes } from './mailboxes.ts';
import type { SimProviderProfile } from './profile.ts';
import { type SimLetter, startSession } from './session.ts';
import { makeTally, type SimTally } from './tally.ts';

/** One provider on its port. A stop cuts every session. */

export type Provider = ReturnType<typeof makeProvider>;

export type ProviderDeps = {
  readonly seed: number;
  readonly now: () => number;
  readonly emit: (event: SimEvent) => void;
  /** The tally over all providers. */
  readonly total: SimTally;
  readonly keepLetter: ((letter: SimLetter) => void) | null;
  readonly timers: Timers;
};

export function makeProvider(
  profile: SimProviderProfile,
  { seed, now, emit, total, keepLetter, timers }: ProviderDeps,
) {
  const gate = makeSimGate(profile, seed);
  const mailboxes = makeMailboxes(profile, seed);
  const tally = makeTally();
  const accepted: { readonly to: string; readonly messageId: string }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let open = 0;

  function record(event: SimEvent): void {
    tally.record(event);
    total.record(event);
    if (event.event === 'accepted') accepted.push({ to: event.to, messageId: event.messageId });
    if (event.event === 'closed') open--;
    emit(event);
  }

  function mailSeen(): void {
    tally.mail(now());
    total.mail(now());
  }

  function connect(socket: Socket): void {
    const connection = ++connections;
    open++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    record({ event: 'connect', at: now(), provider: profile.name, connection, open });
    startSession(socket, {
      profile,
      gate,
      mailboxes,
      now,
      connection,
      emit: (event) => record({ ...event, at: now(), provider: profile.name, connection } as SimEvent),
      mailSeen,
      keepLetter,
    });
  }

  let server: Server | null = null;
  let port: number | null = null;

  const cycle = makeLifeCycle(timers, {
    async begin() {
      const next = createServer({ allowHalfOpen: true }, connect);
      port = await listen(next, profile.port, profile.host);
      server = next;
    },
    async end() {
      const closed = new Promise<void>((done) => server!.close(() => done()));
      // Each session's last event comes with the end of its socket, which the server's own end does not wait for.
      const cut = [...sockets].map(
        (socket) => new Promise<void>((done) => socket.once('close', () => done()).destroy()),
      );
      await Promise.all([closed, ...cut]);
      server = null;
      port = null;
    },
  });

  return {
    ...cycle,
    name: profile.name,
    gate,
    tally,
    /** In the order of acceptance. */
    accepted: accepted as readonly { readonly to: string; readonly messageId: string }[],
    /** Null while stopped. */
    port: () => port,
  };
}

/** The port; rejects when it can't be had. */
function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 511 }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
