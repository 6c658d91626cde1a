import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTENT, type Harness, NOON, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_idempotency');
});
afterAll(() => api.close());

const CSV = 'email\nann@example.com\n';
const BODY = { name: 'Autumn', content: CONTENT };
const create = (key: string, body: object = BODY) =>
  api.call('post', '/api/v1/campaigns', { body, headers: { 'Idempotency-Key': key } });
const campaigns = () => api.collections.campaigns.countDocuments({});

describe('creating a campaign with an Idempotency-Key', () => {
  test('again answers what it answered, and creates nothing', async () => {
    const first = await create('k1');
    const before = await campaigns();
    const second = await create('k1');
    expect(second.status).toBe(201);
    expect(second.text).toBe(first.text);
    for (const name of ['location', 'etag', 'content-type']) expect(second.headers[name]).toBe(first.headers[name]);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await campaigns()).toBe(before);
  });

  test('many times at once creates one', async () => {
    const before = await campaigns();
    const answers = await Promise.all(Array.from({ length: 5 }, () => create('k2')));
    expect(await campaigns()).toBe(before + 1);
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id)).size).toBe(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 201)) {
      expect([status, body.code]).toEqual([409, 'idempotency.inWork']);
    }
  });

  test('with another body is refused', async () => {
    await create('k3');
    const answer = await create('k3', { ...BODY, name: 'Winter' });
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency.otherBody']);
  });

  test('after a refusal may be tried again with the same key', async () => {
    expect((await create('k4', { ...BODY, template: 'nothing' })).status).toBe(422);
    expect((await create('k4')).status).toBe(201);
  });

  test('works again when the process that had the key has died', async () => {
    await create('k5');
    await api.collections.idempotency.updateMany({}, { $unset: { answer: '' } });
    expect((await create('k5')).body.code).toBe('idempotency.inWork');
    api.clock.at = NOON + 31_000;
    const again = await create('k5');
    expect([again.status, again.headers['idempotency-first-try']]).toEqual([201, 'abandoned']);
    expect((await create('k5')).headers['idempotency-first-try']).toBeUndefined();
    api.clock.at = NOON;
  });

  test.each(['', 'ä', 'x'.repeat(256)])('refuses the key "%s"', async (key) => {
    const headers = { 'Idempotency-Key': Buffer.from(key, 'utf8').toString('latin1') };
    const answer = await api.call('post', '/api/v1/campaigns', { body: BODY, headers });
    expect([answer.status, answer.body.code]).toEqual([400, 'header.invalid']);
  });

  test('keys of two callers are two keys', async () => {
    const first = await create('k6');
    const { key } = await api.deps.apiKeys.issue('other');
    const headers = { 'Idempotency-Key': 'k6', Authorization: `Bearer ${key}` };
    const second = await api.call('post', '/api/v1/campaigns', { body: BODY, headers });
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
  });
});

describe('uploading a list with an Idempotency-Key', () => {
  const upload = (id: string, key: string, body = CSV) => {
    const headers = { 'Idempotency-Key': key, 'Content-Type': 'text/csv' };
    return api.call('post', `/api/v1/campaigns/${id}/imports`, { body, headers });
  };

  test('again answers the first report and loads nothing', async () => {
    const id = await api.draft();
    const first = await upload(id, 'u1');
    const second = await upload(id, 'u1');
    expect(second.text).toBe(first.text);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await api.collections.imports.countDocuments({ campaignId: id })).toBe(1);
  });

  test('as a form with another boundary is the same list', async () => {
    const id = await api.draft();
    const send = (boundary: string) => {
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="l.csv"\r\n\r\n`;
      const headers = { 'Idempotency-Key': 'u2', 'Content-Type': `multipart/form-data; boundary=${boundary}` };
      const body = `${head}${CSV}\r\n--${boundary}--\r\n`;
      return api.call('post', `/api/v1/campaigns/${id}/imports`, { body, headers });
    };
    expect((await send('one')).body.id).toBe((await send('two')).body.id);
  });

  test('with another list is refused, and to another campaign it is another key', async () => {
    const id = await api.draft();
    await upload(id, 'u3');
    expect((await upload(id, 'u3', `${CSV}bob@example.com\n`)).body.code).toBe('idempotency.otherBody');
    expect((await upload(await api.draft(), 'u3')).headers['idempotency-replayed']).toBeUndefined();
  });

  test('after a failed one may be tried again', async () => {
    const id = await api.draft();
    expect((await upload(id, 'u4', 'name\nAnn')).status).toBe(422);
    expect((await upload(id, 'u4')).status).toBe(202);
  });
});
