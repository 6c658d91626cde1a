import { readFile } from 'node:fs/promises';
import type { SimEvent } from '../../src/sim/event.ts';

/** What the server saw: the simulator's log, which is written by another process and knows nothing of the ledger. */

export async function simEvents(log: string): Promise<SimEvent[]> {
  const text = await readFile(log, 'utf8');
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as SimEvent);
}

export type Accepted = Extract<SimEvent, { event: 'accepted' }>;

export const acceptedIn = (events: readonly SimEvent[]): Accepted[] =>
  events.filter((event): event is Accepted => event.event === 'accepted');

/** Letters a second that the server accepted in [from, to), ms. */
export function rateBetween(accepted: readonly Accepted[], from: number, to: number): number {
  return (accepted.filter(({ at }) => at >= from && at < to).length * 1_000) / (to - from);
}
