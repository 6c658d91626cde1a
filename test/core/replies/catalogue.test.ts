import { describe, expect, test } from 'vitest';
import { classify, NOTHING_TAUGHT, type ReplyContext, taughtRows } from '../../../src/core/replies/classify.ts';
import { parseReply } from '../../../src/core/replies/parse.ts';
import type { Reply } from '../../../src/core/replies/reply.ts';
import { CATALOGUE } from '../../../src/core/replies/rules/catalogue.ts';
import type { CatalogueRow } from '../../../src/core/replies/rules/catalogue-row.ts';
import { anonymous, plain, shapeOf } from '../../../src/core/replies/shape.ts';

const context = (change: Partial<ReplyContext> = {}): ReplyContext => ({
  provider: 'other',
  stage: 'rcpt',
  reused: false,
  direct: true,
  carried: 0,
  ...change,
});

const sampleOf = ({ reply }: CatalogueRow): Reply => parseReply(reply.replace(/\.\.\.$/, ''))!;
const outcome = ({ meaning, reaction, pauseSeconds, explicit }: ReturnType<typeof classify>) =>
  `${meaning} ${reaction} ${pauseSeconds} ${explicit}`;
const wanted = ({ means, explicit }: CatalogueRow) => `${means.join(' ')} ${explicit ?? false}`;

/** What may differ from one letter to the next, made different; then every second letter in capitals. */
function perturbed(text: string): string {
  const other = text
    .replace(/[^\s<>(]+@[^\s<>):]+/g, 'somebody.else+tag@sub.example.org')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '203.0.113.77')
    .replace(/https?:\/\/\S+/g, 'https://other.example/page?id=9f8e7d')
    .replace(/(?<![\w@.-])(?=\w*\d)(?=\w*[a-z])[a-z0-9]{9,}(?![\w@.-])/gi, 'q7zz81kk2xx')
    .replace(/(?<![\w#.[/-])\d+(?![\w.-])/g, '4711')
    .replace(/\bexample\.com\b/g, 'other-example.org');
  return [...other].map((letter, at) => (at % 2 ? letter.toUpperCase() : letter.toLowerCase())).join('');
}

describe.each(CATALOGUE.map((row) => ({ ...row, label: `${row.provider ?? 'anybody'}: ${row.reply.slice(0, 60)}` })))(
  '$label',
  (row) => {
    const reply = sampleOf(row);
    const heard = (text: string, provider = row.provider ?? 'other') =>
      classify({ ...reply, text }, context({ provider }));

    test('gets the verdict of its row, by that row', () => {
      expect(outcome(heard(reply.text))).toBe(wanted(row));
      expect(heard(reply.text).rule).toMatch(/^row\./);
    });

    test('gets it with other numbers, ids, addresses and case too', () => {
      expect(perturbed(reply.text)).not.toBe(reply.text);
      expect(heard(perturbed(reply.text)).rule).toBe(heard(reply.text).rule);
    });

    test('says what the phrases do not', () => {
      const byPhrases = heard(`qqq ${reply.text}`);
      expect(byPhrases.rule).not.toMatch(/^row\./);
      expect(outcome(byPhrases)).not.toBe(wanted(row));
    });
  },
);

test('every row has a name of its own', () => {
  const names = CATALOGUE.map((row) => classify(sampleOf(row), context({ provider: row.provider ?? 'other' })).rule);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

describe('a row', () => {
  const taught = (...rows: (Partial<CatalogueRow> & { reply: string })[]) =>
    taughtRows(
      rows.map((row, at) => ({ id: `${at}`, provider: null, means: ['content', 'stop_and_alert', 0], ...row })),
    );
  const rule = (line: string, index = NOTHING_TAUGHT, change: Partial<ReplyContext> = {}) =>
    classify(parseReply(line)!, context(change), index).rule;

  test('of one provider is nobody else’s', () => {
    const index = taught({ provider: 'yahoo', reply: '451 The moon is full' });
    expect(rule('451 The moon is full', index, { provider: 'yahoo' })).toBe('taught.0');
    expect(rule('451 The moon is full', index, { provider: 'gmail' })).toBe('code.4xx');
    expect(rule('451 The moon is full', taught({ reply: '451 The moon is full' }), { provider: 'gmail' })).toBe(
      'taught.0',
    );
  });

  test('of hotmail’s table holds for hosted domains, one of Mimecast for its regions', () => {
    const microsoft = taught({ provider: 'office365', reply: '451 The moon is full' });
    expect(rule('451 The moon is full', microsoft, { provider: 'outlook' })).toBe('taught.0');
    const mimecast = taught({ provider: 'mimecast', reply: '451 The moon is full' });
    expect(rule('451 The moon is full', mimecast, { provider: 'mimecast-eu' })).toBe('taught.0');
  });

  test('needs all of its words and no others, unless its end is open', () => {
    const whole = taught({ reply: '451 The moon is full' });
    expect(rule('451 The moon is full tonight', whole)).toBe('code.4xx');
    expect(rule('451 The moon', whole)).toBe('code.4xx');
    expect(rule('451 The moon is full tonight', taught({ reply: '451 The moon is full...' }))).toBe('taught.0');
  });

  test('is chosen by its codes among those with the same words', () => {
    const index = taught(
      { reply: '451 4.7.1 The moon is full' },
      { reply: '421 4.7.2 The moon is full' },
      { reply: '550 The moon is full' },
      { reply: '421 4.7.9 The moon is full' },
    );
    expect(rule('421 4.7.9 the moon is full', index)).toBe('taught.3');
    expect(rule('452 4.7.9 the moon is full', index)).toBe('taught.3');
    expect(rule('451 4.7.1 the moon is full', index)).toBe('taught.0');
    expect(rule('421 4.7.2 the moon is full', index)).toBe('taught.1');
    expect(rule('421 the moon is full', index)).toBe('taught.1');
    expect(rule('554 the moon is full', index)).toBe('taught.2');
  });

  test('about pace holds for the other class of code, any other does not', () => {
    const pace = taught({ reply: '421 The moon is full', means: ['rate_limit', 'lower_rate', 60] });
    expect(rule('550 the moon is full', pace)).toBe('taught.0');
    expect(rule('550 the moon is full', taught({ reply: '421 The moon is full' }))).not.toBe('taught.0');
  });

  test('never ends a recipient for a temporary reply, for words of pace, or before the recipient is named', () => {
    const dead = ['invalid_recipient', 'suppress_recipient', 0] as const;
    const index = taught(
      { reply: '550 The moon is full', means: dead },
      { reply: '550 The moon is limited', means: dead },
    );
    expect(rule('550 the moon is full', index)).toBe('taught.0');
    expect(rule('550 the moon is full', index, { stage: 'mail' })).not.toBe('taught.0');
    expect(rule('450 the moon is full', index)).not.toBe('taught.0');
    expect(rule('550 the moon is limited', index)).not.toBe('taught.1');
  });

  test('that a person taught stands above the provider’s own phrases, not above a log-in that is asked for', () => {
    const gsmtp = '421 4.7.28 Gmail has detected an unusual rate of email. - gsmtp';
    expect(rule(gsmtp, taught({ provider: 'gmail', reply: gsmtp }), { provider: 'gmail' })).toBe('taught.0');
    const login = '535 5.7.8 Bad username or password';
    expect(rule(login, taught({ reply: login }), { stage: 'auth' })).toBe('code.login');
  });

  test('whose sample is no reply, or has no word that stays, matches nothing', () => {
    const index = taught({ reply: 'The moon is full' }, { reply: '550' }, { reply: '550 192.0.2.25' });
    expect(rule('550', index)).toBe('code.550');
    expect(rule('550 192.0.2.99', index)).toBe('code.550');
  });
});

describe('the shape of a reply', () => {
  const shape = (text: string) => shapeOf(plain(text));

  test('has the words and the tags, not what changes', () => {
    expect(shape('[TSS04] Messages from 192.0.2.25 temporarily deferred - 4.16.55.1; see https://x.example/a')).toBe(
      'tss04 messages from temporarily deferred see',
    );
    expect(shape('<ann@example.com>: mx01.example.net says NO to 2001:db8::1 (id 4XyZ12AbC9k) mta7')).toBe(
      'says no to id',
    );
    expect(shape('RP-001 (SNT0-MC2-F19) Unfortunately, some messages from 192.0.2.25 weren’t sent.')).toBe(
      "rp-001 unfortunately some messages from weren't sent",
    );
  });

  test('is the same when the reply is about nobody', () => {
    const text = '<ann@example.com>: host mx.example.net[198.51.100.7] said: blocked (bob@example.org)';
    expect(anonymous(text)).not.toMatch(/ann|bob|198/);
    expect(shape(anonymous(text))).toBe(shape(text));
  });
});
