import { readFileSync } from 'node:fs';

/** What a process has used, from the operating system's own books. */

const TICKS_PER_SECOND = 100;

export type Usage = { readonly cpuSeconds: number; readonly peakMb: number };

const kilobytes = (pid: number, name: string) =>
  Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

/** Memory it holds now, MB. */
export const residentMb = (pid: number): number => kilobytes(pid, 'VmRSS') / 1_024;

/** CPU since it began, and the most memory it ever held. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in the second field may contain anything, so fields are counted from its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return { cpuSeconds: (user + system) / TICKS_PER_SECOND, peakMb: kilobytes(pid, 'VmHWM') / 1_024 };
}
