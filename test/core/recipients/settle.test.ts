import { describe, expect, test } from 'vitest';
import type { Fate } from '../../../src/core/attribution/doubts.ts';
import { makeStanding, startStanding } from '../../../src/core/attribution/standing.ts';
import { lessonOf } from '../../../src/core/lanes/lesson.ts';
import { DEFAULT_RETRY } from '../../../src/core/recipients/retry.ts';
import { settle } from '../../../src/core/recipients/settle.ts';
import { classify } from '../../../src/core/replies/classify.ts';
import type { Stage } from '../../../src/core/replies/reply.ts';

const NOON = Date.UTC(2030, 0, 1, 12);

const verdictOf = (code: number, text: string, stage: Stage = 'mail', enhanced: string | null = null) =>
  classify({ code, enhanced, text }, { provider: 'other', stage, reused: true, direct: false, carried: 3 });

/** As a lane hears it that has just begun, with other sessions of ours at work. */
function refused(
  code: number,
  text: string,
  { stage = 'mail' as Stage, failures = 0, enhanced = null as string | null, fate = null as Fate | null } = {},
) {
  const verdict = verdictOf(code, text, stage, enhanced);
  const standing = makeStanding(startStanding());
  const finding = standing.weigh({
    answer: { ...{ outcome: 'refused', stage, code, verdict, recipient: 'r1' }, ...ALONE, isRetry: failures > 0 },
    ...{ ticket: standing.enter(), words: text, reason: NO_REASON, now: NOON, random: 0.5 },
  });
  const settled = settle(
    { outcome: 'refused', stage, code, failures, onUncertain: 'hold', finding, fate },
    verdict,
    NOON,
    0.5,
    DEFAULT_RETRY,
  );
  return { ...settled, blame: finding.blame, lesson: lessonOf(finding.blame, 'refused', stage, verdict) };
}

const ALONE = { domain: 'a.example', sessions: 2, isSingle: false } as const;
const NO_REASON = { cause: null, rule: null, reply: null };
const UNHEARD = { finding: { blame: 'nobody', backMs: 0, againMs: null }, fate: null } as const;

describe('what becomes of a recipient', () => {
  test('an accepted letter is sent', () => {
    const accepted = {
      outcome: 'accepted' as const,
      stage: 'dot' as const,
      code: 250,
      failures: 2,
      onUncertain: 'hold' as const,
      ...UNHEARD,
    };
    expect(settle(accepted, null, NOON, 0.5, DEFAULT_RETRY).to).toEqual({ state: 'sent' });
  });

  test('a refusal for pace sends it back at once and uses up no retry', () => {
    const { to, failed, lesson } = refused(421, 'Too much mail, slow down');
    expect(to).toMatchObject({ state: 'pending' });
    expect(failed).toBe(false);
    expect(lesson.pace).toBe('refusedForPace');
  });

  test('too many connections is a lesson for the sessions and none for the rate', () => {
    const { to, lesson } = refused(421, 'Too many concurrent connections from your address', { stage: 'greeting' });
    expect(to.state).toBe('pending');
    expect(lesson).toMatchObject({ pace: 'ignored', sessions: 'fewerConnections' });
  });

  test('greylisting climbs the ladder, and shows that the server takes our pace', () => {
    const first = refused(450, 'Greylisted, please try again later', { stage: 'rcpt', enhanced: '4.7.1' });
    expect(first).toMatchObject({ to: { state: 'deferred' }, failed: true, lesson: { pace: 'accepted' } });
    const second = refused(450, 'Greylisted, please try again later', {
      stage: 'rcpt',
      enhanced: '4.7.1',
      failures: 1,
    });
    const dueAt = (settled: typeof first) => ('dueAt' in settled.to ? settled.to.dueAt : 0);
    expect(dueAt(second)).toBeGreaterThan(dueAt(first));
  });

  test('a ladder used up ends as expired', () => {
    const failures = DEFAULT_RETRY.ladder.length;
    expect(refused(450, 'Greylisted', { stage: 'rcpt', failures }).to).toEqual({ state: 'expired' });
  });

  test('an unknown user bounces, is suppressed, and counts as an answer for the rate', () => {
    const { to, suppress, lesson } = refused(550, 'No such user here', { stage: 'rcpt', enhanced: '5.1.1' });
    expect(to).toEqual({ state: 'bounced' });
    expect(suppress).toBe(true);
    expect(lesson.pace).toBe('accepted');
  });

  test('a throttle that comes as 5xx does not bounce', () => {
    expect(refused(550, 'Connection frequency limited', { stage: 'rcpt' }).to.state).not.toBe('bounced');
  });

  test('a letter refused for its content gets one more chance, then bounces without being suppressed', () => {
    const first = refused(554, 'Message rejected as spam', { stage: 'dot', enhanced: '5.7.1' });
    expect(first.to).toMatchObject({ state: 'deferred' });
    const second = refused(554, 'Message rejected as spam', { stage: 'dot', enhanced: '5.7.1', failures: 1 });
    expect(second).toMatchObject({ to: { state: 'bounced' }, suppress: false });
  });

  test('an unknown 550 gets one more chance, then bounces without being suppressed', () => {
    const first = refused(550, 'xyzzy', { stage: 'rcpt' });
    expect(first).toMatchObject({ to: { state: 'deferred' }, lesson: { pace: 'accepted' } });
    expect(refused(550, 'xyzzy', { stage: 'rcpt', failures: 1 })).toMatchObject({
      to: { state: 'bounced' },
      suppress: false,
    });
  });

  test('a configuration fault as 4xx is ours before RCPT, and climbs the ladder of whoever alone hears it', () => {
    const text = 'The IP address sending this message does not have a PTR record.';
    expect(refused(421, text, { enhanced: '4.7.0' })).toMatchObject({ blame: 'us', to: { state: 'pending' } });
    expect(refused(421, text, { enhanced: '4.7.0', stage: 'rcpt' })).toMatchObject({
      to: { state: 'deferred' },
      failed: true,
    });
  });

  test('a wall takes an end back, whatever was said, and nobody loses a try', () => {
    for (const text of ['No such user here', 'Message rejected as spam', 'xyzzy']) {
      const walled = refused(550, text, { stage: 'rcpt', failures: 1, fate: 'wall' });
      expect(walled).toMatchObject({ to: { state: 'deferred', dueAt: NOON }, failed: false, suppress: false });
    }
  });

  test('where nobody else was heard, it takes more than two refusals without clear words to end a recipient', () => {
    const end = (failures: number) => refused(550, 'xyzzy', { stage: 'rcpt', failures, fate: 'unproven' }).to.state;
    expect([0, 1, 2, 3].map(end)).toEqual(['deferred', 'deferred', 'deferred', 'bounced']);
    expect(refused(550, 'No such user', { stage: 'rcpt', fate: 'unproven' }).to.state).toBe('bounced');
  });

  test('no reply after the dot is uncertain, or another try where the campaign says so', () => {
    const unknown = (onUncertain: 'hold' | 'resend') =>
      settle(
        { outcome: 'unknown', stage: 'dot', code: 0, failures: 0, onUncertain, ...UNHEARD },
        verdictOf(0, '', 'dot'),
        NOON,
        0.5,
        DEFAULT_RETRY,
      );
    expect(unknown('hold').to).toEqual({ state: 'uncertain' });
    expect(unknown('resend').to.state).toBe('deferred');
  });

  test('a letter that our own gate held back is as if it had not been tried', () => {
    const held = settle(
      { outcome: 'withdrawn', stage: 'data', code: 0, failures: 1, onUncertain: 'hold', ...UNHEARD },
      null,
      NOON,
      0.5,
      DEFAULT_RETRY,
    );
    expect(held).toEqual({ to: { state: 'deferred', dueAt: NOON }, failed: false, suppress: false });
  });

  describe('what is said before RCPT is nobody’s failure', () => {
    test.each([
      ['greeting', 554, '5.7.1', 'Your IP is blocked'],
      ['greeting', 554, null, 'No SMTP service here'],
      ['ehlo', 550, null, 'Access denied, bad HELO name'],
      ['starttls', 454, '4.7.0', 'TLS not available'],
      ['auth', 535, '5.7.8', 'Error: authentication failed'],
      ['mail', 550, '5.7.1', 'Sender blocked'],
      ['mail', 550, null, 'No such user here'],
      ['mail', 553, '5.1.8', 'Domain of sender address does not exist'],
      ['mail', 450, '4.2.1', 'The mailbox is busy'],
      ['mail', 451, null, 'Greylisted, try again later'],
      ['mail', 0, null, 'Connection closed unexpectedly'],
    ] as const)('%s: %d %s %s', (stage, code, enhanced, text) => {
      for (const failures of [0, 1, 9]) {
        const { to, failed, suppress } = refused(code, text, { stage, failures, enhanced });
        expect({ state: to.state, failed, suppress }).toEqual({
          state: failures === 0 ? 'pending' : 'deferred',
          failed: false,
          suppress: false,
        });
      }
      // Somebody must act: the lane by slowing down or with fewer sessions, or a row of them stops it.
      expect(refused(code, text, { stage, enhanced }).blame).not.toBe('recipient');
    });

    test('but a letter that is too large is its own, though MAIL says so', () => {
      const { failed } = refused(552, 'Message size exceeds fixed limit', { stage: 'mail', enhanced: '5.3.4' });
      expect(failed).toBe(true);
    });
  });
});
