import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_suppressions');
});
afterAll(() => api.close());

const at = (address: string) => `/api/v1/suppressions/${encodeURIComponent(address)}`;

describe('suppressions', () => {
  test('are put, read in any case, replaced and deleted', async () => {
    const put = await api.call('put', at('Ann+x@Example.com'), { body: { reason: 'asked by phone' } });
    expect(put.status).toBe(200);
    expect(put.body).toMatchObject({ address: 'ann+x@example.com', reason: 'asked by phone' });
    expect((await api.call('get', at('ANN+X@example.com'))).body).toEqual(put.body);
    expect(await api.deps.suppressions.suppressed(['ANN+x@example.COM', 'bob@example.com'])).toEqual(
      new Set(['ANN+x@example.COM']),
    );
    expect((await api.call('put', at('ann+x@example.com'))).body.reason).toBe('manual');
    expect((await api.call('delete', at('ann+x@example.com'))).status).toBe(204);
    expect((await api.call('get', at('ann+x@example.com'))).status).toBe(404);
  });

  test('are listed by address', async () => {
    for (const name of ['c', 'a', 'b', 'd']) await api.call('put', at(`${name}@example.com`));
    const first = await api.call('get', '/api/v1/suppressions?limit=3');
    expect(first.body.items.map((item: { address: string }) => item.address[0])).toEqual(['a', 'b', 'c']);
    const next = await api.call('get', `/api/v1/suppressions?limit=3&cursor=${first.body.nextCursor}`);
    expect(next.body.items.map((item: { address: string }) => item.address[0])).toEqual(['d']);
    expect(next.body.nextCursor).toBeNull();
  });

  test.each([
    'nobody',
    'a@b@c',
    'a b@example.com',
    '<a@b.example>',
    'a@b.example\r\nX: y',
    `${'x'.repeat(250)}@b.example`,
  ])('refuse "%s"', async (address) => {
    const answer = await api.call('put', at(address));
    expect([answer.status, answer.body.code]).toEqual([422, 'suppression.badAddress']);
  });

  test('refuse a reason that is none', async () => {
    for (const reason of ['', 'x'.repeat(201), 'a\nb', 5]) {
      expect((await api.call('put', at('a@example.com'), { body: { reason } })).body.code).toBe('body.invalid');
    }
  });

  test('name nobody in the log', () => {
    expect(JSON.stringify(api.events)).not.toContain('example.com');
  });
});

test('an address in Unicode is kept as an import would write it', async () => {
  const put = await api.call('put', at('Ann@Bücher.example'));
  expect(put.body.address).toBe('ann@xn--bcher-kva.example');
  expect((await api.call('get', at('ann@bücher.example'))).status).toBe(200);
  const id = await api.draft();
  const list = await api.upload(id, 'email,first_name\nann@bücher.example,Ann\nbob@example.com,Bob\n');
  expect(list.body).toMatchObject({ accepted: 1, suppressed: 1 });
  expect((await api.call('delete', at('ANN@bücher.example'))).status).toBe(204);
});

test('the shipped letters are listed, and each can become a campaign', async () => {
  const { body } = await api.call('get', '/api/v1/templates');
  expect(body.items.length).toBeGreaterThan(0);
  for (const { name } of body.items) {
    const content = { from: { address: 'news@example.com' } };
    expect((await api.call('post', '/api/v1/campaigns', { body: { name, template: name, content } })).status).toBe(201);
  }
});
