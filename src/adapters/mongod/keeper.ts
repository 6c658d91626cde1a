import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { isAlive, signal, until } from './processes.ts';

/** Runs a server that ends with this program, however this program ends. */

/** Seconds between SIGTERM and SIGKILL. */
const PATIENCE = 10;

/**
 * Descriptor 3 is one end of a socket pair whose other end only we hold: it closes with us, even after SIGKILL, and then
 * the server goes too. Not stdin, for that is /dev/null in a background job of sh. The server must not inherit it.
 */
const KEEPER = `
umask 077
"$@" 3<&- &
server=$!
echo "$server" >&3
(
  read -r _ <&3
  kill -TERM "$server"
  left=${PATIENCE}
  while kill -0 "$server" && [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
  kill -KILL "$server"
) 2>/dev/null >/dev/null &
watcher=$!
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`;

export type Kept = {
  /** Of the server itself. */
  readonly pid: number;
  /** How the server ended, once it has. */
  ended(): string | null;
  onEnd(listener: (how: string) => void): void;
  /** Asks it to end, and kills it when it has not by then. */
  end(over: AbortSignal): Promise<void>;
};

/** Starts the program with its output appended to the log. Rejects when there is no `sh`. */
export async function keep(program: string, args: readonly string[], log: string): Promise<Kept> {
  const output = openSync(log, 'a');
  const child = spawn('sh', ['-c', KEEPER, 'keeper', program, ...args], {
    // A process group of its own: Ctrl-C is for us, and we stop the server last.
    detached: true,
    stdio: ['ignore', output, output, 'pipe'],
  });
  closeSync(output);
  const line = child.stdio[3] as Duplex;
  // A reset means that the keeper was killed; its exit says so too.
  line.on('error', () => {});

  let how: string | null = null;
  child.once('exit', (code, name) => {
    how = name ? `signal ${name}` : `exit code ${code}`;
    line.destroy();
  });
  const pid = await pidFrom(child, line);
  child.unref();
  (line as Duplex & { unref(): void }).unref();

  return {
    pid,
    ended: () => how,
    onEnd: (listener) => void (how ? listener(how) : child.once('exit', () => listener(how ?? 'unknown'))),
    async end(over) {
      line.destroy();
      const isOver = () => how !== null && !isAlive(pid);
      await until(() => isOver() || over.aborted, (PATIENCE + 2) * 1_000);
      if (isOver()) return;
      signal(pid, 'SIGKILL');
      await until(isOver, PATIENCE * 1_000);
    },
  };
}

function pidFrom(child: ChildProcess, line: Duplex): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the keeper ended before its server began, with code ${code}`)));
    line.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
}
