import { describe, expect, test } from 'vitest';
import type { Log } from '../../../src/app/ports.ts';
import type { ReplyRecord, ReplyRule, UnknownNote } from '../../../src/app/replies/ports.ts';
import { makeReplyLog } from '../../../src/app/replies/reply-log.ts';
import type { Stage } from '../../../src/core/replies/reply.ts';
import { TALLY_SLOT_MS, type Tally } from '../../../src/core/replies/tally.ts';

/** Stores that keep what they are given, and fail while told to. */
function setUp() {
  const written: (readonly Tally[])[] = [];
  const unknown: UnknownNote[] = [];
  const rules: ReplyRule[] = [];
  const warned: string[] = [];
  const database = { isAway: false, refusesUnknown: false };
  const ask = async () => {
    if (database.isAway) throw new Error('away');
  };
  const log: Log = {
    info: () => undefined,
    warn: (event) => warned.push(event),
    error: () => undefined,
    with: () => log,
  };
  const replyLog = makeReplyLog({
    refusals: {
      async write(worker, tallies) {
        expect(worker).toBe('w1');
        await ask();
        written.push(tallies);
      },
      read: async () => [],
    },
    unknownReplies: {
      async add(notes) {
        if (database.refusesUnknown) throw new Error('refused');
        unknown.push(...notes);
      },
    },
    replyRules: { all: async () => rules },
    workerName: 'w1',
    log,
  });
  return { replyLog, written, unknown, rules, warned, database };
}

const NOON = Date.UTC(2026, 10, 24, 12);
const where = (stage: Stage) => ({ provider: 'gmail', stage, reused: false, direct: true, carried: 0 });

function hear({ replyLog }: ReturnType<typeof setUp>, text: string | null, change: Partial<ReplyRecord> = {}) {
  const reply = { code: change.code ?? (text === null ? 250 : 451), enhanced: null, text: text ?? 'OK' };
  const verdict = text === null ? null : replyLog.classify(reply, where('rcpt'));
  replyLog.record({
    ...{
      campaignId: 'c1',
      lane: 'relay:gmail',
      provider: 'gmail',
      stage: 'rcpt',
      verdict,
      ...reply,
      at: NOON,
      ...change,
    },
  });
}

describe('what was heard', () => {
  test('is summed by campaign, lane and rule, accepted letters too', async () => {
    const set = setUp();
    for (let time = 0; time < 5; time++) hear(set, 'Rate limit exceeded', { at: NOON + time });
    hear(set, 'Rate limit exceeded, again');
    hear(set, 'Rate limit exceeded, for the third time');
    hear(set, null);
    hear(set, null);
    hear(set, null, { campaignId: 'c2' });
    await set.replyLog.flush();
    expect(set.written[0]).toMatchObject([
      {
        ...{ campaignId: 'c1', lane: 'relay:gmail', slot: NOON, rule: 'general.rate', code: 451, count: 7 },
        verdict: { cause: 'throttling', meaning: 'rate_limit', reaction: 'lower_rate' },
        ...{ firstAt: NOON, examples: ['451 Rate limit exceeded', '451 Rate limit exceeded, again'] },
      },
      { campaignId: 'c1', rule: null, verdict: null, count: 2, examples: [] },
      { campaignId: 'c2', rule: null, count: 1 },
    ]);
  });

  test('is written only when there is something new, as the whole of its slot', async () => {
    const set = setUp();
    hear(set, null);
    await set.replyLog.flush();
    await set.replyLog.flush();
    hear(set, null);
    hear(set, null, { at: NOON + TALLY_SLOT_MS });
    await set.replyLog.flush();
    expect(set.written.map((tallies) => tallies.map(({ slot, count }) => [slot - NOON, count]))).toEqual([
      [[0, 1]],
      [
        [0, 2],
        [TALLY_SLOT_MS, 1],
      ],
    ]);
  });

  test('is kept while the database is away, and no letter notices', async () => {
    const set = setUp();
    set.database.isAway = true;
    hear(set, null);
    hear(set, null);
    await expect(set.replyLog.flush()).rejects.toThrow('away');
    hear(set, null, { campaignId: 'c2' });
    set.database.isAway = false;
    await set.replyLog.flush();
    expect(set.written).toMatchObject([[{ count: 2 }, { count: 1 }]]);
  });

  test('takes so much memory and no more', async () => {
    const set = setUp();
    for (let index = 0; index < 25_000; index++) hear(set, null, { campaignId: `c${index}` });
    await set.replyLog.flush();
    expect(set.written[0]).toHaveLength(20_000);
    expect(set.warned).toEqual(['replies not counted']);
    // What is written and over makes room.
    hear(set, null, { campaignId: 'lost', at: NOON + TALLY_SLOT_MS });
    await set.replyLog.flush();
    hear(set, null, { campaignId: 'new', at: NOON + TALLY_SLOT_MS });
    await set.replyLog.flush();
    expect(set.written.at(-1)).toMatchObject([{ campaignId: 'new', count: 1 }]);
  });
});

describe('words that nobody knows', () => {
  test('are kept once, whoever they were said to', async () => {
    const set = setUp();
    hear(set, 'The moon is full for <ann@example.com> at 192.0.2.1');
    hear(set, 'the Moon is full for <bob@example.com> at 192.0.2.99', { lane: 'other:gmail', at: NOON + 5 });
    hear(set, 'The moon is new');
    hear(set, 'Rate limit exceeded');
    hear(set, '4711');
    await set.replyLog.flush();
    expect(set.unknown).toMatchObject([
      {
        ...{ provider: 'gmail', code: 451, count: 2, lanes: ['relay:gmail', 'other:gmail'] },
        text: 'The moon is full for <ann@example.com> at 192.0.2.1',
        ...{ firstAt: new Date(NOON), lastAt: new Date(NOON + 5), shape: 'the moon is full for at' },
        sorted: { rule: 'code.4xx', meaning: 'server_busy', reaction: 'retry_recipient' },
      },
      { text: 'The moon is new', count: 1 },
    ]);
  });

  test('are tried again when the database was away', async () => {
    const set = setUp();
    hear(set, 'The moon is full');
    await set.replyLog.flush();
    set.database.refusesUnknown = true;
    hear(set, 'The moon is new');
    await expect(set.replyLog.flush()).rejects.toThrow('refused');
    hear(set, 'The moon is new');
    set.database.refusesUnknown = false;
    await set.replyLog.flush();
    expect(set.unknown.map(({ text, count }) => [text, count])).toEqual([
      ['The moon is full', 1],
      ['The moon is new', 2],
    ]);
  });

  test('are known once they were taught, and not noted any more, even if heard before', async () => {
    const set = setUp();
    hear(set, 'The moon is full');
    set.rules.push({
      ...{ id: 'r1', provider: 'gmail', reply: '451 The moon is full', meaning: 'rate_limit', reaction: 'lower_rate' },
      ...{ pauseSeconds: 60, explicit: true, at: new Date(NOON) },
    });
    await set.replyLog.flush();
    expect(set.unknown).toEqual([]);
    const verdict = set.replyLog.classify({ code: 451, enhanced: null, text: 'The MOON is full' }, where('mail'));
    expect(verdict).toMatchObject({ rule: 'taught.r1', reaction: 'lower_rate', pauseSeconds: 60, explicit: true });
    set.rules.length = 0;
    await set.replyLog.readRules();
    expect(set.replyLog.classify({ code: 451, enhanced: null, text: 'The moon is full' }, where('mail')).rule).toBe(
      'code.4xx',
    );
  });

  test('are held up to a number: a server that rambles fills no memory', async () => {
    const set = setUp();
    const word = (index: number) => String.fromCharCode(...[...String(index)].map((digit) => 97 + Number(digit)));
    for (let index = 0; index < 2_000; index++) hear(set, `moon ${word(index)}`);
    await set.replyLog.flush();
    expect(set.unknown).toHaveLength(500);
  });
});
