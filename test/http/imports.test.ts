import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Harness, serve } from './harness.ts';

const LIMIT = 100_000;
const SLOW = { graceMs: 200, bytesPerSecond: 1_000 };
const CSV = 'email,first_name\nann@example.com,Ann\n';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_imports', {}, { maxUploadBytes: LIMIT, slowUpload: SLOW });
});
afterAll(() => api.close());

const BOUNDARY = 'offpeakboundary';
const part = (head: string, content: string) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
const file = (content: string, name = 'list.csv') => part(`name="file"; filename="${name}"`, content);
const form = (...parts: string[]) => `${parts.join('')}--${BOUNDARY}--\r\n`;

const path = (id: string) => `/api/v1/campaigns/${id}/imports`;
const post = (id: string, body: string, type: string, headers: Record<string, string> = {}) =>
  api.call('post', path(id), { body, headers: { 'Content-Type': type, ...headers } });
const postForm = (id: string, body: string) => post(id, body, `multipart/form-data; boundary=${BOUNDARY}`);

describe('uploading a list', () => {
  test('as text/csv answers the report and where it stays', async () => {
    const id = await api.draft();
    const answer = await post(`${id}`, CSV, 'text/csv; charset=utf-8');
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`/api/v1/imports/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      campaignId: id,
      state: 'completed',
      accepted: 1,
      fileName: null,
      digest: createHash('sha256').update(CSV).digest('hex'),
    });
    const read = await api.call('get', answer.headers['location']!);
    expect(read.body).toEqual(answer.body);
  });

  test('as a form answers the same, with the cleaned name of the file', async () => {
    for (const [given, shown] of [
      ['list.csv', 'list.csv'],
      ['../../secret.txt', 'secret.txt'],
      ['C:\\\\temp\\\\list.csv', 'list.csv'],
      ['CON', 'CON'],
    ] as const) {
      const answer = await postForm(await api.draft(), form(part('name="note"', 'hello'), file(CSV, given)));
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ accepted: 1, fileName: shown });
      expect(answer.body.digest).toBe(createHash('sha256').update(CSV).digest('hex'));
    }
  });

  test('takes a name for display by query, without its path and control characters', async () => {
    const answer = await api.call(
      'post',
      `${path(await api.draft())}?fileName=${encodeURIComponent('/a/b\u0000\n.csv')}`,
      {
        body: CSV,
        headers: { 'Content-Type': 'text/csv' },
      },
    );
    expect(answer.body.fileName).toBe('b.csv');
  });

  test.each(['application/json', 'text/plain', 'application/octet-stream', 'text/csv; charset=utf-16'])(
    'refuses %s',
    async (type) => {
      const answer = await post(await api.draft(), CSV, type);
      expect([answer.status, answer.body.code]).toEqual([415, 'body.wrongType']);
    },
  );

  test('refuses a compressed body', async () => {
    const answer = await post(await api.draft(), CSV, 'text/csv', { 'Content-Encoding': 'gzip' });
    expect([answer.status, answer.body.code]).toEqual([415, 'body.wrongType']);
  });

  test('takes the last byte that is allowed and refuses one more, in either form', async () => {
    const exact = CSV.padEnd(LIMIT, '\n');
    expect((await post(await api.draft(), exact, 'text/csv')).status).toBe(202);
    expect((await postForm(await api.draft(), form(file(exact)))).status).toBe(202);
    const over = [
      await post(await api.draft(), `${exact}\n`, 'text/csv'),
      await postForm(await api.draft(), form(file(`${exact}\n`))),
    ];
    for (const answer of over) expect([answer.status, answer.body.code]).toEqual([413, 'import.tooLarge']);
  });

  test.each([
    ['without its end', file(CSV), 400, 'upload.malformed'],
    ['without a boundary in it', 'nothing', 400, 'upload.malformed'],
    ['without a file', form(part('name="note"', 'hello')), 422, 'upload.noFile'],
    ['with a file that has no field name', form(part('filename="x.csv"', CSV)), 400, 'upload.malformed'],
    ['with a second file', form(file(CSV), file(CSV)), 413, 'upload.tooManyParts'],
    [
      'with a hundred fields',
      form(...Array.from({ length: 100 }, (_, n) => part(`name="f${n}"`, 'x')), file(CSV)),
      413,
      'upload.tooManyParts',
    ],
  ])('refuses a form %s', async (_what, body, status, code) => {
    const answer = await postForm(await api.draft(), body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('refuses a form that names no boundary', async () => {
    const answer = await post(await api.draft(), form(file(CSV)), 'multipart/form-data');
    expect([answer.status, answer.body.code]).toEqual([400, 'upload.malformed']);
  });

  test('tells what is wrong with a list that can not be used, and where the report is', async () => {
    const answer = await post(await api.draft(), 'email\nann@example.com\n"never closed', 'text/csv');
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      code: 'import.failed',
      errors: [{ code: 'csv.quote_not_closed', detail: expect.stringMatching(/^Line 3: /) }],
    });
    const report = await api.call('get', answer.headers['location']!);
    expect(report.body).toMatchObject({ state: 'failed', fault: { code: 'csv.quote_not_closed', line: 3 } });
  });

  test('is refused while another is under way, and once the campaign is running', async () => {
    const id = await api.readyCampaign();
    await api.collections.campaigns.updateOne({ _id: id }, { $set: { openImport: id } });
    expect((await post(id, CSV, 'text/csv')).body).toMatchObject({ code: 'import.open', state: 'draft' });
    await api.collections.campaigns.updateOne({ _id: id }, { $set: { openImport: null, state: 'running' } });
    const answer = await post(id, CSV, 'text/csv');
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'campaign.notEditable',
      allowedActions: ['schedule', 'unschedule', 'pause', 'cancel'],
    });
  });
});

describe('an upload that does not come through', () => {
  const begin = (id: string, type: string) => {
    const socket = connect(api.port, '127.0.0.1');
    const head = [`POST ${path(id)} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${api.key}`];
    socket.write([...head, `Content-Type: ${type}`, 'Content-Length: 90000', '', 'email\n'].join('\r\n'));
    return socket;
  };
  const logged = (event: string) => api.events.filter((entry) => entry.event === event).length;

  test.each(['text/csv', `multipart/form-data; boundary=${BOUNDARY}`])(
    'by %s is cut when it trickles',
    async (type) => {
      const before = logged('upload too slow');
      const id = await api.draft();
      const socket = begin(id, type);
      let answer = '';
      socket.on('data', (bytes: Buffer) => {
        answer += bytes;
      });
      await new Promise((closed) => socket.on('close', closed).on('error', () => {}));
      expect(logged('upload too slow')).toBe(before + 1);
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain('application/problem+json');
      expect(answer).toContain('"code":"upload.tooSlow"');
      expect((await api.call('get', `/api/v1/campaigns/${id}`)).body).toMatchObject({
        openImport: null,
        totals: { accepted: 0 },
      });
    },
  );

  test('leaves no request behind when the client goes away', async () => {
    const before = logged('request cut');
    for (const type of ['text/csv', `multipart/form-data; boundary=${BOUNDARY}`]) {
      const socket = begin(await api.draft(), type);
      await new Promise((sent) => socket.once('ready', sent));
      socket.destroy();
    }
    await vi.waitFor(() => expect(logged('request cut')).toBe(before + 2), 10_000);
    expect(logged('request failed')).toBe(0);
  });
});

describe('the rejects of an import', () => {
  test('are paged as JSON', async () => {
    const id = await api.draft();
    const { body } = await api.upload(id, 'email\nann@example.com\na\nann@example.com\nc\n');
    const first = await api.call('get', `/api/v1/imports/${body.id}/rejects?limit=2`);
    expect(first.body.items).toEqual([
      { line: 3, kind: 'rejected', code: 'addr.at_count', value: 'a', record: 'a' },
      { line: 4, kind: 'duplicate', code: 'recipient.duplicate', value: 'ann@example.com', record: 'ann@example.com' },
    ]);
    const second = await api.call('get', `/api/v1/imports/${body.id}/rejects?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ line: 5, value: 'c' }], nextCursor: null });
  });

  test('are one file as text/csv, all of them, and no cell is a formula', async () => {
    const values = ['=1+1', '+1', '-1', '@x()', 'say "hi"', ...Array.from({ length: 1_000 }, (_, n) => `row${n}`)];
    const importId = '0123456789abcdef01234567';
    await api.deps.imports.insert({ id: importId, campaignId: importId } as never);
    await api.deps.imports.addRejects(
      importId,
      values.map((value, at) => ({
        line: at + 2,
        kind: 'rejected' as const,
        code: 'address.bad',
        value,
        record: `${value},x`,
      })),
    );
    const answer = await api.call('get', `/api/v1/imports/${importId}/rejects`, { headers: { Accept: 'text/csv' } });
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const lines = answer.text.split('\r\n');
    expect(lines).toHaveLength(values.length + 2);
    expect(lines.slice(1, 6)).toEqual([
      `2,rejected,address.bad,"'=1+1","'=1+1,x"`,
      `3,rejected,address.bad,"'+1","'+1,x"`,
      `4,rejected,address.bad,"'-1","'-1,x"`,
      `5,rejected,address.bad,"'@x()","'@x(),x"`,
      `6,rejected,address.bad,"say ""hi""","say ""hi"",x"`,
    ]);
    const head = await api.call('head', `/api/v1/imports/${importId}/rejects`, { headers: { Accept: 'text/csv' } });
    expect(head.status).toBe(200);
  });

  test('come in no other form', async () => {
    const { body } = await api.upload(await api.draft(), CSV);
    const answer = await api.call('get', `/api/v1/imports/${body.id}/rejects`, { headers: { Accept: 'image/png' } });
    expect([answer.status, answer.body.code]).toEqual([406, 'accept.none']);
  });
});
