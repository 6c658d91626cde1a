import { describe, expect, test } from 'vitest';
import { classify } from '../../../src/core/replies/classify.ts';
import { AFTER_RCPT } from '../../../src/core/replies/rules/rule.ts';
import { PROVIDER_GROUPS } from '../../../src/core/replies/rules/table.ts';

/** The order in which a reply is read: DESIGN decision 1, shaping.md section 4. */

const rule = (provider: string, code: number, enhanced: string | null, text: string) =>
  classify({ code, enhanced, text }, { provider, stage: 'rcpt', reused: false, direct: true, carried: 0 }).rule;

const byCodeAlone = PROVIDER_GROUPS.flatMap(({ providers, rules }) =>
  rules.filter(({ text }) => !text).map((one) => ({ provider: providers[0]!, name: one.name, one })),
);

test('within a provider every rule about words stands before every rule about codes', () => {
  for (const { providers, rules } of PROVIDER_GROUPS) {
    const firstCode = rules.findIndex(({ text }) => !text);
    const lastWords = rules.findLastIndex(({ text }) => text);
    if (firstCode >= 0) expect(lastWords, providers[0]).toBeLessThan(firstCode);
  }
});

describe('a provider’s own words', () => {
  test.each([
    ['gmail', 421, '4.7.28', 'Connection expired, try reconnecting', 'gmail.connection-expired'],
    ['outlook', 451, '4.7.652', 'Server busy', 'outlook.server-busy'],
    ['office365', 550, '5.7.508', 'Access denied, banned sending IP', 'outlook.banned'],
    ['yahoo', 421, '4.4.5', '[TS01] too many connections', 'yahoo.ts01'],
  ])('%s %i %s: stand above its enhanced code and above general phrases', (provider, code, enhanced, text, name) => {
    expect(rule(provider, code, enhanced, text)).toBe(name);
  });
});

describe('a provider’s enhanced code', () => {
  /** One that the pattern takes, from those that the providers use. */
  const codes = [4, 5].flatMap((digit) =>
    [1, 2, 4, 7].flatMap((subject) => Array.from({ length: 900 }, (_, detail) => `${digit}.${subject}.${detail}`)),
  );

  test('are several', () => expect(byCodeAlone.length).toBeGreaterThan(10));

  test.each(byCodeAlone)('$name stands above a general phrase, and is nobody else’s', ({ provider, name, one }) => {
    const enhanced = one.enhanced ? codes.find((code) => one.enhanced!.test(code))! : null;
    const code = one.code?.[0] ?? (enhanced?.startsWith('5') ? 550 : 451);
    // A general phrase of which none of these providers has a rule.
    const general = 'greylisted by policy';
    expect(rule(provider, code, enhanced, general)).toBe(name);
    expect(rule('other', code, enhanced, general)).toMatch(/^(?:general|outlook)\./);
  });
});

test('a general phrase stands above a registered enhanced code, and that above the bare code', () => {
  expect(rule('other', 451, '4.4.5', 'Greylisted')).toBe('general.greylisting');
  expect(rule('other', 451, '4.4.5', 'xyzzy')).toBe('enhanced.4.4.5');
  expect(rule('other', 451, null, 'xyzzy')).toBe('code.4xx');
});

test('every stage after RCPT reads the same words the same way', () => {
  const text = 'Requested action not taken: mailbox unavailable. Reject due to policy restrictions.';
  for (const stage of AFTER_RCPT) {
    const reply = { code: 550, enhanced: null, text };
    const verdict = classify(reply, { provider: 'gmx-webde', stage, reused: false, direct: true, carried: 0 });
    expect(verdict.rule).toBe('gmx.policy-restrictions');
  }
});
