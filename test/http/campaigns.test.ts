import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mongoRecipientLoader } from '../../src/adapters/mongo/recipient-loader.ts';
import { makeRemoveLeftovers } from '../../src/app/import/leftovers.ts';
import { CONTENT, type Harness, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_campaigns');
});
afterAll(() => api.close());

const create = (body: object) => api.call('post', '/api/v1/campaigns', { body });

describe('creating a campaign', () => {
  test('answers a draft with its version, its place and what may be done with it', async () => {
    const answer = await create({ name: 'Autumn', content: CONTENT });
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe(`/api/v1/campaigns/${answer.body.id}`);
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.body).toMatchObject({
      state: 'draft',
      onUncertain: 'hold',
      giveUpAfter: '72h',
      allowedActions: ['schedule', 'start', 'cancel'],
    });
    const read = await api.call('get', answer.headers['location']!);
    expect(read.body).toEqual(answer.body);
    expect(read.headers['etag']).toBe('"1"');
  });

  test('takes a shipped letter, and fields of the content override it', async () => {
    const content = { from: { address: 'a@example.com' }, subject: 'Mine' };
    const answer = await create({ name: 'Autumn', template: 'newsletter', content });
    const shipped = await api.deps.templates.read('newsletter');
    expect(answer.body.content).toEqual({ ...content, html: shipped?.html, text: shipped?.text });
  });

  test('refuses a letter that does not ship', async () => {
    const answer = await create({ name: 'Autumn', template: '../x', content: CONTENT });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'template.unknown', errors: [{ pointer: '/template' }] });
  });

  test.each([
    ['a missing subject', { from: CONTENT.from, html: 'x' }, '/content/subject'],
    ['no content at all', undefined, '/content/subject'],
    ['a line break in the subject', { ...CONTENT, subject: 'a\r\nBcc: x@example.com' }, '/content/subject'],
    ['an empty page', { ...CONTENT, html: ' ' }, '/content/html'],
    [
      'a sender with a display name in the address',
      { ...CONTENT, from: { address: 'A <a@b.example>' } },
      '/content/from/address',
    ],
    ['a line break in the name', { ...CONTENT, from: { address: 'a@b.example', name: 'A\nB' } }, '/content/from/name'],
    ['a bad reply address', { ...CONTENT, replyTo: 'nobody' }, '/content/replyTo'],
    [
      'a way out over ftp',
      { ...CONTENT, listUnsubscribe: { url: 'ftp://example.com/' } },
      '/content/listUnsubscribe/url',
    ],
    ['a bad unsubscribe address', { ...CONTENT, listUnsubscribe: { mailto: 'no' } }, '/content/listUnsubscribe/mailto'],
    ['a template that does not parse', { ...CONTENT, html: '<p>{{ first_name</p>' }, '/content/html'],
    ['a subject template that does not parse', { ...CONTENT, subject: '{% if %}' }, '/content/subject'],
    ['a subject of 500 kB', { ...CONTENT, subject: 'x'.repeat(500_000) }, '/content/subject'],
  ])('refuses %s and points at it', async (_what, content, pointer) => {
    const answer = await create({ name: 'Autumn', content });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test('accepts a mailto and an https way out with merge fields', async () => {
    const listUnsubscribe = {
      url: 'https://example.com/u/{{ email | url_encode }}',
      mailto: 'mailto:out@example.com?subject=out',
    };
    expect((await create({ name: 'Autumn', content: { ...CONTENT, listUnsubscribe } })).status).toBe(201);
  });

  test.each([
    ['mass assignment', { name: 'A', state: 'running' }, '/state', 'unknownField'],
    [
      'nodemailer options in the content',
      { name: 'A', content: { attachments: [] } },
      '/content/attachments',
      'unknownField',
    ],
    ['an object for text', { name: 'A', content: { html: { href: 'http://127.0.0.1/' } } }, '/content/html', 'type'],
    ['a missing name', {}, '/name', 'required'],
    ['a blank name', { name: '  ' }, '/name', 'invalid'],
    ['a number for a name', { name: 5 }, '/name', 'type'],
    ['an unknown rule', { name: 'A', onUncertain: 'maybe' }, '/onUncertain', 'value'],
    ['an age to give up at that is too small', { name: 'A', giveUpAfter: '299s' }, '/giveUpAfter', 'invalid'],
    ['one that is too great', { name: 'A', giveUpAfter: '169h' }, '/giveUpAfter', 'invalid'],
    ['one without a unit', { name: 'A', giveUpAfter: '72' }, '/giveUpAfter', 'format'],
    ['a number for one', { name: 'A', giveUpAfter: 72 }, '/giveUpAfter', 'type'],
    ['a list', [], '', 'type'],
  ])('refuses %s by pointer and code', async (_what, body, pointer, code) => {
    const answer = await create(body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'body.invalid', errors: [{ pointer, code }] });
  });
});

describe('listing campaigns', () => {
  test('goes through all of them once, the newest first, by state', async () => {
    await api.collections.campaigns.deleteMany({});
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift(await api.draft());
    await api.call('post', `/api/v1/campaigns/${ids[0]}/cancel`);

    const seen: string[] = [];
    let path = '/api/v1/campaigns?state=draft&limit=3';
    while (path) {
      const { body, headers } = await api.call('get', path);
      seen.push(...body.items.map((item: { id: string }) => item.id));
      path = /^<([^>]+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1] ?? '';
      expect(Boolean(path)).toBe(body.nextCursor !== null);
    }
    expect(seen).toEqual(ids.slice(1));
  });

  test.each([
    'limit=0',
    'limit=501',
    'limit=1e9',
    'limit=-1',
    'state=gone',
    'state[$ne]=draft',
    'state=draft&state=paused',
    'cursor=x',
    `cursor=${Buffer.from('recipients\n0.').toString('base64url')}`,
    'skip=5',
    '__proto__=x',
  ])('refuses ?%s', async (query) => {
    const answer = await api.call('get', `/api/v1/campaigns?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('query.invalid');
  });
});

describe('the age at which recipients give up', () => {
  test('is what was asked for, in hours, minutes or seconds, and may be changed while the campaign runs', async () => {
    const created = await create({ name: 'Autumn', content: CONTENT, giveUpAfter: '7d' });
    expect(created.body.giveUpAfter).toBe('168h');
    const id = await api.readyCampaign();
    await api.call('post', `/api/v1/campaigns/${id}/start`);
    const edit = (giveUpAfter: string) =>
      api.call('patch', `/api/v1/campaigns/${id}`, { body: { giveUpAfter }, headers: { 'If-Match': '*' } });
    expect((await edit('90m')).body).toMatchObject({ state: 'running', giveUpAfter: '90m' });
    expect((await api.call('get', `/api/v1/campaigns/${id}`)).body.giveUpAfter).toBe('90m');
    await api.call('post', `/api/v1/campaigns/${id}/cancel`);
    const late = await edit('5m');
    expect([late.status, late.body.code]).toEqual([409, 'campaign.notEditable']);
  });

  test('is 72 hours for a campaign that an earlier version stored', async () => {
    const id = await api.draft();
    await api.collections.campaigns.updateOne({ _id: id }, { $unset: { giveUpAfterMs: '' } });
    expect((await api.call('get', `/api/v1/campaigns/${id}`)).body.giveUpAfter).toBe('72h');
  });
});

describe('editing a campaign', () => {
  const edit = (id: string, body: object, ifMatch?: string) =>
    api.call('patch', `/api/v1/campaigns/${id}`, {
      body,
      headers: ifMatch === undefined ? {} : { 'If-Match': ifMatch },
    });

  test('merges the change and raises the version', async () => {
    const id = await api.draft({ ...CONTENT, replyTo: 'reply@example.com' });
    const answer = await edit(id, { name: 'Winter', content: { replyTo: null, from: { name: 'W' } } }, '"1"');
    expect(answer.status).toBe(200);
    expect(answer.headers['etag']).toBe('"2"');
    expect(answer.body).toMatchObject({
      name: 'Winter',
      content: { from: { address: 'news@example.com', name: 'W' } },
    });
    expect(answer.body.content).not.toHaveProperty('replyTo');
  });

  test('takes merge-patch+json as well, and * for any version', async () => {
    const id = await api.draft();
    const headers = { 'If-Match': '*', 'Content-Type': 'application/merge-patch+json' };
    const answer = await api.call('patch', `/api/v1/campaigns/${id}`, { body: '{"name":"Winter"}', headers });
    expect(answer.body.name).toBe('Winter');
  });

  test('wants to know which version is meant', async () => {
    const answer = await edit(await api.draft(), { name: 'Winter' });
    expect([answer.status, answer.body.code]).toEqual([428, 'ifMatch.missing']);
  });

  test.each(['"7"', 'W/"1"', '"abc"'])('refuses the other version %s', async (tag) => {
    const answer = await edit(await api.draft(), { name: 'Winter' }, tag);
    expect([answer.status, answer.body.code]).toEqual([412, 'campaign.versionMismatch']);
  });

  test('refuses a malformed If-Match', async () => {
    const answer = await edit(await api.draft(), { name: 'Winter' }, '1');
    expect([answer.status, answer.body.code]).toEqual([400, 'header.invalid']);
  });

  test('refuses to take away what a letter needs', async () => {
    const answer = await edit(await api.draft(), { content: { html: '' } }, '"1"');
    expect(answer.body).toMatchObject({ code: 'content.invalid', errors: [{ pointer: '/content/html' }] });
  });

  test('leaves the letter of a campaign under way alone, but not its name', async () => {
    const id = await api.readyCampaign();
    const started = await api.call('post', `/api/v1/campaigns/${id}/start`);
    const answer = await edit(id, { content: { subject: 'Other' } }, '*');
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'campaign.notEditable',
      state: 'running',
      allowedActions: ['schedule', 'unschedule', 'pause', 'cancel'],
    });
    expect((await edit(id, { name: 'Winter' }, started.headers['etag'])).status).toBe(200);
  });

  test('checks merge fields against the columns once there are some', async () => {
    const id = await api.readyCampaign();
    const answer = await edit(id, { content: { subject: 'Hello {{ city }}' } }, '*');
    expect(answer.body).toMatchObject({ code: 'content.invalid', errors: [{ code: 'template.unknownField' }] });
  });

  test('of two editors at once one wins and the other hears of it', async () => {
    const id = await api.draft();
    const answers = await Promise.all([edit(id, { name: 'One' }, '"1"'), edit(id, { name: 'Two' }, '"1"')]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 412]);
  });
});

describe('deleting a campaign', () => {
  test('takes its recipients, attempts, imports and rejects with it', async () => {
    const { recipients, slices, imports, rejects, attempts } = api.collections;
    const id = await api.readyCampaign('email,first_name\nann@example.com,Ann\nnobody,N\n');
    const row = await recipients.findOne({ campaignId: id });
    await attempts.insertOne({ _id: 'a', campaignId: id, recipientId: row!._id } as never);
    expect((await api.call('delete', `/api/v1/campaigns/${id}`)).status).toBe(204);
    expect((await api.call('get', `/api/v1/campaigns/${id}`)).status).toBe(404);
    for (const collection of [recipients, slices, imports, attempts]) {
      expect(await collection.countDocuments({ campaignId: id } as never)).toBe(0);
    }
    expect(await rejects.countDocuments({})).toBe(0);
  });

  test('answers at once where there is much to remove, and whoever died at it is taken over from', async () => {
    const id = await api.readyCampaign();
    const removal = vi.spyOn(api.deps.campaigns, 'remove').mockReturnValue(new Promise<never>(() => {}));
    const answer = await api.call('delete', `/api/v1/campaigns/${id}`);
    removal.mockRestore();
    expect(answer.status).toBe(202);
    for (const path of ['', '/progress', '/recipients']) {
      expect((await api.call('get', `/api/v1/campaigns/${id}${path}`)).status).toBe(404);
    }
    expect((await api.call('get', '/api/v1/campaigns?limit=100')).text).not.toContain(id);
    expect((await api.call('post', `/api/v1/campaigns/${id}/start`)).status).toBe(404);
    expect(await api.collections.recipients.countDocuments({ campaignId: id })).toBeGreaterThan(0);

    const { campaigns, imports, clock, log } = api.deps;
    const loader = mongoRecipientLoader(api.collections);
    await makeRemoveLeftovers({ campaigns, imports, loader, log, clock: { now: () => clock.now() + 60_000 } })();
    expect(await api.collections.recipients.countDocuments({ campaignId: id })).toBe(0);
    expect(await api.collections.campaigns.countDocuments({ _id: id })).toBe(0);
  });

  test('waits for a cancelled campaign to end, and for an import', async () => {
    const id = await api.readyCampaign();
    await api.call('post', `/api/v1/campaigns/${id}/start`);
    expect((await api.call('delete', `/api/v1/campaigns/${id}`)).body.code).toBe('campaign.notDeletable');
    await api.call('post', `/api/v1/campaigns/${id}/cancel`);
    expect((await api.call('delete', `/api/v1/campaigns/${id}`)).body.code).toBe('campaign.notDeletable');
    await api.collections.campaigns.updateOne({ _id: id }, { $set: { finishedAt: new Date(), openImport: id } });
    await api.deps.imports.insert({ id, campaignId: id, state: 'loading' } as never);
    expect((await api.call('delete', `/api/v1/campaigns/${id}`)).body.code).toBe('import.open');
    // Its rows go with the campaign.
    await api.deps.imports.update(id, { state: 'failed' });
    expect((await api.call('delete', `/api/v1/campaigns/${id}`)).status).toBe(204);
  });
});
