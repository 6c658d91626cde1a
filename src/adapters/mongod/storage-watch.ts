import { MongoClient, MongoServerError, ObjectId } from 'mongodb';
import type { Timers } from '../../core/life-cycle.ts';

/** Sees whether a server that we run still stores: after a panic of its storage engine it lives on, and refuses everything. */

const EVERY_MS = 2_000;
const WITHIN_MS = 5_000;
/** So many refusals one after the other are no hiccup, such as an election. */
const REFUSALS = 4;

/**
 * Writes every two seconds; tells once, with the server's words, when it has refused four times in a row.
 * A server that does not answer at all is slow or stopped, and may come back: that is no refusal.
 */
export function watchStorage(port: number, timers: Timers, onRefusing: (why: string) => void): () => Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    appName: 'offpeak storage watch',
    maxPoolSize: 1,
    // The driver would put words of its own in place of the server's.
    retryWrites: false,
    serverSelectionTimeoutMS: WITHIN_MS,
    socketTimeoutMS: WITHIN_MS,
  });
  // Each server's own, and in no replica: a name that no program's data can have.
  const marks = client.db('local').collection<{ _id: string; at: ObjectId }>('offpeak.storage');
  let refusals = 0;
  let isOver = false;
  let cancel = timers.after(EVERY_MS, check);

  async function check(): Promise<void> {
    const write = marks.updateOne({ _id: 'mark' }, { $set: { at: new ObjectId() } }, { upsert: true });
    const refusal = await refusalOf(write);
    if (isOver) return;
    refusals = refusal === null ? 0 : refusals + 1;
    if (refusals === REFUSALS) onRefusing(refusal!);
    else cancel = timers.after(EVERY_MS, check);
  }

  return async () => {
    isOver = true;
    cancel();
    await client.close();
  };
}

/** What the server said against it; null when it took it, or said nothing. */
async function refusalOf(write: Promise<unknown>): Promise<string | null> {
  try {
    await write;
    return null;
  } catch (error) {
    return error instanceof MongoServerError ? error.message : null;
  }
}
