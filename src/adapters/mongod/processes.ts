import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Other processes of this machine: whether they live, and whether they are still the ones we knew. */

/** `started` is the kernel's start time of the process, null where there is no /proc. */
export type ProcessMark = { readonly pid: number; readonly started: string | null };

function fromProc(pid: number, file: 'stat' | 'cmdline'): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // No such process, or no /proc on this system: both mean that there is nothing to read.
    return null;
  }
}

/** Fields of /proc/<pid>/stat after the name, which may itself hold spaces and brackets (proc(5)). */
const statOf = (pid: number) =>
  fromProc(pid, 'stat')
    ?.replace(/^.*\) /s, '')
    .split(' ') ?? null;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // Nobody may have collected it yet.
  return statOf(pid)?.[0] !== 'Z';
}

export const markOf = (pid: number): ProcessMark => ({ pid, started: statOf(pid)?.[19] ?? null });

/** Pids are used again, so a living process counts only when it began when ours did. */
export function isSameProcess(mark: ProcessMark): boolean {
  return isAlive(mark.pid) && (mark.started === null || markOf(mark.pid).started === mark.started);
}

/** Whether the process runs with this text in its arguments; true where that cannot be told. */
export function runsWith(pid: number, text: string): boolean {
  return isAlive(pid) && (fromProc(pid, 'cmdline')?.includes(text) ?? true);
}

/** Polls until the condition holds; false when it still does not after `withinMs`. */
export async function until(holds: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It was faster.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
