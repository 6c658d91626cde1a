import { describe, expect, test } from 'vitest';
import { laneOf } from './lane.ts';

/** Greylisters, hosts that are away, and what is refused at the door. */

const SECOND = 1_000;
const MINUTE = 60_000;

describe('a greylister', () => {
  const LATER = '451 4.7.1 Please try again later';

  /** Refuses everybody until `delayMs` after his first try. */
  function greylisted(delayMs: number) {
    const lane = laneOf(undefined, () => 0);
    const since = new Map<string, number>();
    const offer = (recipient: string) => {
      const from = since.get(recipient) ?? lane.now();
      since.set(recipient, from);
      return lane.now() - from >= delayMs ? lane.accept({ recipient }) : lane.refuse(LATER, { recipient });
    };
    return { lane, offer };
  }

  test('is told from a wall by the same letters, tried again after half a minute, one, two and five', () => {
    const { lane, offer } = greylisted(100 * SECOND);
    for (let letter = 0; lane.standing.stopped() === null; letter++) offer(`r${letter}`);
    expect(lane.standing.stopped()).toMatchObject({ kind: 'unsure' });
    for (const seconds of [30, 30, 60]) {
      lane.pass(seconds * SECOND);
      expect(lane.standing.allowance()).toBe(1);
      offer('r0');
    }
    expect(lane.standing.stopped()).toBeNull();
    expect(lane.standing.isGreylisting()).toBe(true);
  });

  test('once known is passed at full pace, each row due when it takes it', () => {
    const { lane, offer } = greylisted(40 * SECOND);
    for (let letter = 0; lane.standing.stopped() === null; letter++) offer(`r${letter}`);
    lane.pass(30 * SECOND);
    offer('r0');
    lane.pass(30 * SECOND);
    offer('r0');
    for (let letter = 100; letter < 4_000; letter++) {
      expect(offer(`r${letter}`)).toMatchObject({ blame: 'recipient', doubt: null, againMs: 60 * SECOND });
    }
    expect(lane.standing.stopped()).toBeNull();
    lane.pass(60 * SECOND);
    expect(offer('r100').blame).toBe('nobody');
  });

  test('who never takes anybody is a wall', () => {
    const { lane, offer } = greylisted(Number.POSITIVE_INFINITY);
    for (let letter = 0; lane.standing.stopped() === null; letter++) offer(`r${letter}`);
    for (const seconds of [30, 30, 60, 180, 300, 330]) {
      expect(lane.standing.stopped()).toMatchObject({ kind: 'unsure' });
      lane.pass(seconds * SECOND);
      offer('r0');
    }
    expect(lane.standing.stopped()).toMatchObject({ kind: 'wall' });
    lane.pass(15 * MINUTE);
    expect(lane.standing.allowance()).toBe(1);
  });

  test('asks for letters that were refused before, for three seconds', () => {
    const { lane, offer } = greylisted(40 * SECOND);
    for (let letter = 0; lane.standing.stopped() === null; letter++) offer(`r${letter}`);
    lane.pass(30 * SECOND);
    expect(lane.standing.courtesyMs('r0', lane.now())).toBe(0);
    expect(lane.standing.courtesyMs('fresh', lane.now())).toBe(3 * SECOND);
  });
});

describe('a host that is away', () => {
  const GONE = 'connect ECONNREFUSED';

  test('is tried after 1, 2, 5, 10, 30 and 60 seconds, and then each minute', () => {
    const lane = laneOf(undefined, () => 0);
    expect(lane.refuse(GONE, { stage: 'connect', sessions: 0 }).blame).toBe('host');
    for (const seconds of [1, 2, 5, 10, 30, 60, 60, 60]) {
      lane.pass(seconds * SECOND - 1);
      expect(lane.standing.allowance()).toBe(0);
      lane.pass(1);
      expect(lane.standing.allowance()).toBe(1);
      lane.refuse(GONE, { stage: 'connect', sessions: 0 });
    }
  });

  test('comes back with half of the rate for five seconds, and at once with any answer', () => {
    const lane = laneOf();
    lane.refuse(GONE, { stage: 'connect', sessions: 0 });
    lane.pass(2 * SECOND);
    lane.refuse('550 5.1.1 No such user');
    expect(lane.standing.allowance()).toBeNull();
    expect(lane.standing.ease(lane.now())).toBe(0.5);
    lane.pass(5 * SECOND);
    expect(lane.standing.ease(lane.now())).toBe(1);
  });

  test('is not away while other sessions of ours work', () => {
    const lane = laneOf();
    expect(lane.refuse(GONE, { stage: 'connect', sessions: 2 }).blame).toBe('nobody');
    expect(lane.refuse('421 4.3.2 shutting down', { sessions: 2 }).blame).toBe('host');
    expect(lane.standing.stopped()).toBeNull();
  });

  test('who says so, and serves those that come after, means our pace', () => {
    const lane = laneOf();
    lane.accepted(20);
    expect(lane.refuse('421 Service not available', { sessions: 2 }).blame).toBe('host');
    lane.accepted(20);
    expect(lane.refuse('421 Service not available', { sessions: 2 }).blame).toBe('pace');
    expect(lane.refuse('421 Service not available', { sessions: 0 }).blame).toBe('pace');
  });
});

describe('what is refused before any letter is named', () => {
  test.each([
    ['auth', '454 4.7.0 Too many login attempts'],
    ['auth', '535 5.7.8 Too many concurrent logins'],
    ['auth', '421 whatever'],
    ['greeting', '554 no'],
    ['ehlo', '550 no'],
  ] as const)('while others of our sessions work is one session too many: %s %s', (stage, said) => {
    expect(laneOf().refuse(said, { stage, sessions: 3 }).blame).toBe('sessions');
  });

  test('with none at work it is tried three times over a minute, then waits for a person', () => {
    const lane = laneOf(undefined, () => 0);
    lane.accept();
    const wrong = () => lane.refuse('535 5.7.8 Authentication failed', { stage: 'auth', sessions: 0 });
    expect(wrong().blame).toBe('us');
    for (const seconds of [20, 40]) {
      expect(lane.standing.stopped()?.until).not.toBeNull();
      lane.pass(seconds * SECOND);
      wrong();
    }
    expect(lane.standing.stopped()).toMatchObject({ kind: 'setup', until: null });
    lane.pass(24 * 60 * MINUTE);
    expect(lane.standing.allowance()).toBe(0);
    lane.standing.tryNow(lane.now());
    lane.accept();
    expect(lane.standing.stopped()).toBeNull();
  });

  test('is for a person at once where a log-in never worked, and after that whenever one asks', () => {
    const lane = laneOf();
    for (let times = 0; times < 3; times++) {
      lane.refuse('535 5.7.8 Authentication failed', { stage: 'auth', sessions: 0 });
      expect(lane.standing.stopped()).toMatchObject({ kind: 'setup', until: null });
      lane.standing.tryNow(lane.now());
      expect(lane.standing.allowance()).toBe(1);
    }
  });

  test('and only for now, the host is away', () => {
    const lane = laneOf();
    lane.refuse('454 4.7.0 Temporary authentication failure', { stage: 'auth', sessions: 0 });
    expect(lane.standing.stopped()).toMatchObject({ kind: 'away' });
  });
});
