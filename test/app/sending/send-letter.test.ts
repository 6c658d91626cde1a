import { expect, test } from 'vitest';
import type { Lane } from '../../../src/app/lanes/lane.ts';
import type { SendResult } from '../../../src/app/lanes/ports.ts';
import type { Log } from '../../../src/app/ports.ts';
import type { ReplyRecord } from '../../../src/app/replies/ports.ts';
import type { Run } from '../../../src/app/sending/campaign-runs.ts';
import type { Claimed, Settlement } from '../../../src/app/sending/ports.ts';
import { makeSender } from '../../../src/app/sending/send-letter.ts';
import { makeTrials } from '../../../src/core/campaigns/trials.ts';
import { DEFAULT_GIVE_UP_MS } from '../../../src/core/recipients/give-up.ts';
import { DEFAULT_RETRY } from '../../../src/core/recipients/retry.ts';
import { classify, NOTHING_TAUGHT } from '../../../src/core/replies/classify.ts';

/** What a letter leaves behind for the diagnosis: one note per attempt. */

type Heard = Parameters<Lane['judge']>[0];

const NOON = Date.UTC(2026, 10, 24, 12);
const log: Log = { info: () => undefined, warn: () => undefined, error: () => undefined, with: () => log };
const row: Claimed = {
  id: 'r1',
  campaignId: 'c1',
  address: 'a@b.example',
  domain: 'b.example',
  fields: {},
  failures: 0,
  firstTriedAt: null,
  by: 'x',
};

const ADMISSION = {
  ...{ lane: { epoch: 0, gate: 0 }, route: { epoch: 0, gate: 0 }, site: null },
  ...{ ticket: { serial: 1, epoch: 0 }, routeTicket: { serial: 1, epoch: 0 } },
};

const result = (change: Partial<SendResult>): SendResult => ({
  ...{
    outcome: 'refused',
    stage: 'mail',
    reused: true,
    reply: null,
    detail: null,
    startedAt: NOON,
    tookMs: 5,
    carried: 2,
  },
  ...change,
});

const notesOf = async (...given: Parameters<typeof leftBy>) => (await leftBy(...given)).notes;

async function leftBy(
  answer: SendResult,
  isCurrent = true,
  heard: Heard[] = [],
  claimed = row,
): Promise<{ readonly notes: readonly ReplyRecord[]; readonly settlement: Settlement }> {
  const notes: ReplyRecord[] = [];
  const settled: Settlement[] = [];
  const sender = makeSender({
    writer: {
      mark: async () => 'go',
      settle: async ({ settlement }) => void settled.push(settlement),
      unsettled: () => 0,
    },
    replyLog: {
      classify: (reply, context) => classify(reply, context, NOTHING_TAUGHT),
      record: (note) => notes.push(note),
    },
    retry: DEFAULT_RETRY,
    clock: { now: () => NOON },
    random: () => 0.5,
    log,
    attemptMs: 1_000,
    isConfigurationCurrent: async () => isCurrent,
    block: async () => undefined,
  });
  const lane = {
    ...{ id: 'relay:gmail', provider: 'gmail', direct: false },
    admit: async () => ADMISSION,
    ...{
      done: () => undefined,
      giveBack: () => undefined,
      judge(what: Heard) {
        heard.push(what);
        return { finding: { blame: 'nobody', doubt: null, pardons: 0, backMs: 0, againMs: null }, fate: null };
      },
      isHeld: () => true,
    },
    send: async (_: unknown, mark: () => Promise<boolean>) => {
      await mark();
      return answer;
    },
  };
  const run = {
    letter: { render: () => ({ ok: true, value: { envelopeFrom: '', to: '', domain: '', raw: Buffer.from('') } }) },
    ...{ giveUpAfterMs: DEFAULT_GIVE_UP_MS, deadline: null },
    ...{ id: 'c1', onUncertain: 'hold', mayStart: () => true, trials: makeTrials(false) },
  };
  const { written } = await sender.send(
    run as unknown as Run,
    lane as unknown as Lane,
    claimed,
    new AbortController().signal,
  );
  await written;
  return { notes, settlement: settled[0]! };
}

test('a refusal is noted with its verdict and its words', async () => {
  const reply = { code: 421, enhanced: '4.7.0', text: 'Too much mail, slow down' };
  expect(await notesOf(result({ reply }))).toMatchObject([
    {
      ...{ campaignId: 'c1', lane: 'relay:gmail', provider: 'gmail', stage: 'mail', at: NOON, ...reply },
      verdict: { cause: 'throttling', rule: 'general.too-much-mail' },
    },
  ]);
});

test('what outlives the campaign does not name its recipient', async () => {
  const said = (text: string) => result({ stage: 'rcpt', reply: { code: 550, enhanced: '5.1.1', text } });
  const heard: Heard[] = [];
  const [note] = await notesOf(said('<A@b.example>: user unknown, forwards to ann@c.example'), true, heard);
  expect(note).toMatchObject({ text: '<…@…>: user unknown, forwards to …@…', verdict: { scope: 'recipient' } });
  expect(heard).toMatchObject([{ evidence: { reply: '550 5.1.1 <…@…>: user unknown, forwards to …@…' } }]);
});

test('an accepted letter is noted without a verdict', async () => {
  const reply = { code: 250, enhanced: '2.0.0', text: 'OK' };
  expect(await notesOf(result({ outcome: 'accepted', stage: 'dot', reply }))).toMatchObject([
    { verdict: null, code: 250 },
  ]);
});

test('a lost session is noted in our own words', async () => {
  const lost = result({ outcome: 'unreached', stage: 'connect', detail: 'connect ECONNREFUSED' });
  expect(await notesOf(lost)).toMatchObject([
    { verdict: { meaning: 'unreachable' }, code: 0, text: 'connect ECONNREFUSED' },
  ]);
});

test('a letter that our own gate held back is none', async () => {
  expect(await notesOf(result({ outcome: 'withdrawn' }))).toEqual([]);
});

test('a refusal for a person is nobody’s when the configuration was changed meanwhile', async () => {
  const wrong = result({ stage: 'auth', reply: { code: 535, enhanced: '5.7.8', text: 'authentication failed' } });
  const heard: Heard[] = [];
  expect(await notesOf(wrong, false, heard)).toEqual([]);
  expect(heard).toEqual([]);
  expect(await notesOf(wrong, true, heard)).toHaveLength(1);
  expect(heard).toMatchObject([{ evidence: { reply: '535 5.7.8 authentication failed' } }]);
});

const BUSY = { code: 421, enhanced: '4.7.0', text: 'Too much mail, slow down' };

test('a row that goes back is tried for the first time now, or since its first try, and keeps the last words', async () => {
  const refused = result({ reply: BUSY });
  const { settlement } = await leftBy(refused);
  expect(settlement).toMatchObject({ to: { state: 'pending' }, failed: false, firstTriedAt: NOON, reply: BUSY });
  const earlier = { ...row, firstTriedAt: NOON - 60_000 };
  expect((await leftBy(refused, true, [], earlier)).settlement).toMatchObject({ firstTriedAt: NOON - 60_000 });
});

test('a host that can not be reached is a try, in our own words', async () => {
  const { settlement } = await leftBy(result({ outcome: 'unreached', stage: 'connect', detail: 'ECONNREFUSED' }));
  expect(settlement).toMatchObject({ firstTriedAt: NOON, reply: { code: 0, text: 'ECONNREFUSED' } });
});

test('a letter that our own gate held back is no try, and has no words', async () => {
  const { settlement } = await leftBy(result({ outcome: 'withdrawn', detail: 'closing' }));
  expect(settlement).toMatchObject({ to: { state: 'pending' }, firstTriedAt: null, reply: null });
});

test('a row that has had its time ends with this last try, though it was refused for pace', async () => {
  const old = { ...row, firstTriedAt: NOON - DEFAULT_GIVE_UP_MS };
  const { settlement } = await leftBy(result({ reply: BUSY }), true, [], old);
  expect(settlement).toMatchObject({ to: { state: 'expired' }, failed: false, reply: BUSY });
});
