import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and what is missing above it, each with that mode; rejects with the system's error. Node's own
 * `recursive` never answers on a file system that lets nobody make anything, such as /proc.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const missing = [resolve(path)];
  for (let above = dirname(missing[0]!); !existsSync(above); above = dirname(above)) missing.unshift(above);
  for (const folder of missing) {
    await mkdir(folder, { mode }).catch(async (error: NodeJS.ErrnoException) => {
      const isThere = error.code === 'EEXIST' && (await stat(folder)).isDirectory();
      if (!isThere) throw error;
    });
  }
}
