import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, NOON, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_routes');
});
afterAll(() => api.close());

const SECRET = 's3cret%2Fword';
const put = (name: string, body: object) => api.call('put', `/api/v1/routes/${name}`, { body });

describe('routes', () => {
  test('are put by many at once, on a fresh installation too', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `many${at % 3}`);
    const answers = await Promise.all(names.map((name) => put(name, { url: 'smtp://relay.example:25' })));
    expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    for (const name of new Set(names)) await api.call('delete', `/api/v1/routes/${name}`);
  });

  test.each([
    ['another port', 'smtp://u:***@relay.example:2526'],
    ['no port', 'smtp://u:***@relay.example'],
    ['no TLS', 'smtp://u:***@relay.example:465'],
    ['another host', 'smtps://u:***@evil.example:465'],
    ['another user', 'smtps://v:***@relay.example:465'],
  ])('a masked password does not go to %s', async (_, url) => {
    await put('masked', { url: 'smtps://u:hush-hush@relay.example:465' });
    const answer = await put('masked', { url });
    expect([answer.status, answer.body.code]).toEqual([422, 'route.invalid']);
    expect((await put('masked', { url: 'smtps://u:***@RELAY.example', connections: 3 })).status).toBe(200);
    expect((await api.deps.routes.get('masked'))?.target).toMatchObject({ auth: { pass: 'hush-hush' } });
    await api.call('delete', '/api/v1/routes/masked');
  });

  test.each([
    'smtp://169.254.169.254:25',
    'smtp://[fe80::1]:25',
    'smtp://0x7f000001:25',
    'smtp://127.1:25',
    'smtp://127.0.0.1:3000',
  ])('%s is no relay', async (url) => {
    const answer = await put('strange', { url });
    expect([answer.status, answer.body.code]).toEqual([422, 'route.invalid']);
  });

  test.each(['pa/ss', '12/34', '12?3', 'a#b', '/', 'a/b@c', '1/2@3/4'])(
    'whose password holds %s raw are told how to write it, without the password',
    async (password) => {
      const answer = await put('raw', { url: `smtp://user:${password}@relay.example:587` });
      expect([answer.status, answer.body.code]).toEqual([422, 'route.invalid']);
      expect(answer.body.detail).toContain('write / ? # and @ of a password as %2F %3F %23 and %40');
      expect(answer.text).not.toContain(`${password}@`);
    },
  );

  test('whose password holds a raw percent sign are told how to write it', async () => {
    const answer = await put('raw', { url: 'smtp://user:50%off@relay.example:587' });
    expect([answer.status, answer.body.code]).toEqual([422, 'route.invalid']);
    expect(answer.body.detail).toContain('write a percent sign as %25');
  });

  test('are created, replaced, listed and deleted, and the password is in no answer and not in the database', async () => {
    const created = await put('relay', { url: `smtp://user%40x:${SECRET}@Relay.Example:2525` });
    expect(created.status).toBe(201);
    expect(created.headers['location']).toBe('/api/v1/routes/relay');
    const route = {
      name: 'relay',
      kind: 'relay',
      url: 'smtp://user%40x:***@relay.example:2525',
      connections: 20,
      ratePerSecond: null,
    };
    expect(created.body).toEqual(route);
    const direct = await put('direct', { url: 'direct', ratePerSecond: 2.5 });
    expect(direct.body).toMatchObject({ kind: 'direct', url: 'direct', connections: 10, ratePerSecond: 2.5 });
    expect((await put('direct', { url: 'direct', connections: 3 })).status).toBe(200);

    const all = await api.call('get', '/api/v1/routes');
    expect(all.body.items.map((item: { name: string }) => item.name)).toEqual(['direct', 'relay']);
    expect((await api.call('get', '/api/v1/routes/relay')).body).toEqual(route);
    expect(JSON.stringify(await api.collections.routes.find().toArray())).not.toMatch(/s3cret|user|relay.example/);
    expect((await api.deps.routes.get('relay'))?.target).toMatchObject({
      auth: { user: 'user@x', pass: 's3cret/word' },
    });
    expect((await api.call('delete', '/api/v1/routes/direct')).status).toBe(204);
    expect((await api.call('delete', '/api/v1/routes/direct')).status).toBe(404);
  });

  test('what was read can be written back: the mask keeps the password', async () => {
    await put('mask', { url: `smtps://u:${SECRET}@relay.example` });
    const { body } = await api.call('get', '/api/v1/routes/mask');
    expect((await put('mask', { url: body.url, connections: 7 })).status).toBe(200);
    expect(await api.deps.routes.get('mask')).toMatchObject({
      connections: 7,
      target: { auth: { pass: 's3cret/word' } },
    });
    const elsewhere = await put('mask', { url: 'smtps://u:***@evil.example:465' });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([422, 'route.invalid']);
    expect((await put('fresh', { url: body.url })).status).toBe(422);
  });

  test.each([
    'http://relay.example',
    'relay.example:25',
    'smtp://',
    'smtp://user@relay.example',
    'smtp://:pass@relay.example',
    'smtp://relay.example/path',
    'smtp://relay.example?x=1',
    'smtp://u:p%0d%0aQUIT@relay.example',
    'smtp://u:p%zz@relay.example',
    'smtp://relay.example:99999',
    'smtp://relay.example:0',
    'smtp://rel ay.example',
    'DIRECT',
    '',
  ])('a route can not go to "%s"', async (url) => {
    const answer = await put('bad', { url });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'route.invalid', errors: [{ pointer: '/url' }] });
  });

  test('a refusal does not repeat the password', async () => {
    expect((await put('bad', { url: `smtp://u:${SECRET}@relay.example/x` })).text).not.toContain('s3cret');
  });

  test.each([
    ['no connections', { url: 'direct', connections: 0 }, '/connections'],
    ['half a connection', { url: 'direct', connections: 1.5 }, '/connections'],
    ['a text for a number', { url: 'direct', connections: '5' }, '/connections'],
    ['no rate at all', { url: 'direct', ratePerSecond: 0 }, '/ratePerSecond'],
    ['an endless rate', '{"url":"direct","ratePerSecond":1e309}', '/ratePerSecond'],
    ['no target', {}, '/url'],
  ])('refuses %s', async (_what, body, pointer) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await api.call('put', '/api/v1/routes/bad', { body, headers });
    expect(answer.body).toMatchObject({ code: 'body.invalid', errors: [{ pointer }] });
  });

  test.each(['Upper', 'a:b', '-a', 'a-', 'a.b', 'x'.repeat(64), '%24ne'])('can not be called %s', async (name) => {
    const answer = await put(name, { url: 'direct' });
    expect([answer.status, answer.body.code]).toEqual([422, 'route.invalid']);
  });
});

describe('the routing', () => {
  const rules = (body: unknown) => api.call('put', '/api/v1/routing', { body: body as object });

  test('is the ordered list of rules itself', async () => {
    await put('relay', { url: 'smtp://127.0.0.1:25' });
    const answer = await rules([
      { domain: '*.Example.COM', route: 'relay' },
      { provider: 'gmail', route: 'relay' },
      { any: true, route: 'relay' },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body[0]).toEqual({ domain: '*.example.com', route: 'relay' });
    expect((await api.call('get', '/api/v1/routing')).body).toEqual(answer.body);
    const used = await api.call('delete', '/api/v1/routes/relay');
    expect([used.status, used.body.code]).toEqual([409, 'route.inUse']);
    expect((await rules([])).body).toEqual([]);
    expect((await api.call('delete', '/api/v1/routes/relay')).status).toBe(204);
  });

  test.each([
    ['an unknown route', [{ any: true, route: 'nothing' }], '/0/route', 'routing.unknownRoute'],
    ['a domain that is none', [{ domain: 'ex ample.com', route: 'nothing' }], '/0/domain', 'routing.badDomain'],
    ['a domain in Unicode', [{ domain: 'bücher.example', route: 'nothing' }], '/0/domain', 'routing.badDomain'],
    ['a rule of two kinds', [{ any: true, provider: 'gmail', route: 'nothing' }], '/0', 'invalid'],
    ['a rule of no kind', [{ route: 'nothing' }], '/0', 'invalid'],
    ['any: false', [{ any: false, route: 'nothing' }], '/0/any', 'value'],
    ['an object around the list', { rules: [] }, '', 'type'],
    ['a rule without a route', [{ any: true }], '/0/route', 'required'],
  ])('refuses %s', async (_what, body, pointer, code) => {
    const answer = await rules(body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer, code }));
  });
});

describe('lanes', () => {
  const decision = (n: number) => ({
    ...{ lane: 'relay:gmail', at: new Date(NOON + n), action: 'brake', rateBefore: 10, rateAfter: 5, connections: 2 },
    ...{ pausedUntil: null, cause: 'throttling' as const, rule: 'code.421', reply: '421 4.7.0 later' },
  });
  const view = {
    ...{
      route: 'relay',
      provider: 'gmail',
      state: 'slowed',
      ratePerSecond: 5,
      realPerSecond: 4.5,
      throttledShare: 0.25,
    },
    ...{ waiting: 3, connections: { open: 2, limit: 5 }, pausedUntil: null, lastDecision: decision(2), owner: 'w' },
    updatedAt: new Date(NOON),
  };

  beforeAll(async () => {
    const { lanes, decisions } = api.collections;
    await lanes.insertOne({
      _id: 'relay:gmail',
      ...view,
      control: { rate: {}, connections: {} },
      fence: 3,
      leaseUntil: new Date(),
    });
    await lanes.insertOne({ _id: 'relay:taken', owner: 'w', fence: 1 } as never);
    await decisions.insertMany([0, 1, 2].map((n) => ({ _id: `${n}`.repeat(24), ...decision(n) })));
  });

  test('are listed once they have been written, without what is internal', async () => {
    const { body } = await api.call('get', '/api/v1/lanes');
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({ id: 'relay:gmail', state: 'slowed', realPerSecond: 4.5 });
    expect((await api.call('get', '/api/v1/lanes/relay:gmail')).body).toEqual(body.items[0]);
    expect((await api.call('get', '/api/v1/lanes/relay:taken')).status).toBe(404);
    expect((await api.call('get', '/api/v1/lanes/nonsense')).status).toBe(404);
  });

  test('tell their decisions, the newest first', async () => {
    const first = await api.call('get', '/api/v1/lanes/relay%3Agmail/decisions?limit=2');
    expect(first.body.items.map((item: { at: string }) => Date.parse(item.at) - NOON)).toEqual([2, 1]);
    const next = await api.call('get', `/api/v1/lanes/relay:gmail/decisions?limit=2&cursor=${first.body.nextCursor}`);
    expect(next.body.items.map((item: { at: string }) => Date.parse(item.at) - NOON)).toEqual([0]);
    expect(next.body.nextCursor).toBeNull();
  });
});
