import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CampaignState } from '../../src/core/campaigns/campaign.ts';
import { CONTENT, type Harness, NOON, serve } from './harness.ts';

let api: Harness;
beforeAll(async () => {
  api = await serve('test_http_control');
});
afterAll(() => api.close());

const HOUR = 3_600_000;
const act = (id: string, action: string) => api.call('post', `/api/v1/campaigns/${id}/${action}`);
const put = (id: string, state: CampaignState, more: object = {}) =>
  api.collections.campaigns.updateOne({ _id: id }, { $set: { state, ...more } });

describe('starting a campaign', () => {
  test('makes it run, once', async () => {
    const id = await api.readyCampaign();
    const started = await act(id, 'start');
    expect(started.status).toBe(200);
    expect(started.body).toMatchObject({
      state: 'running',
      allowedActions: ['schedule', 'unschedule', 'pause', 'cancel'],
    });
    expect(started.body.startedAt).toBe(new Date(NOON).toISOString());
    const again = await act(id, 'start');
    expect(again.body).toEqual(started.body);
  });

  test('is refused without recipients', async () => {
    await api.routing();
    const answer = await act(await api.draft(), 'start');
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'campaign.noRecipients', state: 'draft' });
    expect(answer.body.allowedActions).toContain('start');
  });

  test('is refused while an import is open', async () => {
    const id = await api.readyCampaign();
    await put(id, 'draft', { openImport: id });
    const answer = await act(id, 'start');
    expect([answer.status, answer.body.code]).toEqual([409, 'import.open']);
  });

  test('is refused when the letter uses a column that the list does not have', async () => {
    await api.routing();
    const id = await api.draft({ ...CONTENT, html: '<p>{{ city }}</p>' });
    await api.upload(id, 'email,first_name\nann@example.com,Ann\n');
    const answer = await act(id, 'start');
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0]).toMatchObject({ pointer: '/content/html', code: 'template.unknownField' });
  });

  test('is refused while no rule says how mail leaves', async () => {
    const id = await api.readyCampaign();
    await api.call('put', '/api/v1/routing', { body: [] });
    const answer = await act(id, 'start');
    expect([answer.status, answer.body.code]).toEqual([409, 'routing.missing']);
    await api.routing();
    expect((await act(id, 'start')).status).toBe(200);
  });
});

describe('the other actions', () => {
  test('pause and resume go back and forth, and repeating either changes nothing', async () => {
    const id = await api.readyCampaign();
    const { body: started } = await act(id, 'start');
    for (const [action, state] of [
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['resume', 'running'],
    ] as const) {
      const answer = await act(id, action);
      expect([answer.status, answer.body.state]).toEqual([200, state]);
    }
    expect((await api.call('get', `/api/v1/campaigns/${id}`)).body.version).toBe(started.version + 2);
  });

  test('resume takes the reason of a block away', async () => {
    const id = await api.readyCampaign();
    await put(id, 'blocked', { blockedBecause: 'The relay refuses the login.' });
    const answer = await act(id, 'resume');
    expect(answer.body).toMatchObject({ state: 'running', blockedBecause: null });
  });

  test('cancel ends it, and leaves the end of its rows to the worker', async () => {
    const id = await api.readyCampaign();
    await act(id, 'start');
    expect((await act(id, 'cancel')).body).toMatchObject({ state: 'cancelled', finishedAt: null, allowedActions: [] });
    expect((await act(id, 'cancel')).status).toBe(200);
  });

  test.each([
    ['draft', 'pause', ['schedule', 'start', 'cancel']],
    ['draft', 'resume', ['schedule', 'start', 'cancel']],
    ['paused', 'start', ['schedule', 'unschedule', 'resume', 'cancel']],
    ['finished', 'cancel', []],
    ['cancelled', 'start', []],
    ['blocked', 'pause', ['schedule', 'unschedule', 'resume', 'cancel']],
  ] as const)('from %s there is no %s', async (state, action, allowedActions) => {
    const id = await api.draft();
    await put(id, state);
    const answer = await act(id, action);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'campaign.illegalMove', state, allowedActions });
  });

  test('of many at once every one is answered and the state is one of theirs', async () => {
    const id = await api.readyCampaign();
    await act(id, 'start');
    const answers = await Promise.all([act(id, 'pause'), act(id, 'pause'), act(id, 'cancel'), act(id, 'cancel')]);
    for (const { status, body } of answers) expect([200, 409], body.code).toContain(status);
    expect((await api.call('get', `/api/v1/campaigns/${id}`)).body.state).toBe('cancelled');
  });
});

describe('scheduling', () => {
  const schedule = (id: string, body: object, query = '') =>
    api.call('put', `/api/v1/campaigns/${id}/schedule${query}`, { body });
  const NIGHT = { days: ['tue', 'wed'], from: '22:00', until: '06:00', zone: 'europe/berlin' };

  test('plans a draft and shows the next openings in UTC and on the local clock', async () => {
    const id = await api.readyCampaign();
    const answer = await schedule(id, { windows: [NIGHT], startAt: '2026-11-24T14:00:00+01:00' });
    expect(answer.status).toBe(200);
    expect(answer.body.state).toBe('scheduled');
    expect(answer.body.schedule).toEqual({
      startAt: '2026-11-24T13:00:00.000Z',
      windows: [{ ...NIGHT, zone: 'Europe/Berlin' }],
      deadline: null,
      missedStart: 'nextWindow',
    });
    expect(answer.body.nextOpenings).toHaveLength(5);
    expect(answer.body.nextOpenings[0]).toEqual({
      opensAt: '2026-11-24T21:00:00.000Z',
      closesAt: '2026-11-25T05:00:00.000Z',
      local: '2026-11-24T22:00:00+01:00[Europe/Berlin]',
      localClosesAt: '2026-11-25T06:00:00+01:00[Europe/Berlin]',
    });
    const again = await schedule(id, { deadline: '2026-12-01T00:00:00Z' });
    expect(again.body.nextOpenings).toEqual([
      {
        opensAt: new Date(NOON).toISOString(),
        closesAt: '2026-12-01T00:00:00.000Z',
        local: '2026-11-24T12:00:00+00:00[UTC]',
        localClosesAt: '2026-12-01T00:00:00+00:00[UTC]',
      },
    ]);
    const back = await api.call('delete', `/api/v1/campaigns/${id}/schedule`);
    expect(back.body).toMatchObject({ state: 'draft', schedule: null });
    expect((await api.call('delete', `/api/v1/campaigns/${id}/schedule`)).status).toBe(200);
  });

  test('a dry run tells the openings of a campaign that could not start yet, and changes nothing', async () => {
    const id = await api.draft();
    const answer = await schedule(id, { windows: [NIGHT] }, '?dryRun=true');
    expect([answer.status, answer.body.state, answer.body.nextOpenings.length]).toEqual([200, 'draft', 5]);
    expect((await api.call('get', `/api/v1/campaigns/${id}`)).body).toMatchObject({ schedule: null, version: 1 });
    expect((await schedule(id, { windows: [NIGHT] })).body.code).toBe('campaign.noRecipients');
  });

  test.each([
    ['a start in the past', { startAt: '2026-11-24T11:58:00Z' }, '/startAt', 'schedule.past'],
    ['a start beyond two years', { startAt: '2029-01-01T00:00:00Z' }, '/startAt', 'schedule.tooFar'],
    ['the year 275760', { startAt: '+275760-09-13T00:00:00Z' }, '/startAt', 'format'],
    ['a time without an offset', { startAt: '2026-11-25T00:00:00' }, '/startAt', 'format'],
    ['a leap second', { startAt: '2026-12-31T23:59:60Z' }, '/startAt', 'format'],
    ['the 30th of February', { startAt: '2027-02-30T00:00:00Z' }, '/startAt', 'format'],
    ['seconds since 1970', { startAt: 1_800_000_000 }, '/startAt', 'type'],
    [
      'a deadline before the start',
      { startAt: '2026-11-25T00:00:00Z', deadline: '2026-11-24T23:00:00Z' },
      '/deadline',
      'schedule.deadlineBeforeStart',
    ],
    ['a deadline beyond two years', { deadline: '2029-01-01T00:00:00Z' }, '/deadline', 'schedule.tooFar'],
    [
      'a deadline before any window',
      { windows: [NIGHT], deadline: '2026-11-24T20:00:00Z' },
      '/windows',
      'schedule.never',
    ],
    ['an unknown zone', { windows: [{ ...NIGHT, zone: 'Europe/Pariss' }] }, '/windows/0/zone', 'window.zone'],
    ['an offset for a zone', { windows: [NIGHT, { ...NIGHT, zone: '+25:00' }] }, '/windows/1/zone', 'window.zone'],
    ['an empty window', { windows: [{ ...NIGHT, until: '22:00' }] }, '/windows/0/until', 'window.empty'],
    ['no days', { windows: [{ ...NIGHT, days: [] }] }, '/windows/0/days', 'window.days'],
    ['a time that is none', { windows: [{ ...NIGHT, from: '25:00' }] }, '/windows/0/from', 'window.time'],
    ['a day that is none', { windows: [{ ...NIGHT, days: ['caturday'] }] }, '/windows/0/days/0', 'value'],
    ['a cron text', { cron: '* * * * *' }, '/cron', 'unknownField'],
    ['ten million windows', { windows: Array.from({ length: 51 }, () => NIGHT) }, '/windows', 'tooBig'],
  ])('refuses %s', async (_what, body, pointer, code) => {
    for (const query of ['', '?dryRun=true']) {
      const answer = await schedule(await api.draft(), body, query);
      expect(answer.status).toBe(422);
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer, code }));
    }
  });

  test.each(['running', 'paused', 'blocked'] as const)(
    'a campaign that is %s can be planned anew, and stays so',
    async (state) => {
      const id = await api.readyCampaign();
      await put(id, state);
      const deadline = new Date(NOON + HOUR).toISOString();
      const planned = await schedule(id, { deadline });
      expect(planned.body).toMatchObject({ state, schedule: { deadline } });
      expect(planned.headers['etag']).toBe(`"${(await api.call('get', `/api/v1/campaigns/${id}`)).body.version}"`);
      const without = await api.call('delete', `/api/v1/campaigns/${id}/schedule`);
      expect(without.body).toMatchObject({ state, schedule: null });
    },
  );

  test.each(['finished', 'cancelled'] as const)('a campaign that is %s can not', async (state) => {
    const id = await api.readyCampaign();
    await put(id, state);
    expect((await schedule(id, {})).body).toMatchObject({ code: 'campaign.illegalMove', state });
  });

  test('a plan that is paused before its start waits for it again once it is resumed', async () => {
    const id = await api.readyCampaign();
    const startAt = new Date(NOON + 72 * HOUR).toISOString();
    await schedule(id, { startAt });
    await act(id, 'pause');
    const resumed = await act(id, 'resume');
    expect(resumed.body).toMatchObject({ state: 'scheduled', startedAt: null, schedule: { startAt } });
    expect((await act(id, 'start')).body).toMatchObject({ state: 'running', schedule: { startAt: null } });
  });

  test('a resume after the deadline says how many would expire, and asks', async () => {
    const id = await api.readyCampaign();
    const over = { startAt: null, windows: [], deadline: new Date(NOON - HOUR), missedStart: 'nextWindow' };
    await put(id, 'paused', { schedule: over, startedAt: new Date(NOON - 2 * HOUR) });
    const asked = await act(id, 'resume');
    expect(asked.status).toBe(409);
    expect(asked.body).toMatchObject({ code: 'campaign.deadlineOver', state: 'paused' });
    expect(asked.body.wouldExpire).toBeGreaterThan(0);
    const later = await schedule(id, { deadline: new Date(NOON + HOUR).toISOString() });
    expect(later.body.state).toBe('paused');
    expect((await act(id, 'resume')).body.state).toBe('running');
    await put(id, 'paused', { schedule: over });
    expect((await act(id, 'resume?confirm=true')).body.state).toBe('running');
  });

  test('a letter that renders for none of the first people is not started', async () => {
    await api.routing();
    const id = await api.draft({ ...CONTENT, listUnsubscribe: { url: '{{ link }}' } });
    await api.upload(id, 'email,first_name,link\nann@example.com,Ann,no link\nbob@example.com,Bob,none\n');
    const answer = await act(id, 'start');
    expect([answer.status, answer.body.code]).toEqual([422, 'content.invalid']);
    await api.upload(id, 'email,first_name,link\neve@example.com,Eve,https://example.com/u/3\n');
    expect((await act(id, 'start')).body.state).toBe('running');
  });

  test.each([
    ['post', '/pause', undefined],
    ['post', '/cancel', undefined],
    ['put', '/schedule', {}],
    ['delete', '/schedule', undefined],
    ['delete', '', undefined],
  ] as const)('%s %s by somebody who has read an older version changes nothing', async (method, path, body) => {
    const id = await api.readyCampaign();
    if (path !== '') await schedule(id, {});
    const before = (await api.call('get', `/api/v1/campaigns/${id}`)).body;
    const headers = { 'if-match': `"${before.version - 1}"` };
    const answer = await api.call(method, `/api/v1/campaigns/${id}${path}`, { ...(body && { body }), headers });
    expect([answer.status, answer.body.code]).toEqual([412, 'campaign.versionMismatch']);
    expect((await api.call('get', `/api/v1/campaigns/${id}`)).body).toEqual(before);
  });

  test('a doubled hour has both its offsets', async () => {
    const window = { days: ['sun'], from: '02:30', until: '03:00', zone: 'Europe/Paris' };
    api.clock.at = Date.UTC(2026, 9, 24);
    try {
      const { body } = await schedule(await api.draft(), { windows: [window] }, '?dryRun=true');
      expect(body.nextOpenings[0].local).toBe('2026-10-25T02:30:00+02:00[Europe/Paris]');
      expect(body.nextOpenings[0].localClosesAt).toBe('2026-10-25T03:00:00+01:00[Europe/Paris]');
    } finally {
      api.clock.at = NOON;
    }
  });
});
