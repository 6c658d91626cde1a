import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { mongoCampaigns } from '../../src/adapters/mongo/campaigns.ts';
import { connect } from '../../src/adapters/mongo/client.ts';
import { collectionsOf } from '../../src/adapters/mongo/documents.ts';
import { isDatabaseAway } from '../../src/http/errors.ts';
import { type Harness, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_health');
});
afterAll(() => api.close());

describe('the probes', () => {
  test('need no key', async () => {
    expect((await supertest(api.server).get('/healthz')).body).toEqual({ status: 'ok' });
    const ready = await supertest(api.server).get('/readyz');
    expect([ready.status, ready.body]).toEqual([200, { ready: true, checks: { database: 'ok', server: 'ok' } }]);
  });

  test('say not ready while shutting down, and still alive', async () => {
    api.switches.stopping = true;
    const answer = await api.call('get', '/readyz');
    expect([answer.status, answer.body.ready, answer.body.checks.server]).toEqual([503, false, 'stopping']);
    expect((await api.call('get', '/healthz')).status).toBe(200);
    api.switches.stopping = false;
  });
});

describe('when the database is away', () => {
  let closed: Harness;
  beforeAll(async () => {
    const gone = await connect(inject('mongodbUri'), 'test_http_health_gone');
    const campaigns = mongoCampaigns(collectionsOf(gone.db), systemClock);
    closed = await serve('test_http_health_away', { campaigns }, { ping: gone.ping });
    await gone.close();
  });
  afterAll(() => closed.close());

  test('a request is answered 503 with the time to try again, and no word of the driver', async () => {
    const answer = await closed.call('get', '/api/v1/campaigns');
    expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([503, 'database.away', '5']);
  });

  test('the readiness probe says so', async () => {
    const answer = await closed.call('get', '/readyz');
    expect([answer.status, answer.body.checks]).toEqual([503, { database: 'away', server: 'ok' }]);
  });

  test.each([
    ['MongoNetworkTimeoutError', undefined, true],
    ['MongoServerSelectionError', undefined, true],
    ['MongoServerError', 11_600, true],
    ['MongoServerError', 11_000, false],
    ['MongoInvalidArgumentError', undefined, false],
    ['TypeError', undefined, false],
  ])('%s with code %s passes: %s', (name, code, expected) => {
    expect(isDatabaseAway(Object.assign(new Error('x'), { name, ...(code && { code }) }))).toBe(expected);
  });
});

describe('when something is broken', () => {
  let broken: Harness;
  beforeAll(async () => {
    const list = async () => Promise.reject(new Error('secret detail of a bug'));
    broken = await serve('test_http_health_broken', { lanes: { list } as never });
  });
  afterAll(() => broken.close());

  test('the answer says nothing of it and the log says all under the request id', async () => {
    const answer = await broken.call('get', '/api/v1/lanes', { headers: { 'X-Request-Id': 'my-request.1' } });
    expect([answer.status, answer.body.code, answer.body.instance]).toEqual([500, 'server.fault', 'my-request.1']);
    expect(answer.text).not.toContain('secret detail');
    const entry = broken.events.find(({ event }) => event === 'request failed');
    expect(JSON.stringify(entry)).toContain('secret detail');
  });

  test('a request id that could break a log line is replaced', async () => {
    const answer = await broken.call('get', '/healthz', { headers: { 'X-Request-Id': 'a b"c' } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{24}$/);
  });
});

describe('keys', () => {
  test('are kept as digests only, let in until revoked, and admitted once', async () => {
    const { apiKeys } = api.deps;
    const { key, id } = await apiKeys.issue('page');
    expect(JSON.stringify(await api.collections.apiKeys.find().toArray())).not.toContain(key);
    expect(await apiKeys.owner(key)).toEqual({ id, name: 'page' });
    expect(await apiKeys.revoke(id)).toBe(true);
    expect(await apiKeys.owner(key)).toBeNull();
    await apiKeys.admit('chosen', 'environment');
    await apiKeys.admit('chosen', 'environment');
    expect((await apiKeys.list()).filter((entry) => entry.name === 'environment')).toHaveLength(1);
  });

  test.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(600)}`])(
    '"%s" is none',
    async (header) => {
      const answer = await api.call('get', '/api/v1/lanes', { headers: { Authorization: header } });
      expect([answer.status, answer.body.code]).toEqual([401, 'auth.wrong']);
    },
  );
});

test('a database that is frozen is told of within five seconds, by every request', async () => {
  const never = new Promise<never>(() => {});
  const apiKeys = { ...api.deps.apiKeys, owner: () => never };
  const frozen = await serve('test_http_frozen', { apiKeys }, { ping: () => never });
  const campaigns = { ...api.deps.campaigns, get: () => never, list: () => never };
  const later = await serve('test_http_frozen_later', { campaigns }, { ping: () => never });
  onTestFinished(async () => {
    await frozen.close();
    await later.close();
  });
  const began = performance.now();
  const answers = await Promise.all([
    frozen.call('get', '/api/v1/lanes'),
    later.call('get', '/api/v1/campaigns'),
    later.call('post', `/api/v1/campaigns/${'0'.repeat(24)}/pause`),
    later.call('get', '/readyz'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('what takes long while the database answers is waited for', async () => {
  const slow = {
    ...api.deps.campaigns,
    list: async () => {
      await new Promise((resolve) => setTimeout(resolve, 4_500));
      return { items: [], nextCursor: null };
    },
  };
  const server = await serve('test_http_slow', { campaigns: slow });
  onTestFinished(() => server.close());
  expect((await server.call('get', '/api/v1/campaigns')).status).toBe(200);
});

test('wrong keys are counted, and a right one is never held up', async () => {
  const strict = await serve('test_http_wrong_keys', {}, { mostWrongKeys: 3 });
  onTestFinished(() => strict.close());
  const wrong = { Authorization: `Bearer ${strict.key}x` };
  const statuses: number[] = [];
  for (let n = 0; n < 5; n += 1) statuses.push((await strict.call('get', '/api/v1/lanes', { headers: wrong })).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  const answer = await strict.call('get', '/api/v1/lanes');
  expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
});

test('the key of the environment is the one of that start', async () => {
  const [old, next] = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'];
  await api.deps.apiKeys.admit(old, 'environment');
  const using = (key: string) => api.call('get', '/api/v1/lanes', { headers: { Authorization: `Bearer ${key}` } });
  expect((await using(old)).status).toBe(200);
  await api.deps.apiKeys.admit(next, 'environment');
  expect([(await using(old)).status, (await using(next)).status]).toEqual([401, 200]);
  expect((await api.call('get', '/api/v1/lanes')).status).toBe(200);
});
