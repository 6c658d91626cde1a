import { MongoClient, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { fail, ok } from '../../core/result.ts';
import { type DatabaseFault, type Found, SOMEBODY_ELSES } from './database.ts';

/** The operator's own MongoDB: must be there, and must be a replica set or a sharded cluster. */

const WITHIN_MS = 10_000;
/** Wrong password, and no right to ask. */
const LOGIN_CODES: readonly unknown[] = [13, 18, 8000];

export async function useGiven(uri: string): Promise<Found> {
  let client: MongoClient;
  try {
    client = new MongoClient(uri, { serverSelectionTimeoutMS: WITHIN_MS, connectTimeoutMS: WITHIN_MS });
  } catch {
    // The driver's own words may repeat the URI, and with it the password.
    return fault(
      'database.uri',
      'MONGODB_URI is not a MongoDB connection string, such as mongodb://host:27017/?replicaSet=rs0.',
    );
  }
  const host = client.options.srvHost ?? client.options.hosts.map(String).join(', ');
  try {
    const hello = await client.db('admin').command({ hello: 1 });
    if (typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid')
      return ok({ ...SOMEBODY_ELSES, uri, kind: 'given', embedded: false, warning: null });
    return fault(
      'database.standalone',
      `The MongoDB at ${host} is a standalone server. Offpeak needs a replica set, one member is enough: ` +
        'start mongod with --replSet rs0 and run rs.initiate() once.',
    );
  } catch (error) {
    return refused(error, host);
  } finally {
    await client.close();
  }
}

function refused(error: unknown, host: string): Found {
  if (error instanceof MongoServerError && LOGIN_CODES.includes(error.code))
    return fault('database.login', `The MongoDB at ${host} refused the user name or password of MONGODB_URI.`);
  const cause = error instanceof MongoServerSelectionError ? [...(error.reason?.servers.values() ?? [])] : [];
  const why = cause.find((server) => server.error)?.error?.message ?? (error as Error).message;
  return fault('database.unreachable', `The MongoDB at ${host} can't be reached: ${why}.`);
}

const fault = (code: DatabaseFault['code'], detail: string) => fail({ code, detail });
