import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mongoLaneHistory } from '../../src/adapters/mongo/lane-history.ts';
import { mongoLanes } from '../../src/adapters/mongo/lanes.ts';
import { makeReplyLog } from '../../src/app/replies/reply-log.ts';
import { NO_ORDERS } from '../../src/core/lanes/lane.ts';
import { parseReply } from '../../src/core/replies/parse.ts';
import { newId } from '../setup/ids.ts';
import { type Harness, NOON, serve } from './harness.ts';

/** An hour of a campaign as its worker writes it, and what is said of it. */

const LISTED =
  '550 5.7.1 Service unavailable, Client host [198.51.100.7] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/198.51.100.7 (AS3130).';
const SLOW = '421 4.7.0 Too much mail from your host, slow down';
const minute = (before: number) => NOON - before * 60_000;

let api: Harness;
let campaign: string;
beforeAll(async () => {
  api = await serve('test_http_diagnosis');
  campaign = await api.readyCampaign();
  for (const provider of ['gmail', 'outlook', 'yahoo']) await openLane(provider);
  await send('gmail', 40, 400, null);
  await send('gmail', 40, 30, SLOW, 30);
  await send('outlook', 20, 90, LISTED, 1);
  await send('yahoo', 40, 200, null);
  await slowGmailDown();
});
afterAll(() => api.close());

async function openLane(provider: string): Promise<void> {
  const lanes = mongoLanes(api.collections, newId);
  const id = `relay:${provider}`;
  const taken = await lanes.acquire({ id, route: 'relay', provider }, 'w1', 60_000);
  const view = {
    ...{ id, route: 'relay', provider, state: 'steady', ratePerSecond: 1, realPerSecond: 1, throttledShare: 0 },
    ...{ waiting: 0, connections: { open: 1, limit: 2 }, pausedUntil: null, lastDecision: null, orders: NO_ORDERS },
    ...{ owner: 'w1', updatedAt: new Date(NOON) },
  };
  expect(await lanes.save(view, { rate: {}, connections: {} }, taken!.fence)).toBe(true);
}

/** From so many minutes ago until so many; `line` null: accepted. */
async function send(provider: string, from: number, count: number, line: string | null, until = 0): Promise<void> {
  const replyLog = makeReplyLog({ ...api.deps, workerName: `w-${provider}-${line === null}` });
  const reply = line === null ? { code: 250, enhanced: null, text: 'OK' } : parseReply(line)!;
  const where = { provider, stage: 'mail', reused: true, direct: false, carried: 3 } as const;
  const verdict = line === null ? null : replyLog.classify(reply, where);
  for (let index = 0; index < count; index++) {
    const at = Math.floor(minute(from) + (index * (from - until) * 60_000) / count);
    replyLog.record({
      campaignId: campaign,
      lane: `relay:${provider}`,
      provider,
      stage: 'mail',
      verdict,
      ...reply,
      at,
    });
  }
  await replyLog.flush();
}

async function slowGmailDown(): Promise<void> {
  const lane = 'relay:gmail';
  const at = new Date(minute(30));
  const evidence = { cause: 'throttling', rule: 'general.too-much-mail', reply: SLOW } as const;
  const change = { action: 'brake', rateBefore: 2, rateAfter: 0.5, connections: 2, pausedUntil: null };
  await mongoLanes(api.collections, newId).decide({ lane, at, ...change, ...evidence });
  const second = (before: number, throttled: number) => ({
    ...{ at: new Date(minute(before)), allowed: 1, accepted: 30, throttled, other: 0, sessions: 2 },
  });
  await mongoLaneHistory(api.collections).add(lane, [second(31, 20), second(30.5, 10), second(29.5, 0), second(29, 1)]);
}

describe('the diagnosis of a lane', () => {
  test('says what is wrong, since when, what helped and what to do', async () => {
    const { status, body } = await api.call('get', '/api/v1/lanes/relay:outlook/diagnosis');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ lane: 'relay:outlook', cause: 'blocklist', isOngoing: true, since: new Date(minute(20)).toISOString() },
      observed: { answers: 90, accepted: 0, refused: 90, refusedShare: 1 },
      otherLanes: { affected: [], healthy: ['relay:gmail', 'relay:yahoo'] },
    });
    expect(body.headline).toBe(
      'Outlook.com distrusts the sending address or domain: 90 of 90 answers (100 %) were refusals of this kind, since 11:40 UTC, and it goes on.',
    );
    expect(body.observed.replies).toMatchObject([{ code: 550, enhanced: '5.7.1', count: 90, examples: [LISTED] }]);
    expect(body.advice[0].page).toMatchObject({
      url: 'https://www.spamhaus.org/query/ip/198.51.100.7',
      namedBy: 'reply',
    });
  });

  test('compares the seconds before and after a decision', async () => {
    const { body } = await api.call('get', '/api/v1/lanes/relay:gmail/diagnosis');
    expect(body).toMatchObject({ cause: 'throttling', isOngoing: false });
    expect(body.effects).toMatchObject([
      { kind: 'rate', result: 'helped', before: { answers: 90, refused: 30 }, after: { answers: 61, refused: 1 } },
    ]);
    expect(body.steps).toMatchObject([
      { action: 'brake', text: '11:30:00 UTC: slowed from 2 a second to 30 a minute.' },
    ]);
  });

  test('looks back as far as it is told', async () => {
    const { body } = await api.call('get', '/api/v1/lanes/relay:gmail/diagnosis?minutes=15');
    expect(body).toMatchObject({ cause: 'none', steps: [], from: new Date(minute(15)).toISOString() });
    for (const minutes of ['0', '1441', '-5', '1.5', 'x']) {
      const wrong = await api.call('get', `/api/v1/lanes/relay:gmail/diagnosis?minutes=${minutes}`);
      expect([wrong.status, wrong.body.code]).toEqual([400, 'query.invalid']);
    }
  });

  test('needs a lane', async () => {
    const { status, body } = await api.call('get', '/api/v1/lanes/relay:nobody/diagnosis');
    expect([status, body.code]).toEqual([404, 'lane.notFound']);
  });
});

describe('the diagnosis of a campaign', () => {
  test('has its lanes, the worst first', async () => {
    const { status, body } = await api.call('get', `/api/v1/campaigns/${campaign}/diagnosis`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ campaignId: campaign, cause: 'blocklist', blockedBecause: null });
    expect(body.headline).toMatch(/^Outlook\.com distrusts .* There is trouble with Gmail too\.$/);
    expect(body.lanes.map(({ provider }: { provider: string }) => provider)).toEqual(['outlook', 'gmail', 'yahoo']);
    expect(body.lanes[2].headline).toBe('Nothing is wrong. Yahoo took all 200 letters in the last 60 minutes.');
  });

  test('says plainly that nothing was sent', async () => {
    const { body } = await api.call('get', `/api/v1/campaigns/${await api.draft()}/diagnosis`);
    expect(body).toMatchObject({ cause: 'none', headline: 'Nothing was sent.', lanes: [] });
  });

  test('needs a campaign', async () => {
    const { status, body } = await api.call('get', `/api/v1/campaigns/${'0'.repeat(24)}/diagnosis`);
    expect([status, body.code]).toEqual([404, 'campaign.notFound']);
  });
});
