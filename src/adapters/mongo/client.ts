import { type Db, MongoClient, ObjectId } from 'mongodb';

export type Connection = { readonly db: Db; readonly ping: () => Promise<void>; readonly close: () => Promise<void> };

/**
 * Connects and proves it with a ping; throws when the server can't be reached in time.
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
  const ping = async () => {
    await db.command({ ping: 1 });
  };
  await ping();
  return { db, ping, close: () => client.close() };
}

/** Ids sort by age, so an id is also a cursor. */
export const newId = (): string => new ObjectId().toHexString();
