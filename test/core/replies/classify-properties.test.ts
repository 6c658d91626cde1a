import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classify } from '../../../src/core/replies/classify.ts';
import { STAGES } from '../../../src/core/replies/reply.ts';
import { BARE_CODE_RULES, FIRST_RULES, NO_REPLY_RULES } from '../../../src/core/replies/rules/bare-code.ts';
import { CATALOGUE } from '../../../src/core/replies/rules/catalogue.ts';
import { GENERAL_RULES, PROVIDER_GROUPS } from '../../../src/core/replies/rules/table.ts';
import { ROWS } from './fixtures.ts';

describe('any reply at all', () => {
  const anyContext = fc.record({
    provider: fc.oneof(fc.constantFrom('other', ...ROWS.map((row) => row.provider)), fc.string()),
    stage: fc.constantFrom(...STAGES),
    reused: fc.boolean(),
    direct: fc.boolean(),
    carried: fc.nat(1000),
  });
  const words = ROWS.flatMap((row) => row.text.split(' '));
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', size: 'max', maxLength: 500 }),
    fc.array(fc.constantFrom(...words), { maxLength: 60, size: 'max' }).map((some) => some.join(' ').slice(0, 500)),
  );
  const anyReply = fc.record({
    code: fc.oneof(fc.integer({ min: 0, max: 700 }), fc.constantFrom(0, 421, 450, 451, 452, 550, 552, 554)),
    enhanced: fc.oneof(fc.constant(null), fc.constantFrom('4.7.28', '5.1.1', '5.1.10', '5.7.1'), fc.string()),
    text: anyText,
  });

  test('has a verdict', () => {
    fc.assert(
      fc.property(anyReply, anyContext, (reply, where) => {
        const verdict = classify(reply, where);
        expect(verdict.cause).toBeTruthy();
        expect(verdict.pauseSeconds).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('4xx never bounces a recipient', () => {
    fc.assert(
      fc.property(anyReply, anyContext, fc.integer({ min: 400, max: 499 }), (reply, where, code) => {
        expect(classify({ ...reply, code }, where).reaction).not.toBe('suppress_recipient');
      }),
    );
  });

  test('5xx that speaks of pace never bounces a recipient', () => {
    const pace = fc.constantFrom(
      'rate',
      'limit',
      'limited',
      'frequency',
      'too many',
      'try later',
      'throttled',
      'quota per hour',
      'temporarily',
    );
    const garbage = fc.constantFrom(
      'user unknown',
      'no such user',
      'mailbox unavailable',
      'xyzzy',
      'the email account that you tried to reach does not exist',
      'requested action not taken: mailbox unavailable',
      'mailbox not found',
      'invalid recipient',
      'recipient rejected',
    );
    fc.assert(
      fc.property(garbage, pace, garbage, anyReply, anyContext, (before, word, after, { enhanced }, where) => {
        const reply = { code: 550, enhanced, text: `${before} ${word} ${after}` };
        expect(classify(reply, where).reaction).not.toBe('suppress_recipient');
      }),
    );
  });

  test('a catalogued refusal for pace that comes as 5xx never bounces a recipient', () => {
    const PACE = /^(?:rate_limit|account_quota|too_many_connections|too_many_messages_per_connection|recipient_rate)/;
    const paceTexts = [
      ...ROWS.filter((row) => PACE.test(row.meaning) && row.code !== '0').map((row) => row.text),
      ...CATALOGUE.filter((row) => PACE.test(row.means[0])).map((row) => row.reply.replace(/^\S+ /, '')),
    ];
    const fiveXx = fc.tuple(fc.nat(7), fc.nat(40)).map(([subject, detail]) => `5.${subject}.${detail}`);
    const mangled = fc.tuple(fc.constantFrom(...paceTexts), fc.infiniteStream(fc.nat(5))).map(([text, chances]) =>
      [...text]
        .map((letter) => {
          const { value } = chances.next();
          if (letter === ' ') return ' '.repeat(1 + (value === 0 ? 2 : 0));
          return value < 3 ? letter.toUpperCase() : letter.toLowerCase();
        })
        .join(''),
    );
    expect(paceTexts.length).toBeGreaterThan(80);
    fc.assert(
      fc.property(mangled, fc.constantFrom(550, 554), fc.option(fiveXx), anyContext, (text, code, enhanced, where) => {
        const { reaction } = classify({ code, enhanced, text }, where);
        expect(reaction).not.toBe('suppress_recipient');
        expect(reaction).not.toBe('bounce_recipient');
      }),
      { numRuns: 3_000 },
    );
  });

  test('a final dot without an answer is never resent', () => {
    fc.assert(
      fc.property(fc.string(), anyContext, (text, where) => {
        const reply = { code: 0, enhanced: null, text };
        expect(classify(reply, { ...where, stage: 'dot' }).reaction).toBe('hold_do_not_resend');
      }),
    );
  });
});

describe('the rules', () => {
  const all = [
    ...PROVIDER_GROUPS.flatMap((group) => group.rules),
    ...GENERAL_RULES,
    ...FIRST_RULES,
    ...NO_REPLY_RULES,
    ...BARE_CODE_RULES,
  ];
  const patterns = [
    ...all.flatMap((rule) => [rule.text, rule.unless, rule.enhanced]),
    ...PROVIDER_GROUPS.map((group) => group.signature),
  ].filter((pattern) => pattern !== undefined);

  test('have no pattern whose time could grow faster than the text', () => {
    for (const { source } of patterns) expect(source).not.toMatch(/\)[*+]|\)\{\d+,\}|\.[*+]|[*+]\??[*+]/);
  });

  test('are matched against lower case, so none asks for a capital', () => {
    for (const { source } of patterns) expect(source.replace(/\\[A-Za-z]/g, '')).not.toMatch(/[A-Z]/);
  });

  test('have a name each within their list', () => {
    const names = [...PROVIDER_GROUPS.flatMap((group) => group.rules), ...GENERAL_RULES].map((rule) => rule.name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test('have one group per provider', () => {
    const providers = PROVIDER_GROUPS.flatMap((group) => group.providers);
    expect(new Set(providers).size).toBe(providers.length);
  });
});
