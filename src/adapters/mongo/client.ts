import { type Db, MongoBulkWriteError, MongoClient, MongoServerError, ObjectId } from 'mongodb';
import type { Clock } from '../../app/ports.ts';

export type Connection = { readonly db: Db; readonly ping: () => Promise<void>; readonly close: () => Promise<void> };

/**
 * Connects and proves it with a write that is read back; throws when the server can't be reached in time.
 * Every write is acknowledged by the majority and journaled: a 2xx of the API means durable.
 */
export async function connect(uri: string, dbName?: string): Promise<Connection> {
  const client = new MongoClient(uri, {
    appName: 'offpeak',
    retryWrites: true,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    serverSelectionTimeoutMS: 5_000,
    socketTimeoutMS: 30_000,
    maxPoolSize: 20,
  });
  await client.connect();
  const db = client.db(dbName);
  /** A database that is full or has panicked still answers a mere ping. */
  const ping = async () => {
    const at = new ObjectId();
    const health = db.collection<{ _id: string; at: ObjectId }>('health');
    const read = await upserted(() =>
      health.findOneAndUpdate({ _id: 'ping' }, { $set: { at } }, { upsert: true, returnDocument: 'after' }),
    );
    if (!read?.at.equals(at)) throw new Error('the database does not give back what it took');
  };
  await ping().catch(async (error: unknown) => {
    await client.close();
    throw error;
  });
  return { db, ping, close: () => client.close() };
}

/** Ids sort by age, by the clock given, so an id is also a cursor. */
export const makeNewId = (clock: Clock) => (): string =>
  Buffer.from(ObjectId.generate(Math.floor(clock.now() / 1_000))).toString('hex');

/** True when every fault of a write was a duplicate key (E11000). */
export const isDuplicateKey = (error: unknown): boolean => {
  if (!(error instanceof MongoServerError)) return false;
  if (!(error instanceof MongoBulkWriteError)) return error.code === 11_000;
  const faults = [error.writeErrors].flat();
  return faults.length > 0 && faults.every((fault) => fault.code === 11_000);
};

/** Of several who upsert the same new document at once all but one may collide (MongoDB manual); the second time it is there. */
export const upserted = <T>(write: () => Promise<T>): Promise<T> =>
  write().catch((error: unknown) => (isDuplicateKey(error) ? write() : Promise.reject(error)));

/** An instant on the server's clock, for update pipelines: leases must not depend on the clock of a worker. */
export const inMs = (ms: number) => ({ $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: ms } });
