import { describe, expect, test } from 'vitest';
import { classify, type ReplyContext } from '../../../src/core/replies/classify.ts';
import type { Reply, Stage } from '../../../src/core/replies/reply.ts';
import type { Reaction, Verdict } from '../../../src/core/replies/verdict.ts';
import {
  context,
  HELD_OUT,
  type Heard,
  heardReply,
  ROWS,
  ROWS_2,
  replyOf,
  stageOf,
  UNSEEN,
  UNSEEN_2,
} from './fixtures.ts';
import { DANGEROUS, GROUP_OF } from './groups.ts';

type Case = { readonly reply: Reply; readonly where: ReplyContext; readonly reaction: Reaction };

const fromRows = (rows: typeof ROWS): Case[] =>
  rows.map((row) => ({
    reply: replyOf(row),
    where: context({ provider: row.provider, stage: stageOf(row) }),
    reaction: row.reaction,
  }));
const fromHeard = (rows: readonly Heard[]): Case[] =>
  rows.map((row) => ({
    reply: heardReply(row),
    where: context({ provider: row.provider, stage: row.stage }),
    reaction: row.reaction,
  }));

const SETS: readonly (readonly [string, number, readonly Case[]])[] = [
  ['replies.csv', 1, fromRows(ROWS)],
  ['held-out.csv', 1, fromHeard(HELD_OUT)],
  ['replies-2.csv', 0.97, fromRows(ROWS_2)],
  ['unseen.csv', 0.97, fromHeard(UNSEEN)],
  ['unseen-2.csv', 0.97, fromHeard(UNSEEN_2)],
];

const shown = ({ code, enhanced, text }: Reply) => [code, enhanced, text].filter((part) => part).join(' ');

describe.each(SETS)('the replies of %s', (_name, bar, cases) => {
  const wrong = cases.flatMap(({ reply, where, reaction }) => {
    const verdict = classify(reply, where);
    const pair = `${GROUP_OF[reaction]} -> ${GROUP_OF[verdict.reaction]}`;
    return GROUP_OF[reaction] === GROUP_OF[verdict.reaction]
      ? []
      : [{ pair, line: `${pair}: ${shown(reply)} (${where.stage}) by ${verdict.rule}` }];
  });

  test(`get a reaction of the right group, ${bar * 100} % of them at least`, () => {
    const lines = wrong.map(({ line }) => line);
    expect(lines.length, lines.join('\n')).toBeLessThanOrEqual(cases.length * (1 - bar));
  });

  test('get none that does harm', () => {
    expect(wrong.filter(({ pair }) => pair in DANGEROUS).map(({ line }) => line)).toEqual([]);
  });
});

describe('the same words at another command', () => {
  const AT: readonly Stage[] = ['greeting', 'mail', 'rcpt', 'data', 'dot'];

  /** Only the code spoke, or the stage itself forbids what the words say: nobody was named, so a quota is ours. */
  const isOfTheStage = ({ rule, reaction }: Verdict) =>
    /^code\.|^general\.quota-early$/.test(rule) || reaction === 'suppress_recipient';

  test.each(SETS)('%s: stay in their group', (_name, _bar, cases) => {
    const moved = cases
      .filter(({ reply }) => reply.code !== 0)
      .flatMap(({ reply, where }) => {
        const atRcpt = classify(reply, { ...where, stage: 'rcpt' });
        return AT.map((stage) => ({ stage, verdict: classify(reply, { ...where, stage }) }))
          .filter(({ verdict }) => GROUP_OF[verdict.reaction] !== GROUP_OF[atRcpt.reaction])
          .filter(({ verdict }) => !isOfTheStage(verdict) && !isOfTheStage(atRcpt))
          .map(({ stage, verdict }) => `${shown(reply)}: ${atRcpt.rule} at rcpt, ${verdict.rule} at ${stage}`);
      });
    expect(moved).toEqual([]);
  });
});

describe('whom a reply names', () => {
  const reaction = (code: number, text: string, stage: Stage = 'rcpt', enhanced: string | null = null) =>
    classify({ code, enhanced, text }, context({ stage })).reaction;
  const group = (...args: Parameters<typeof reaction>) => GROUP_OF[reaction(...args)];

  const PACE = ['too many requests', 'limit reached', 'quota exceeded', 'busy', 'try again later'];

  test.each(['mailbox', 'inbox'])('a %s outweighs words of pace', (who) => {
    for (const words of PACE)
      for (const code of [421, 450, 451, 452]) expect(group(code, `${who} of ann: ${words}`), words).not.toBe('pace');
  });

  test.each([
    'Client host [192.0.2.25] blocked',
    '192.0.2.25 is listed at dnsbl.example',
    'HELO command rejected: no such host',
    'no reverse DNS for 192.0.2.25',
    'certificate expired',
    'this looks like spam',
    'your account is suspended',
    'refused by policy',
  ])('"%s" outweighs the code and "try again later"', (words) => {
    for (const code of [421, 450, 451])
      for (const ending of ['', ', try again later', ' - retry later']) {
        const verdict = classify({ code, enhanced: null, text: words + ending }, context());
        expect(['stop_and_alert', 'pause_provider'], verdict.rule).toContain(verdict.reaction);
      }
  });

  test.each(['logins', 'concurrent logins', 'simultaneous authentications', 'connections', 'sessions per user'])(
    'too many %s are too many sessions, whatever code and command',
    (what) => {
      for (const stage of ['greeting', 'auth', 'mail'] as const)
        for (const code of [421, 450, 454, 535, 550, 554]) {
          const verdict = classify({ code, enhanced: null, text: `Too many ${what}` }, context({ stage }));
          expect(verdict, `${code} at ${stage}`).toMatchObject({ reaction: 'fewer_connections', cause: 'connections' });
        }
    },
  );

  test('a wrong password stops, however often', () => {
    for (const text of ['Wrong password', 'Too many failed logins', 'Too many authentication failures'])
      for (const code of [421, 535]) expect(reaction(code, text, 'auth'), text).toBe('stop_and_alert');
  });

  test('a relay’s own list ends the recipient, for a 4xx without proof', () => {
    for (const list of ['is on the suppression list', 'has unsubscribed', 'was previously bounced']) {
      expect(reaction(550, `Recipient ${list}`)).toBe('suppress_recipient');
      expect(reaction(450, `Recipient ${list}`)).toBe('bounce_recipient');
    }
  });

  test.each(['lookup', 'connect', 'rcpt'])('a domain that does not exist ends the recipient (%s)', (stage) => {
    const reply = { code: 0, enhanced: '5.1.2', text: 'domain does not exist' };
    expect(classify(reply, context({ stage: stage as Stage }))).toMatchObject({
      meaning: 'invalid_recipient',
      reaction: 'bounce_recipient',
      scope: 'recipient',
      rule: 'none.no-domain',
    });
  });
});

describe('an enhanced code', () => {
  const rule = (code: number, text: string) => classify({ code, enhanced: null, text }, context()).rule;

  test.each([
    [550, 'xyzzy (#5.1.1)', 'enhanced.5.1'],
    [451, 'xyzzy #4.4.3', 'enhanced.4.4.dns'],
    [550, 'xyzzy 5.2.2 xyzzy', 'enhanced.5.2.2'],
    [550, '#5.7.1 xyzzy', 'enhanced.5.7'],
  ])('is found in "%i %s"', (code, text, name) => expect(rule(code, text)).toBe(name));

  test.each([
    [550, 'xyzzy 5.1.1.9'],
    [550, 'xyzzy 192.5.1.1'],
    [550, 'xyzzy 4.2.2'],
    [451, 'xyzzy v5.1.1'],
  ])('is no part of an address and of no other class: "%i %s"', (code, text) =>
    expect(rule(code, text)).toMatch(/^code\./),
  );
});
