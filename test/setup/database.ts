import type { TestProject } from 'vitest/node';
import { temporaryDatabase } from '../../scripts/temporary-database.ts';

/** One MongoDB for the whole run: MONGODB_URI, or one started in a folder of its own. Each test file names its database. */

declare module 'vitest' {
  interface ProvidedContext {
    mongodbUri: string;
  }
}

export default async function startForTests(project: TestProject): Promise<() => Promise<void>> {
  const { uri, remove } = await temporaryDatabase();
  project.provide('mongodbUri', uri);
  return remove;
}
