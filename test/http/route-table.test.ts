import { Validator } from '@seriousme/openapi-schema-validator';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isUnsafe } from '../../src/http/endpoint.ts';
import { openApi } from '../../src/http/openapi.ts';
import { ROUTES } from '../../src/http/route-table.ts';
import { CONTENT, type Harness, serve } from './harness.ts';

/** What holds of every route, by walking the table. */

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_route_table');
});
afterAll(() => api.close());

const NOBODY = 'ffffffffffffffffffffffff';
const UNKNOWN: Readonly<Record<string, string>> = {
  id: NOBODY,
  recipientId: NOBODY,
  name: 'nothing',
  address: 'nobody@example.com',
  provider: 'nobody.example',
};
/** A body that the schema takes. */
const BODIES: Readonly<Record<string, object>> = {
  createCampaign: { name: 'A', content: CONTENT },
  editCampaign: { name: 'B' },
  scheduleCampaign: {},
  putRoute: { url: 'direct' },
  putRouting: [],
  putSuppression: {},
  orderLane: { ceiling: 5 },
  editProvider: { ceiling: 5 },
  teachReply: { meaning: 'rate_limit', reaction: 'lower_rate', pauseSeconds: 60 },
};

const pathOf = (path: string, values: Readonly<Record<string, string>> = UNKNOWN) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (path.includes('lanes') ? 'relay:nobody' : values[name]!));
const KEYED = ROUTES.filter((row) => row.scope === 'key').map((row) => ({ ...row, at: pathOf(row.path) }));
const JSON_ROWS = KEYED.filter((row) => row.body);
/** A PUT makes what is not there, so nothing is unknown to it. */
const LOOKUPS = KEYED.filter((row) => row.missing);

const asCsv = (row: { upload?: true | undefined }) => (row.upload ? { 'Content-Type': 'text/csv' } : {});

describe('every route with a key', () => {
  test.each(KEYED)('$method $path refuses who has none', async ({ method, at }) => {
    const answer = await supertest(api.server)[method](at);
    expect([answer.status, answer.body.code]).toEqual([401, 'auth.missing']);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  test.each(KEYED)('$method $path refuses a wrong one', async ({ method, at }) => {
    const answer = await api.call(method, at, { headers: { Authorization: `Bearer ${api.key}x` } });
    expect([answer.status, answer.body.code]).toEqual([401, 'auth.wrong']);
  });

  test.each(KEYED)('$method $path refuses a query that it does not know', async ({ method, at }) => {
    const answer = await api.call(method, `${at}?debug=1`);
    expect([answer.status, answer.body.code]).toEqual([400, 'query.invalid']);
  });

  test.each(KEYED)('$method $path refuses a parameter that comes twice', async ({ method, at }) => {
    const answer = await api.call(method, `${at}?limit=1&limit=1`);
    expect([answer.status, answer.body.code]).toEqual([400, 'query.invalid']);
  });
});

describe('every route to one thing', () => {
  test.each(LOOKUPS)('$method $path answers 404 for one that is not there', async (row) => {
    const body = row.upload ? 'email\n' : row.body && BODIES[row.name];
    const answer = await api.call(row.method, row.at, { body, headers: { ...asCsv(row), 'If-Match': '*' } });
    expect([answer.status, answer.body.code]).toEqual([404, row.missing]);
  });

  const withId = LOOKUPS.filter((row) => row.path.includes('{id}') && !row.path.includes('lanes'));
  test.each(withId)('$method $path answers the same for what can be no id', async ({ method, path, missing }) => {
    for (const id of ['..%2Fx', `${NOBODY}f`, '[object%20Object]', NOBODY.toUpperCase(), '$ne']) {
      const answer = await api.call(method, pathOf(path, { ...UNKNOWN, id }));
      expect([answer.status, answer.body.code]).toEqual([404, missing]);
    }
  });

  test.each(withId)('$method $path refuses a broken percent-encoding', async ({ method, path }) => {
    const answer = await api.call(method, pathOf(path, { ...UNKNOWN, id: '%E0%A4%A' }));
    expect([answer.status, answer.body.code]).toEqual([400, 'path.malformed']);
  });
});

describe('every route with a JSON body', () => {
  const refusedAs = async (row: (typeof JSON_ROWS)[number], body: string, type = 'application/json') => {
    const answer = await api.call(row.method, row.at, { body, headers: { 'Content-Type': type, 'If-Match': '*' } });
    return `${answer.status} ${answer.body.code}`;
  };

  test.each(JSON_ROWS)('$method $path refuses what is not JSON in UTF-8', async (row) => {
    expect(await refusedAs(row, '{"a":')).toBe('400 body.notJson');
    expect(await refusedAs(row, '{}', 'text/plain')).toBe('415 body.wrongType');
    expect(await refusedAs(row, '{}', 'application/json; charset=utf-7')).toBe('415 body.wrongType');
  });

  test.each(JSON_ROWS)('$method $path refuses a body that is too large or too deep', async (row) => {
    expect(await refusedAs(row, `{"name":"${'x'.repeat(1_048_576)}"}`)).toBe('413 body.tooLarge');
    expect(await refusedAs(row, `${'['.repeat(33)}${']'.repeat(33)}`)).toBe('400 body.tooDeep');
    expect(await refusedAs(row, `${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBe('400 body.tooDeep');
  });

  test.each(JSON_ROWS)('$method $path refuses keys that mean something to a database or to JavaScript', async (row) => {
    for (const key of ['$where', '__proto__', 'constructor', 'prototype']) {
      expect(await refusedAs(row, `{"name":{"a":[{"${key}":1}]}}`)).toBe('400 body.forbiddenKey');
    }
    expect(await refusedAs(row, '{"name":"\\ud800"}')).toBe('400 body.badText');
  });

  test.each(JSON_ROWS)('$method $path refuses a field that it does not know, by pointer', async (row) => {
    const body =
      row.name === 'putRouting' ? [{ any: true, route: 'relay', 'a/b': 1 }] : { ...BODIES[row.name], 'a/b': 1 };
    const answer = await api.call(row.method, row.at, { body, headers: { 'If-Match': '*' } });
    expect(answer.status).toBe(422);
    const pointer = row.name === 'putRouting' ? '/0/a~1b' : '/a~1b';
    expect(answer.body.errors).toContainEqual({ pointer, code: 'unknownField', detail: 'There is no such field.' });
  });

  test.each(JSON_ROWS)('$method $path refuses null, a bare text and a number', async (row) => {
    for (const body of ['null', '"x"', '5']) expect(await refusedAs(row, body)).toBe('422 body.invalid');
  });
});

test.each(KEYED.filter((row) => isUnsafe(row) && !row.body && !row.upload))(
  '$method $path refuses a body, because whoever sends one believes that it does something',
  async ({ method, at }) => {
    const answer = await api.call(method, at, { body: { dryRun: true } });
    expect([answer.status, answer.body.code]).toEqual([422, 'body.unexpected']);
  },
);

describe('every path', () => {
  const paths = [...new Set(ROUTES.map((row) => row.path))].map((path) => ({ path }));

  test.each(paths)('$path says which methods it takes', async ({ path }) => {
    const taken = ROUTES.filter((row) => row.path === path).map((row) => row.method);
    for (const method of (['get', 'post', 'put', 'patch', 'delete'] as const).filter((one) => !taken.includes(one))) {
      const answer = await api.call(method, pathOf(path));
      expect(answer.status).toBe(405);
      const allowed = answer.headers['allow']!.split(', ').filter((one) => one !== 'HEAD');
      expect(allowed.sort()).toEqual(taken.map((one) => one.toUpperCase()).sort());
    }
  });

  test.each(['/api/v1', '/api/v1/nothing', '/api/v1/campaigns/', '/api/v1/Campaigns', '/nothing', '/api/v2/campaigns'])(
    '%s is nowhere',
    async (path) => {
      const answer = await api.call('get', path);
      expect([answer.status, answer.body.code]).toEqual([404, 'path.unknown']);
    },
  );

  test('under the base nothing is told to who has no key, not even what exists', async () => {
    expect((await supertest(api.server).get('/api/v1/nothing')).status).toBe(401);
  });
});

describe('while the server shuts down', () => {
  test.each(KEYED.filter(isUnsafe))('$method $path is refused', async ({ method, at }) => {
    api.switches.stopping = true;
    try {
      const answer = await api.call(method, at);
      expect([answer.status, answer.body.code]).toEqual([503, 'server.stopping']);
      expect(answer.headers['retry-after']).toBe('5');
    } finally {
      api.switches.stopping = false;
    }
  });
});

describe('the OpenAPI document', () => {
  test('needs no key, is valid 3.1 and describes exactly the routes there are', async () => {
    const { body: document, status } = await supertest(api.server).get('/openapi.json');
    expect(status).toBe(200);
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const documented = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documented.sort()).toEqual(ROUTES.map((row) => `${row.method} ${row.path}`).sort());
    expect(document.info.version).toBe('1.2.3');
  });

  test('has patterns that the languages of all validators read alike', () => {
    const patterns = [...JSON.stringify(openApi('1')).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text]) => JSON.parse(text!) as string,
    );
    expect(patterns.length).toBeGreaterThan(50);
    for (const pattern of patterns) {
      expect(() => new RegExp(pattern, 'u')).not.toThrow();
      // Neither look-around, back references and names, nor Unicode classes and escapes.
      expect(pattern).not.toMatch(/\(\?(?!:)|\\[1-9pPukKbB]/);
    }
  });

  const COUNTS = Object.entries(openApi('1').paths ?? {}).flatMap(([path, { get }]) =>
    (get?.parameters ?? []).flatMap((parameter) => {
      if (!('schema' in parameter) || !('in' in parameter) || parameter.in !== 'query') return [];
      const { type, minimum, maximum, pattern } = parameter.schema as Record<string, unknown>;
      if (parameter.name !== 'limit' && parameter.name !== 'minutes' && parameter.name !== 'cursor') return [];
      return [{ at: pathOf(path), name: parameter.name, type, minimum, maximum, pattern }];
    }),
  );

  test.each(COUNTS)('says of $name of $at what the server takes', async ({ at, name, ...schema }) => {
    const isTaken = async (value: unknown) => (await api.call('get', `${at}?${name}=${value}`)).status !== 400;
    if (name === 'cursor') {
      expect(schema).toMatchObject({ type: 'string', pattern: '^[A-Za-z0-9_-]+$' });
      return;
    }
    expect(schema).toMatchObject({ type: 'integer', minimum: 1 });
    expect([await isTaken(1), await isTaken(schema.maximum)]).toEqual([true, true]);
    for (const value of [0, Number(schema.maximum) + 1, '1.5', '01', '']) expect(await isTaken(value)).toBe(false);
  });

  test('names each operation once', () => {
    const names = ROUTES.map((row) => row.name);
    expect(new Set(names).size).toBe(names.length);
  });
});
