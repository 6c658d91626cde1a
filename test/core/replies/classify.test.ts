import { describe, expect, test } from 'vitest';
import { classify, type ReplyContext } from '../../../src/core/replies/classify.ts';
import { parseReply } from '../../../src/core/replies/parse.ts';
import { type Reply, STAGES, type Stage } from '../../../src/core/replies/reply.ts';
import { GENERAL_RULES, PROVIDER_GROUPS } from '../../../src/core/replies/rules/table.ts';
import type { Meaning, Reaction } from '../../../src/core/replies/verdict.ts';
import { context, HELD_OUT, heardReply, ROWS, type Row, replyOf, stageOf, UNSEEN, UNSEEN_2 } from './fixtures.ts';

/** Software and relays: what they say is heard behind any domain. */
const ANYBODY = [
  'postfix',
  'postgrey',
  'exim',
  'sendmail',
  'exchange',
  'generic',
  'any',
  'amazon-ses',
  'sendgrid',
  'generic-relay',
];

const outcome = (reply: Reply, where: ReplyContext) => {
  const { meaning, reaction, pauseSeconds } = classify(reply, where);
  return `${meaning} ${reaction} ${pauseSeconds}`;
};

function wrongRows(
  rows: readonly Row[],
  where: (row: Row) => ReplyContext,
  reply: (row: Row) => Reply = replyOf,
): string[] {
  return rows.flatMap((row) => {
    const want = `${row.meaning} ${row.reaction} ${row.pause_seconds}`;
    const got = outcome(reply(row), where(row));
    if (got === want) return [];
    const { rule } = classify(reply(row), where(row));
    return [`${row.provider} ${row.code} ${row.enhanced} ${row.text}: ${got} by ${rule}, want ${want}`];
  });
}

describe('the 248 catalogued replies', () => {
  test('are all there', () => expect(ROWS).toHaveLength(248));

  test('get the verdict of their row', () => {
    expect(wrongRows(ROWS, (row) => context({ provider: row.provider, stage: stageOf(row) }))).toEqual([]);
  });

  test('get it at whatever command the refusal comes', () => {
    const refusals = ROWS.filter((row) => row.code !== '0');
    const wrong = STAGES.flatMap((stage) =>
      wrongRows(refusals, (row) => context({ provider: row.provider, stage })).map((line) => `${stage}: ${line}`),
    );
    expect(wrong).toEqual([]);
  });

  test('get it in capitals', () => {
    const shout = (row: Row) => ({ ...replyOf(row), text: row.text.toUpperCase() });
    expect(wrongRows(ROWS, (row) => context({ provider: row.provider, stage: stageOf(row) }), shout)).toEqual([]);
  });

  test('get it when read off the wire', () => {
    const wired = (row: Row) => {
      const [first = '', ...rest] = row.text.split(/ (?=\S+ \S+$)/);
      const head = row.enhanced ? `${row.enhanced} ` : '';
      const lines = [first, ...rest].map((part, at) => `${row.code}${at < rest.length ? '-' : ' '}${head}${part}\r\n`);
      return parseReply(lines.join('')) ?? replyOf(row);
    };
    const refusals = ROWS.filter((row) => row.code !== '0');
    expect(wrongRows(refusals, (row) => context({ provider: row.provider, stage: stageOf(row) }), wired)).toEqual([]);
  });

  test('of software and relays are understood behind any domain', () => {
    const anybody = ROWS.filter((row) => ANYBODY.includes(row.provider));
    expect(anybody.length).toBeGreaterThan(40);
    for (const provider of ['other', 'alpha.example', 'qq'])
      expect(wrongRows(anybody, (row) => context({ provider, stage: stageOf(row) }))).toEqual([]);
  });

  test('with a tag of their provider are understood behind any domain', () => {
    const tag =
      /- gsmtp|\[(?:TSS?|IPTS|BL|PH|HCM|BS|CS)\d+\]|\b(?:RP|SC|DY|OU)-00\d|\((?:S|AS)\d+\)|OFR|LPN|HL:|MI:|RL0000|AUP#|IB\d\d\d/;
    const tagged = ROWS.filter((row) => tag.test(row.text) && !(row.provider === 'outlook' && /IB007/.test(row.text)));
    expect(tagged.length).toBeGreaterThan(100);
    for (const provider of ['other', 'alpha.example'])
      expect(wrongRows(tagged, (row) => context({ provider, stage: stageOf(row) }))).toEqual([]);
  });
});

describe('wordings nobody has catalogued', () => {
  test('are many', () => expect(HELD_OUT.length).toBeGreaterThan(90));

  test.each(HELD_OUT)('$provider hears "$reply" at $stage: $meaning, $reaction', (row) => {
    const verdict = classify(heardReply(row), context({ provider: row.provider, stage: row.stage }));
    expect(verdict).toMatchObject({ meaning: row.meaning, reaction: row.reaction });
  });
});

test('every rule is reached by one of these replies', () => {
  const reached = new Set([
    ...ROWS.map((row) => classify(replyOf(row), context({ provider: row.provider, stage: stageOf(row) })).rule),
    ...[...HELD_OUT, ...UNSEEN, ...UNSEEN_2].map(
      (row) => classify(heardReply(row), context({ provider: row.provider, stage: row.stage })).rule,
    ),
  ]);
  const rules = [...PROVIDER_GROUPS.flatMap((group) => group.rules), ...GENERAL_RULES].map((rule) => rule.name);
  expect(rules.filter((rule) => !reached.has(rule))).toEqual([]);
});

describe('a bare code', () => {
  const cases: [number, Stage, Meaning, Reaction][] = [
    [421, 'greeting', 'server_busy', 'lower_rate'],
    [421, 'ehlo', 'server_busy', 'lower_rate'],
    [421, 'mail', 'rate_limit', 'lower_rate'],
    [421, 'rcpt', 'rate_limit', 'lower_rate'],
    [421, 'data', 'rate_limit', 'lower_rate'],
    [421, 'dot', 'rate_limit', 'lower_rate'],
    [450, 'mail', 'server_busy', 'retry_recipient'],
    [450, 'rcpt', 'server_busy', 'retry_recipient'],
    [451, 'dot', 'server_busy', 'retry_recipient'],
    [550, 'rcpt', 'invalid_recipient', 'bounce_recipient'],
    [556, 'rcpt', 'invalid_recipient', 'suppress_recipient'],
    [554, 'rcpt', 'policy_block', 'stop_and_alert'],
    [550, 'mail', 'content', 'stop_and_alert'],
    [550, 'dot', 'content', 'stop_and_alert'],
    [552, 'dot', 'content', 'stop_and_alert'],
    [554, 'dot', 'content', 'stop_and_alert'],
    [554, 'greeting', 'policy_block', 'stop_and_alert'],
    [535, 'auth', 'auth_login', 'stop_and_alert'],
    [534, 'auth', 'auth_login', 'stop_and_alert'],
    [530, 'mail', 'auth_login', 'stop_and_alert'],
    [250, 'dot', 'protocol', 'retry_recipient'],
  ];
  test.each(cases)('%i at %s is %s, %s', (code, stage, meaning, reaction) => {
    const verdict = classify({ code, enhanced: null, text: 'xyzzy' }, context({ stage }));
    expect(verdict).toMatchObject({ meaning, reaction, pauseSeconds: expect.any(Number), explicit: false });
    expect(verdict.rule).toMatch(/^code\./);
  });

  test('of 550 ends the letter and leaves the address, unless the words are about the mailbox', () => {
    const reaction = (text: string) => classify({ code: 550, enhanced: null, text }, context()).reaction;
    for (const text of ['', 'xyzzy', 'Requested action not taken', 'Lehnen wir ab'])
      expect(reaction(text)).toBe('bounce_recipient');
    for (const text of ['Benutzer unbekannt', 'Utilisateur inconnu', 'usuario desconocido', 'Empfänger unbekannt'])
      expect(reaction(text)).toBe('suppress_recipient');
    for (const text of ['Zu viele E-Mails in kurzer Zeit', 'Trop de messages', 'Слишком много писем', '发送过多邮件'])
      expect(reaction(text)).toBe('lower_rate');
    for (const text of ['Bitte später', 'Réessayez plus tard', 'Попробуйте позже', '请稍后'])
      expect(reaction(text)).toBe('retry_recipient');
  });

  test('of 550 with an enhanced code that does not name the mailbox is no bounce', () => {
    expect(classify({ code: 550, enhanced: '5.7.1', text: 'xyzzy' }, context()).reaction).toBe('stop_and_alert');
    expect(classify({ code: 550, enhanced: '5.0.0', text: 'xyzzy' }, context()).reaction).toBe('stop_and_alert');
  });
});

describe('silence', () => {
  const silence = { code: 0, enhanced: null, text: '' };
  const reaction = (change: Partial<ReplyContext>, text = '') =>
    classify({ ...silence, text }, context(change)).reaction;

  test.each([
    'certificate has expired (certificate of relay.example, valid from Jan 1 2024 to Jan 1 2025)',
    'self-signed certificate',
    "Hostname/IP does not match certificate's altnames: Host: relay.example",
    'unable to verify the first certificate',
    'Error initiating TLS - unable to get local issuer certificate',
  ])('a bad certificate is a fault of the configuration: %s', (detail) => {
    for (const stage of ['connect', 'starttls'] as const) {
      expect(classify({ code: 0, enhanced: null, text: detail }, context({ stage, direct: false }))).toMatchObject({
        meaning: 'config_tls',
        reaction: 'stop_and_alert',
        cause: 'configuration',
        scope: 'route',
      });
    }
  });

  test('before the greeting means that the host does not serve us', () => {
    expect(reaction({ stage: 'connect' })).toBe('pause_provider');
    expect(reaction({ stage: 'greeting' })).toBe('pause_provider');
  });

  test('between two letters of one session means that the session is over', () => {
    expect(classify(silence, context({ stage: 'mail', reused: true, carried: 20 }))).toMatchObject({
      meaning: 'too_many_messages_per_connection',
      reaction: 'reconnect',
    });
    expect(reaction({ stage: 'mail' })).toBe('retry_recipient');
    expect(reaction({ stage: 'mail', reused: true, carried: 0 })).toBe('retry_recipient');
    expect(reaction({ stage: 'data', reused: true, carried: 20 })).toBe('retry_recipient');
    expect(reaction({ stage: 'mail', reused: true, carried: 20 }, '(MX lookup SERVFAIL)')).toBe('retry_recipient');
  });

  test('after the final dot is never sent again, whatever our own words for it', () => {
    for (const text of ['', 'read ECONNRESET', 'connect ETIMEDOUT', 'Connection closed by server after N messages'])
      expect(reaction({ stage: 'dot', reused: true, carried: 3 }, text)).toBe('hold_do_not_resend');
  });
});

describe('whose fault it is', () => {
  const scope = (line: string, change: Partial<ReplyContext>) =>
    classify(parseReply(line) as Reply, context(change)).scope;

  test('straight to the MX a limit is the provider’s, at every stage', () => {
    for (const stage of STAGES) expect(scope('421 too many connections', { stage })).toBe('provider');
  });

  test('a relay speaks for itself until it has heard the recipient', () => {
    for (const stage of ['connect', 'greeting', 'ehlo', 'starttls', 'auth', 'mail'] as const)
      expect(scope('421 too many connections', { stage, direct: false })).toBe('route');
    for (const stage of ['rcpt', 'data', 'dot'] as const)
      expect(scope('421 too many connections', { stage, direct: false })).toBe('provider');
  });

  test('a tag of the provider itself overrules that, a tag of somebody else does not', () => {
    const tss = '421 4.7.0 [TSS04] Messages from 198.51.100.7 temporarily deferred';
    expect(scope(tss, { provider: 'yahoo', stage: 'mail', direct: false })).toBe('provider');
    expect(scope(tss, { provider: 'alpha.example', stage: 'mail', direct: false })).toBe('provider');
    expect(scope(tss, { provider: 'gmail', stage: 'mail', direct: false })).toBe('route');
  });

  test('account quotas and logins are always the route’s', () => {
    expect(scope('454 Throttling failure: Maximum sending rate exceeded.', { stage: 'dot' })).toBe('route');
    expect(scope('535 5.7.8 Authentication credentials invalid', { stage: 'auth' })).toBe('route');
  });

  test('what concerns one mailbox is the recipient’s, on a relay too', () => {
    for (const direct of [true, false])
      for (const line of ['550 5.1.1 no such user', '450 4.2.0 Greylisted', '452 4.5.3 too many recipients'])
        expect(scope(line, { direct })).toBe('recipient');
  });
});

describe('causes', () => {
  const cause = (line: string) => classify(parseReply(line) as Reply, context()).cause;

  test.each([
    ['421 too many connections', 'connections'],
    ['421 too many messages in this session', 'connections'],
    ['450 rate limit exceeded', 'throttling'],
    ['450 the recipient has exceeded the message rate limit', 'recipient'],
    ['421 server busy', 'overload'],
    ['421 Service not available', 'overload'],
    ['450 reverse DNS missing', 'configuration'],
    ['554 listed at Spamhaus', 'blocklist'],
    ['554 message contains a virus', 'content'],
    ['550 no such user', 'recipient'],
  ])('%s: %s', (line, want) => expect(cause(line)).toBe(want));

  test('only a provider’s own limit is explicit', () => {
    const explicit = (line: string) => classify(parseReply(line) as Reply, context()).explicit;
    expect(explicit('421 4.7.28 Gmail has detected an unusual rate of email - gsmtp')).toBe(true);
    expect(explicit('421 HL:IFC')).toBe(true);
    expect(explicit('421 AUP#I-1355')).toBe(true);
    expect(explicit('421 4.7.0 rate limit exceeded')).toBe(false);
    expect(explicit('451 4.7.29 not using TLS - gsmtp')).toBe(false);
  });
});
