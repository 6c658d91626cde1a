import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder } from '../../../src/adapters/mongod/folder.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'offpeak-folder-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('makes what is missing with the mode, once or often, by one or by many', async () => {
  const path = join(root, 'a/b/c');
  await Promise.all([makeFolder(path, 0o700), makeFolder(path, 0o700), makeFolder(join(root, 'a/b'), 0o700)]);
  await makeFolder(path);
  for (const made of ['a', 'a/b', 'a/b/c']) expect(statSync(join(root, made)).mode & 0o777).toBe(0o700);
});

test("rejects with the system's error where there is something else, and where nothing can be made", async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(makeFolder(join(root, 'file'))).rejects.toThrow(/EEXIST/);
  await expect(makeFolder(join(root, 'file/below'))).rejects.toThrow(/ENOTDIR/);
  await expect(makeFolder(join(root, 'x'.repeat(300)))).rejects.toThrow(/ENAMETOOLONG/);
  // Node's own way never comes back from here.
  await expect(makeFolder('/proc/offpeak/below')).rejects.toThrow(/ENOENT|EACCES|EPERM/);
});
