import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Keeps memory flat during long work that makes much garbage. Left to itself V8 lets the heap grow to a multiple of what
 * lives in it before it collects, which saves CPU and looks like a leak. Node itself has no way to say so.
 */

const LEAN = ['--heap-growing-percent=20', '--semi-space-growth-factor=1'];
const USUAL = ['--heap-growing-percent=0', '--semi-space-growth-factor=2'];

let running = 0;

export async function inLeanHeap<T>(work: () => Promise<T>): Promise<T> {
  if (running === 0) {
    set(LEAN);
    collect();
  }
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    if (running === 0) set(USUAL);
  }
}

const set = (flags: readonly string[]): void => flags.forEach((flag) => void setFlagsFromString(flag));

/** V8 works out how far the heap may grow when it has collected, so only then the flags take hold. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  gc();
}
