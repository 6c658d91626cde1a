import { type HttpRefusal, refusal } from './answer.ts';
import type { Server } from './endpoint.ts';

/** Nobody should wait half a minute to hear that the database does not answer. */

/** After so long we ask whether the database is there at all, ms. */
const PATIENCE_MS = 3_500;
/** A database that takes longer than this to say so is not. */
const PING_MS = 1_000;

const away = (): HttpRefusal =>
  refusal(
    'database.away',
    'The database does not answer, so nobody knows whether the request has had an effect. Try again soon.',
    {},
    { 'retry-after': '5' },
  );

/** `late` when it takes longer. */
export function within<T>(ms: number, work: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Whether the database takes a write and gives it back, soon. */
export async function isThere({ ping }: Pick<Server, 'ping'>): Promise<boolean> {
  const answer = await within(
    PING_MS,
    ping().then(
      () => 'ok',
      () => 'late',
    ),
  );
  return answer === 'ok';
}

/** What takes long because it is much may take long; what takes long because the database is gone does not. */
export async function orAway<T>(server: Pick<Server, 'ping'>, work: Promise<T>): Promise<T | HttpRefusal> {
  for (;;) {
    const result = await within(PATIENCE_MS, work);
    if (result !== 'late') return result;
    if (await isThere(server)) continue;
    // Whatever becomes of it, nobody waits for it any more.
    work.catch(() => undefined);
    return away();
  }
}
