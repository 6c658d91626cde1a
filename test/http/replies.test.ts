import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeReplyLog } from '../../src/app/replies/reply-log.ts';
import { type Harness, NOON, serve } from './harness.ts';

/** Unknown replies as a worker writes them, and what a person makes of them. */

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_replies');
});
beforeEach(async () => {
  for (const name of ['unknownReplies', 'replyRules']) await api.db.collection(name).deleteMany({});
});
afterAll(() => api.close());

const worker = () => makeReplyLog({ ...api.deps, workerName: 'w1' });
const WHERE = { provider: 'gmail', stage: 'rcpt', reused: false, direct: true, carried: 0 } as const;
const TEACHING = { meaning: 'rate_limit', reaction: 'lower_rate', pauseSeconds: 600 };

async function heard(code: number, text: string, times = 1, provider = 'gmail'): Promise<void> {
  const replyLog = worker();
  const reply = { code, enhanced: code < 500 ? '4.7.1' : null, text };
  const verdict = replyLog.classify(reply, { ...WHERE, provider });
  const note = {
    campaignId: 'c1',
    lane: `relay:${provider}`,
    provider,
    stage: WHERE.stage,
    verdict,
    ...reply,
    at: NOON,
  };
  for (let time = 0; time < times; time++) replyLog.record(note);
  await replyLog.flush();
}

const listed = async (query = '') => (await api.call('get', `/api/v1/replies/unknown${query}`)).body;
const idOf = async (text: string): Promise<string> =>
  (await listed()).items.find((item: { text: string }) => item.text === text).id;

describe('unknown replies', () => {
  test('are listed with a row that is ready for the catalogue', async () => {
    await heard(451, 'The moon is full for <ann@example.com> at 203.0.113.9', 3);
    await heard(451, 'The sun is too hot', 1, 'alpha.example');
    const { items, nextCursor } = await listed();
    expect(nextCursor).toBeNull();
    expect(items).toMatchObject([
      {
        ...{ provider: 'gmail', code: 451, enhanced: '4.7.1', count: 3, lanes: ['relay:gmail'] },
        text: 'The moon is full for <ann@example.com> at 203.0.113.9',
        sorted: { rule: 'code.4xx', meaning: 'server_busy', reaction: 'retry_recipient' },
        row: {
          provider: 'gmail',
          reply: '451 4.7.1 The moon is full for <user@example.net> at 192.0.2.25',
          means: ['server_busy', 'retry_recipient', 0],
        },
      },
      { provider: 'alpha.example', row: { provider: null } },
    ]);
  });

  test('are paged in either order', async () => {
    for (const [index, word] of ['aa', 'bb', 'cc'].entries()) await heard(451, `moon ${word}`, index + 1);
    for (const order of ['frequent', 'newest']) {
      const first = await listed(`?order=${order}&limit=2`);
      const next = await listed(`?order=${order}&limit=2&cursor=${first.nextCursor}`);
      expect([...first.items, ...next.items].map(({ text }) => text).toSorted()).toEqual([
        'moon aa',
        'moon bb',
        'moon cc',
      ]);
    }
    expect((await listed('?limit=1')).items[0].text).toBe('moon cc');
    const wrong = await api.call('get', '/api/v1/replies/unknown?order=best');
    expect([wrong.status, wrong.body.code]).toEqual([400, 'query.invalid']);
  });

  test('that are dismissed are shown no more, even when heard again', async () => {
    await heard(451, 'The moon is full');
    const id = await idOf('The moon is full');
    expect((await api.call('delete', `/api/v1/replies/unknown/${id}`)).status).toBe(204);
    await heard(451, 'The moon is full');
    expect((await listed()).items).toEqual([]);
    const missing = await api.call('delete', `/api/v1/replies/unknown/${'0'.repeat(24)}`);
    expect([missing.status, missing.body.code]).toEqual([404, 'reply.notFound']);
  });
});

describe('a reply that is taught', () => {
  test('is known to a worker from then on, gone from the list, listed as a rule, and can be forgotten', async () => {
    await heard(451, 'The moon is full for <ann@example.com>');
    const id = await idOf('The moon is full for <ann@example.com>');
    const put = await api.call('put', `/api/v1/replies/unknown/${id}`, { body: { ...TEACHING, explicit: true } });
    expect(put.status).toBe(200);
    expect(put.body).toMatchObject({
      ...{ id, provider: 'gmail', reply: '451 4.7.1 The moon is full for <user@example.net>', ...TEACHING },
      ...{ explicit: true, at: new Date(NOON).toISOString() },
    });
    expect((await listed()).items).toEqual([]);
    expect((await api.call('get', '/api/v1/replies/rules')).body.items).toEqual([put.body]);

    const replyLog = worker();
    await replyLog.readRules();
    const reply = { code: 421, enhanced: null, text: 'the MOON is full for <bob@example.org>' };
    expect(replyLog.classify(reply, WHERE)).toMatchObject({
      rule: `taught.${id}`,
      reaction: 'lower_rate',
      explicit: true,
    });
    expect(replyLog.classify(reply, { ...WHERE, provider: 'yahoo' }).rule).toBe('code.421');

    expect((await api.call('delete', `/api/v1/replies/rules/${id}`)).status).toBe(204);
    await replyLog.readRules();
    expect(replyLog.classify(reply, WHERE).rule).toBe('code.421');
    const again = await api.call('delete', `/api/v1/replies/rules/${id}`);
    expect([again.status, again.body.code]).toEqual([404, 'replyRule.notFound']);
  });

  test('can be taught otherwise later', async () => {
    await heard(451, 'The moon is full');
    const id = await idOf('The moon is full');
    await api.call('put', `/api/v1/replies/unknown/${id}`, { body: TEACHING });
    const body = { meaning: 'greylisting', reaction: 'retry_recipient', pauseSeconds: 60 };
    const put = await api.call('put', `/api/v1/replies/unknown/${id}`, { body });
    expect(put.body).toMatchObject({ ...body, explicit: false, reply: '451 4.7.1 The moon is full' });
    expect((await api.call('get', '/api/v1/replies/rules')).body.items).toHaveLength(1);
  });

  test('about a mailbox suppresses it', async () => {
    await heard(550, 'Adiós, nadie vive aquí');
    const id = await idOf('Adiós, nadie vive aquí');
    const body = { meaning: 'invalid_recipient', reaction: 'suppress_recipient', pauseSeconds: 0 };
    expect((await api.call('put', `/api/v1/replies/unknown/${id}`, { body })).status).toBe(200);
    const replyLog = worker();
    await replyLog.readRules();
    const verdict = replyLog.classify({ code: 550, enhanced: null, text: 'Adiós, nadie vive aquí' }, WHERE);
    expect(verdict.reaction).toBe('suppress_recipient');
  });

  test.each([
    [550, 'Nicht heute, lieber limited', 'suppress_recipient', 'reply.aboutPace'],
    [451, 'The moon is full', 'suppress_recipient', 'reply.temporary'],
    [451, 'The moon is full', 'bounce_recipient', 'reply.temporary'],
  ])('%i "%s" may not %s', async (code, text, reaction, problem) => {
    const id = 'a'.repeat(24);
    await api.collections.unknownReplies.insertOne({
      ...{ _id: id, provider: 'gmail', code, enhanced: null, text, count: 1, lanes: [], dismissed: false },
      ...{ firstAt: new Date(NOON), lastAt: new Date(NOON) },
      sorted: { rule: 'code.550', meaning: 'invalid_recipient', reaction: 'bounce_recipient' },
    });
    const body = { meaning: 'invalid_recipient', reaction, pauseSeconds: 0 };
    const answer = await api.call('put', `/api/v1/replies/unknown/${id}`, { body });
    expect([answer.status, answer.body.code]).toEqual([422, problem]);
    expect(answer.body.errors).toMatchObject([{ pointer: '/reaction', code: problem }]);
    expect((await api.call('get', '/api/v1/replies/rules')).body.items).toEqual([]);
    expect((await listed()).items).toHaveLength(1);
  });

  test.each([
    ['no body', undefined],
    ['no such meaning', { ...TEACHING, meaning: 'weather' }],
    ['a meaning of our own silence', { ...TEACHING, meaning: 'unknown_outcome' }],
    ['a reaction to silence', { ...TEACHING, reaction: 'hold_do_not_resend' }],
    ['a pause that is none', { ...TEACHING, pauseSeconds: -1 }],
    ['a pause of a month', { ...TEACHING, pauseSeconds: 30 * 86_400 }],
    ['half a second', { ...TEACHING, pauseSeconds: 0.5 }],
    ['something else', { ...TEACHING, provider: 'gmail' }],
  ])('is refused with %s', async (_, body) => {
    await heard(451, 'The moon is full');
    const id = await idOf('The moon is full');
    const answer = await api.call('put', `/api/v1/replies/unknown/${id}`, { body });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect((await listed()).items).toHaveLength(1);
  });

  test('must have been heard', async () => {
    const answer = await api.call('put', `/api/v1/replies/unknown/${'0'.repeat(24)}`, { body: TEACHING });
    expect([answer.status, answer.body.code]).toEqual([404, 'reply.notFound']);
  });

  test('finds room only below a number of rules', async () => {
    const rule = {
      provider: null,
      reply: '451 x',
      meaning: 'content',
      reaction: 'lower_rate',
      pauseSeconds: 0,
    } as const;
    const ids = Array.from({ length: 1_000 }, (_, index) => String(index).padStart(24, '0'));
    await api.collections.replyRules.insertMany(
      ids.map((_id) => ({ _id, ...rule, explicit: false, at: new Date(NOON) })),
    );
    await heard(451, 'The moon is full');
    const id = await idOf('The moon is full');
    const answer = await api.call('put', `/api/v1/replies/unknown/${id}`, { body: TEACHING });
    expect([answer.status, answer.body.code]).toEqual([409, 'replyRule.tooMany']);
    expect((await api.call('put', `/api/v1/replies/unknown/${ids[7]}`, { body: TEACHING })).status).toBe(200);
  });
});
