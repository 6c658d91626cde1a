import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileOf } from '../../src/core/providers/profile.ts';
import { PROVIDERS } from '../../src/core/providers/table.ts';
import { type Harness, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_providers');
});
afterAll(() => api.close());

const read = (provider: string) => api.call('get', `/api/v1/providers/${provider}`);
const patch = (provider: string, body: object | string) =>
  api.call('patch', `/api/v1/providers/${provider}`, {
    body,
    headers: { 'Content-Type': 'application/merge-patch+json' },
  });

describe('providers', () => {
  test('are listed with the profile in force, those that were changed here beside those of the table', async () => {
    await patch('listed.example', { ceiling: 3 });
    const { body } = await api.call('get', '/api/v1/providers');
    const names: string[] = body.items.map((item: { provider: string }) => item.provider);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toEqual(expect.arrayContaining([...PROVIDERS.map(({ key }) => key), 'other', 'listed.example']));
    expect(body.items.find((item: { provider: string }) => item.provider === 'gmail')).toEqual({
      provider: 'gmail',
      profile: profileOf('gmail'),
      changed: [],
      links: { self: '/api/v1/providers/gmail' },
    });
  });

  test('that nobody knows have a profile too', async () => {
    expect((await read('mx.alpha.example')).body).toMatchObject({
      profile: profileOf('mx.alpha.example'),
      changed: [],
    });
    expect((await read('mimecast-eu')).body.profile).toEqual(profileOf('mimecast'));
  });

  test('are changed field by field, and null brings back what was shipped', async () => {
    const changed = await patch('yahoo', { ceiling: 4.5, strict: false, connections: 2 });
    expect(changed.status).toBe(200);
    expect(changed.body.profile).toEqual({ ...profileOf('yahoo'), ceiling: 4.5, strict: false, connections: 2 });
    expect(changed.body.changed).toEqual(['ceiling', 'connections', 'strict']);
    expect((await read('yahoo')).body).toEqual(changed.body);
    expect(await api.deps.providers.get('yahoo')).toEqual({ ceiling: 4.5, strict: false, connections: 2 });

    const back = await patch('yahoo', { strict: null, connections: null, floor: 1 });
    expect(back.body.profile).toEqual({ ...profileOf('yahoo'), ceiling: 4.5, floor: 1 });
    expect((await patch('yahoo', {})).body).toEqual(back.body);
    expect((await patch('yahoo', { ceiling: null, floor: null })).body.changed).toEqual([]);
    expect(await api.collections.providers.countDocuments({ _id: 'yahoo' })).toBe(0);
  });

  test.each([
    ['no session', { connections: 0 }, '/connections', 'tooSmall'],
    ['half a session', { connections: 1.5 }, '/connections', 'type'],
    ['too many sessions', { connections: 501 }, '/connections', 'tooBig'],
    ['a text for a number', { connections: '5' }, '/connections', 'type'],
    ['no letter per session', { messagesPerConnection: 0 }, '/messagesPerConnection', 'tooSmall'],
    ['a rate of nothing', { ceiling: 0 }, '/ceiling', 'tooSmall'],
    ['a negative rate', { floor: -1 }, '/floor', 'tooSmall'],
    ['a rate that nobody has', { startRate: 10_001 }, '/startRate', 'tooBig'],
    ['an endless rate', '{"ceiling":1e309}', '/ceiling', 'type'],
    ['a word that is not yes or no', { strict: 'yes' }, '/strict', 'type'],
    ['another kind of TLS', { tls: 'none' }, '/tls', 'value'],
    ['sessions that grow at once', { sessionGrowSeconds: 0 }, '/sessionGrowSeconds', 'tooSmall'],
    ['a restart with no session', { sessionRestart: 0 }, '/sessionRestart', 'tooSmall'],
  ])('refuse %s, and change nothing', async (_what, body, pointer, code) => {
    const answer = await patch('refusing.example', body);
    expect([answer.status, answer.body.code]).toEqual([422, 'body.invalid']);
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer, code })]);
    expect(await api.deps.providers.get('refusing.example')).toEqual({});
  });

  test.each([
    ['a floor above the ceiling', 'a.example', { ceiling: 2, floor: 3 }, '/floor', 'floorAboveCeiling'],
    ['a start above the ceiling', 'a.example', { ceiling: 2, startRate: 3 }, '/startRate', 'startAboveCeiling'],
    ['a floor above the shipped ceiling', 'yahoo.co.jp', { floor: 11 }, '/floor', 'floorAboveCeiling'],
  ])('refuse %s', async (_what, provider, body, pointer, code) => {
    const answer = await patch(provider, body);
    expect([answer.status, answer.body.code]).toEqual([422, 'provider.invalid']);
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer, code })]);
    expect(await api.deps.providers.get(provider)).toEqual({});
  });

  test('refuse a ceiling below the floor of before, and a floor equal to it is fine', async () => {
    await patch('b.example', { floor: 3 });
    const answer = await patch('b.example', { ceiling: 2 });
    expect(answer.body).toMatchObject({ code: 'provider.invalid', errors: [{ pointer: '/ceiling' }] });
    expect((await patch('b.example', { ceiling: 3 })).status).toBe(200);
  });

  test.each(['Gmail', '-x', 'x-', 'a:b', 'a%20b', '%24ne', '*', 'x'.repeat(254)])(
    'can not be called %s',
    async (name) => {
      for (const answer of [await read(name), await patch(name, { ceiling: 1 })]) {
        expect([answer.status, answer.body.code]).toEqual([404, 'path.unknown']);
      }
    },
  );

  test('lose no field when many are changed at once', async () => {
    const fields = { ceiling: 9, floor: 1, connections: 3, strict: true };
    const bodies = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
    const statuses = (await Promise.all(bodies.map((body) => patch('many.example', body)))).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(await api.deps.providers.get('many.example')).toEqual(fields);
  });

  test('that never stand still are given up with a reason', async () => {
    const wild = await serve('test_http_providers_wild', {
      providers: { ...api.deps.providers, put: async () => false },
    });
    const answer = await wild.call('patch', '/api/v1/providers/gmail', { body: { ceiling: 1 } });
    expect([answer.status, answer.body.code]).toEqual([409, 'provider.changedMeanwhile']);
    await wild.close();
  });
});
