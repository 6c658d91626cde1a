import { connect, type Socket } from 'node:net';
import type { SimEvent } from '../../src/sim/event.ts';
import { parseProfile, type SimFault, type SimProfile, type SimProfileInput } from '../../src/sim/profile.ts';
import { makeSim, type Sim, type SimOptions } from '../../src/sim/server.ts';

/** A client that says exactly what it is told, and a simulator that is closed with its test. */

type ProviderInput = Partial<SimProfileInput['providers'][number]>;
type World = { readonly sim: Sim; readonly port: number; readonly events: SimEvent[] };

export function profileOf(provider: ProviderInput, rest: Omit<SimProfileInput, 'providers'> = {}): SimProfile {
  const parsed = parseProfile({ providers: [{ name: 'alpha', ...provider }], ...rest });
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value;
}

export async function withSim(
  profile: SimProfile,
  work: (world: World) => Promise<void>,
  options: Omit<SimOptions, 'log'> = {},
): Promise<void> {
  const events: SimEvent[] = [];
  const sim = makeSim(profile, { ...options, log: (event) => events.push(event) });
  await sim.start();
  try {
    await work({ sim, port: Object.values(sim.ports())[0]!, events });
  } finally {
    await sim.stop(0);
  }
}

/** The whole of a fault, for tests that expect one. */
export function faultOf(value: unknown): SimFault {
  const parsed = parseProfile(value);
  if (parsed.ok) throw new Error('the profile is valid');
  return parsed.error;
}

export type Client = {
  readonly socket: Socket;
  /** Writes and waits for so many replies (the last lines of them), or for the end of the session. */
  say(text: string, replies?: number): Promise<string[]>;
  /** Greeting and EHLO. */
  hello(): Promise<void>;
  /** One letter, one command at a time, until something is not 2xx or 3xx; answers the last reply. */
  send(to: string, options?: { messageId?: string; body?: string }): Promise<string>;
  /** Resolves once the session is over: how it ended. */
  over(): Promise<'end' | 'reset'>;
};

export async function client(port: number): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1' });
  let buffer = '';
  let ended: 'end' | 'reset' | null = null;
  let wake = () => {};
  const replies: string[] = [];

  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    buffer += text;
    const lines = buffer.split('\r\n');
    buffer = lines.pop()!;
    replies.push(...lines.filter((line) => line[3] !== '-'));
    wake();
  });
  socket.on('error', () => {
    ended = 'reset';
  });
  socket.on('end', () => {
    ended ??= 'end';
    wake();
  });
  socket.on('close', () => {
    ended ??= 'end';
    wake();
  });

  async function until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  async function say(text: string, count = 1): Promise<string[]> {
    if (text) socket.write(text, 'latin1');
    await until(() => replies.length >= count || ended !== null);
    return replies.splice(0, count);
  }

  async function send(to: string, { messageId = `<${to}>`, body = 'Hello\r\n' } = {}): Promise<string> {
    let last = '';
    const letter = `Message-ID: ${messageId}\r\nSubject: x\r\n\r\n${body}.\r\n`;
    for (const step of ['MAIL FROM:<news@example.com>\r\n', `RCPT TO:<${to}>\r\n`, 'DATA\r\n', letter]) {
      last = (await say(step))[0] ?? '';
      if (!/^[23]/.test(last)) break;
    }
    return last;
  }

  // A reset may come before the connection is noticed.
  socket.on('connect', () => wake());
  await until(() => !socket.connecting || ended !== null);
  return {
    socket,
    say,
    send,
    async hello() {
      await say('');
      await say('EHLO client.example\r\n');
    },
    async over() {
      await until(() => ended !== null);
      socket.destroy();
      return ended!;
    },
  };
}

/** A session that has said EHLO. */
export async function session(port: number): Promise<Client> {
  const one = await client(port);
  await one.hello();
  return one;
}

/** One letter in a session of its own, up to the first reply that is not 2xx or 3xx. */
export async function letter(port: number, to: string): Promise<string> {
  const one = await client(port);
  const greeting = (await one.say(''))[0] ?? '';
  const ehlo = greeting.startsWith('220') ? ((await one.say('EHLO x\r\n'))[0] ?? '') : greeting;
  const last = ehlo.startsWith('250') ? await one.send(to) : ehlo;
  one.socket.destroy();
  return last;
}

/** A clock that tests turn by hand; starts at a round number of ms. */
export function handClock() {
  let now = 1_000_000_000;
  return {
    now: () => now,
    pass(seconds: number) {
      now += seconds * 1000;
    },
  };
}
