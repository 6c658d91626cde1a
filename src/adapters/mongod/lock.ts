import { type FileHandle, open, readFile, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './folder.ts';
import { isSameProcess, markOf, type ProcessMark } from './processes.ts';

/** One process at a time: a file that names its holder, worthless once the holder is dead. */

/** A holder writes its name right after it made the file. */
const TIME_TO_SIGN_MS = 5_000;

/** Runs `work` while holding the lock; `onWait` is told once, with the holder's pid, when it must wait. Waits for ever. */
export async function withLock<T>(
  path: string,
  onWait: (pid: number | null) => void,
  work: () => Promise<T>,
): Promise<T> {
  await makeFolder(dirname(path));
  let told = false;
  while (!(await acquire(path))) {
    const holder = await holderOf(path);
    if (holder === 'gone') continue;
    if (!told) onWait(holder?.pid ?? null);
    told = true;
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(JSON.stringify(markOf(process.pid)));
    return true;
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
}

/** The living holder, null while it has not signed yet, `gone` when the lock is free again. */
async function holderOf(path: string): Promise<ProcessMark | null | 'gone'> {
  try {
    const text = await readFile(path, 'utf8');
    const age = Date.now() - (await stat(path)).mtimeMs;
    const holder = parse(text);
    if (holder ? isSameProcess(holder) : age < TIME_TO_SIGN_MS) return holder;
    await unlink(path);
    return 'gone';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    throw error;
  }
}

function parse(text: string): ProcessMark | null {
  try {
    return JSON.parse(text) as ProcessMark;
  } catch {
    // Half written: its holder is signing, or died at it.
    return null;
  }
}
