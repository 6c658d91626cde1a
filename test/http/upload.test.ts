import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { Request } from 'express';
import { describe, expect, test } from 'vitest';
import { cleanName, openUpload } from '../../src/http/upload.ts';

/** Forms that come in pieces: what is wrong behind the file is known only after the file has been read. */

const FILE = 'email\nann@example.com\n';
const file = (boundary: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${FILE}\r\n--${boundary}`;

async function open(boundary = 'b') {
  const wire = new PassThrough();
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const req = Object.assign(wire, { headers, complete: true }) as unknown as Request;
  const opening = openUpload(req, 1_000, undefined);
  wire.write(`${file(boundary)}\r\n`);
  const opened = await opening;
  if (!opened.ok) throw new Error('not opened');
  const body = opened.value.body[Symbol.asyncIterator]();
  expect(Buffer.from((await body.next()).value!).toString()).toBe(FILE);
  return { wire, body, upload: opened.value };
}

describe('a form whose file has been read to its end', () => {
  test('is whole once the form has ended', async () => {
    const { wire, body, upload } = await open();
    wire.end('Content-Disposition: form-data; name="note"\r\n\r\nhello\r\n--b--\r\n');
    expect((await body.next()).done).toBe(true);
    expect(upload.fault()).toBeNull();
  });

  test.each([
    [
      'a second file',
      'Content-Disposition: form-data; name="two"; filename="b.csv"\r\n\r\nx\r\n--b--\r\n',
      'upload.tooManyParts',
    ],
    ['an end in mid-part', 'Content-Disposition: form-data; name="note"\r\n\r\nhel', 'upload.malformed'],
  ])('is refused for %s behind it', async (_what, rest, code) => {
    const { wire, body, upload } = await open();
    const end = body.next();
    // By then the file has ended, and only the form is still open.
    await setTimeout(20);
    wire.end(rest);
    await expect(end).rejects.toThrow();
    expect(upload.fault()?.problem.code).toBe(code);
  });
});

test.each([
  [undefined, null],
  ['', null],
  ['list.csv', 'list.csv'],
  ['../../secret.txt', 'secret.txt'],
  ['C:\\temp\\x.csv', 'x.csv'],
  ['a\0b\r\n.csv', 'ab.csv'],
  ['x'.repeat(5_000), 'x'.repeat(200)],
])('a file called %j is shown as %j', (given, shown) => {
  expect(cleanName(given)).toBe(shown);
});
