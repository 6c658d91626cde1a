import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { defaultCacheDir, findDatabase } from '../../src/adapters/mongod/find.ts';

/** One MongoDB for the whole run: MONGODB_URI, or one started in a folder of its own. Each test file names its database. */

declare module 'vitest' {
  interface ProvidedContext {
    mongodbUri: string;
  }
}

export default async function startForTests(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offpeak-test-'));
  const found = await findDatabase({
    uri: process.env['MONGODB_URI'] || null,
    dataDir,
    cacheDir: defaultCacheDir(process.env),
    say: (line) => console.error(line),
    env: process.env,
  });
  if (!found.ok) throw new Error(found.error.detail);
  project.provide('mongodbUri', found.value.uri);
  return async () => {
    await found.value.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
