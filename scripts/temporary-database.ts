import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/adapters/clock.ts';
import type { Database } from '../src/adapters/mongod/database.ts';
import { defaultCacheDir, findDatabase } from '../src/adapters/mongod/find.ts';

/** How long the server may take to end. */
const GRACE_MS = 20_000;

export type TemporaryDatabase = Pick<Database, 'kind'> & { readonly uri: string; remove(): Promise<void> };

/** MONGODB_URI, or a database in a folder that goes away with it; for benches and tests. */
export async function temporaryDatabase(): Promise<TemporaryDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offpeak-'));
  const found = await findDatabase({
    uri: process.env['MONGODB_URI'] || null,
    dataDir,
    cacheDir: defaultCacheDir(process.env),
    say: (line) => console.error(line),
    env: process.env,
    timers: systemClock,
    onLost: (why) => console.error(why),
  });
  if (!found.ok) throw new Error(found.error.detail);
  const { uri, kind, stop } = found.value;
  return {
    uri,
    kind,
    async remove() {
      await stop(GRACE_MS);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
