import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient, MongoServerError } from 'mongodb';

/** Makes a freshly started server the primary of a replica set of one: without it there are no transactions. */

const NOT_YET_INITIALIZED = 94;
const PRIMARY_WITHIN_MS = 60_000;

type Config = { readonly version: number; readonly members: readonly { readonly host: string }[] };

/** Throws when the server is no primary within a minute, or ends meanwhile (`ended`). */
export async function becomePrimary(port: number, replicaSet: string, ended: () => string | null): Promise<void> {
  const host = `127.0.0.1:${port}`;
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, { serverSelectionTimeoutMS: 1_000 });
  const deadline = performance.now() + PRIMARY_WITHIN_MS;
  let why = 'no election took place';
  try {
    const admin = client.db('admin');
    while (!(await isPrimary(admin, host, replicaSet).catch((error: Error) => refused(error)))) {
      const how = ended();
      if (how !== null) throw new Error(`the server ended with ${how}`);
      if (performance.now() > deadline) throw new Error(`it did not become the primary of its replica set: ${why}`);
      await sleep(50);
    }
  } finally {
    await client.close();
  }

  // A server that is still starting refuses all sorts of things, so only the last refusal counts.
  function refused(error: Error): false {
    why = error.message;
    return false;
  }
}

/** Asks, and configures the set where that is what is missing. */
async function isPrimary(admin: Db, host: string, replicaSet: string): Promise<boolean> {
  const hello = await admin.command({ hello: 1 });
  if (typeof hello['setName'] === 'string' && hello['isWritablePrimary'] === true) return true;
  await configure(admin, host, replicaSet);
  return false;
}

async function configure(admin: Db, host: string, replicaSet: string): Promise<void> {
  const config = await currentConfig(admin);
  if (!config) {
    await admin.command({ replSetInitiate: { _id: replicaSet, members: [{ _id: 0, host }] } });
  } else if (config.members[0]?.host !== host) {
    // It had another port last time, so it does not find itself among the members; only force lets it change that.
    const members = [{ ...config.members[0], host }];
    await admin.command({ replSetReconfig: { ...config, version: config.version + 1, members }, force: true });
  }
}

async function currentConfig(admin: Db): Promise<Config | null> {
  try {
    const { config } = await admin.command({ replSetGetConfig: 1 });
    return config as Config;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NOT_YET_INITIALIZED) return null;
    throw error;
  }
}
