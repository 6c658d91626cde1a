import { describe, expect, test } from 'vitest';
import { laneOf } from './lane.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

describe('a refusal that sticks to one recipient', () => {
  test.each([
    '421 4.7.0 Too many messages, slow down',
    '450 rate limited',
    '421 Service not available',
    '421 4.4.2 Timeout',
  ])('is the recipient’s at the second time, whatever it says: %s', (said) => {
    const lane = laneOf();
    lane.accepted(50);
    expect(lane.refuse(said, { recipient: 'poisoned' }).blame).not.toBe('recipient');
    lane.accepted(50);
    expect(lane.refuse(said, { recipient: 'poisoned' }).blame).toBe('recipient');
  });

  test('takes three times beside a limit near which one in six is refused, and is the lane’s where all are', () => {
    const beside = (isRefused: (letter: number) => boolean) => {
      const lane = laneOf();
      const blames: string[] = [];
      for (let letter = 0; letter < 150; letter++) {
        if (letter % 30 === 29) blames.push(lane.refuse('421 slow down', { recipient: 'same' }).blame);
        else if (isRefused(letter)) lane.refuse('421 slow down', { domain: `d${letter}.example` });
        else lane.accept({ domain: `d${letter}.example` });
      }
      return blames;
    };
    expect(beside((letter) => letter % 6 === 0)).toEqual(['pace', 'pace', 'recipient', 'recipient', 'recipient']);
    expect(new Set(beside(() => true))).toEqual(new Set(['pace']));
  });

  test('with words that stuck to others before is believed at once, while the lane takes the rest', () => {
    const lane = laneOf();
    const said = '450 4.7.0 Limit of this one was hit, slow down';
    for (const recipient of ['one', 'two']) {
      lane.accepted(30);
      lane.refuse(said, { recipient });
      lane.accepted(30);
      lane.refuse(said, { recipient });
    }
    lane.accepted(30);
    expect(lane.refuse(said, { recipient: 'three' }).blame).toBe('recipient');
    // Not where many hear them: then the lane hears them too.
    const blames = Array.from({ length: 40 }, () => lane.refuse(said).blame);
    expect(blames.at(-1)).toBe('pace');
  });

  test('of a whole domain is the domain’s, while others on the lane are accepted', () => {
    const lane = laneOf();
    const blames: string[] = [];
    for (let letter = 0; letter < 4; letter++) {
      for (let other = 0; other < 20; other++) lane.accept({ domain: `d${other}.example` });
      blames.push(lane.refuse('421 slow down', { domain: 'slow.example' }).blame);
    }
    expect(blames).toEqual(['pace', 'recipient', 'recipient', 'recipient']);
  });

  test('takes back what the lane heard of it, once', () => {
    const lane = laneOf();
    lane.accepted(50);
    expect(lane.refuse('421 slow down', { recipient: 'poisoned' })).toMatchObject({ blame: 'pace', pardons: 0 });
    lane.accepted(50);
    expect(lane.refuse('421 slow down', { recipient: 'poisoned' })).toMatchObject({
      blame: 'recipient',
      pardons: 1,
    });
    expect(lane.refuse('421 slow down', { recipient: 'poisoned' }).pardons).toBe(0);
  });

  test('is heard once by the lane, while nobody else is refused, but for the one letter after a pause', () => {
    const lane = laneOf();
    const again = (isSingle = false) => lane.refuse('421 slow down', { recipient: 'alone', isSingle }).blame;
    expect([again(), again(), again()]).toEqual(['pace', 'nobody', 'nobody']);
    expect(again(true)).toBe('pace');
    lane.refuse('421 slow down', { recipient: 'other' });
    expect(again()).toBe('pace');
  });

  test('sends the row back later and later, while it is not known whose it is', () => {
    const lane = laneOf();
    const backs = Array.from({ length: 9 }, () => lane.refuse('421 slow down', { recipient: 'alone', domain: 'a' }));
    expect(backs.slice(0, 5).map(({ backMs }) => backMs / SECOND)).toEqual([1, 2, 4, 8, 16]);
  });
});

describe('a wall', () => {
  test.each([
    '550 5.7.1 Message rejected due to local policy',
    '554 Transaction failed',
    '451 Try again',
    '550 5.1.1 No such user here',
    '550 blocked using a list',
  ])('is seen after a few refusals in a row, and nobody ends by it: %s', (said) => {
    const lane = laneOf();
    lane.accepted(300);
    let offered = 0;
    while (lane.standing.stopped() === null) {
      lane.refuse(said);
      offered += 1;
    }
    expect(offered).toBeLessThanOrEqual(10);
    const fates = lane.standing.fates();
    expect(fates).toHaveLength(offered - 1);
    expect(new Set(fates.map(({ fate }) => fate))).toEqual(new Set(['wall']));
    expect(lane.refuse(said)).toMatchObject({ blame: 'us', doubt: null });
  });

  test('tries one letter after 1, 5, 15 and 60 minutes, then each hour, and opens with five before all', () => {
    const lane = laneOf(undefined, () => 0);
    while (lane.standing.stopped() === null) lane.refuse('550 5.7.1 rejected by policy');
    for (const minutes of [1, 5, 15, 60, 60]) {
      lane.pass(minutes * MINUTE - 1);
      expect(lane.standing.allowance()).toBe(0);
      lane.pass(1);
      expect(lane.standing.allowance()).toBe(1);
      lane.refuse('550 5.7.1 rejected by policy');
    }
    lane.pass(60 * MINUTE);
    for (let letter = 0; letter < 6; letter++) {
      expect(lane.standing.allowance()).toBe(letter === 0 ? 1 : 5);
      lane.accept();
    }
    expect(lane.standing.allowance()).toBeNull();
  });

  test('answers to letters that began before it do not count as tries', () => {
    const lane = laneOf();
    const early = Array.from({ length: 20 }, () => lane.standing.enter());
    while (lane.standing.stopped() === null) lane.refuse('550 5.7.1 rejected by policy');
    for (const ticket of early) lane.refuse('550 5.7.1 rejected by policy', { ticket });
    expect(lane.standing.stopped()).toMatchObject({ tries: 0, kind: 'wall' });
  });

  test('lets a letter try at once when a person asks', () => {
    const lane = laneOf();
    while (lane.standing.stopped() === null) lane.refuse('550 5.7.1 rejected by policy');
    lane.standing.tryNow(lane.now());
    expect(lane.standing.allowance()).toBe(1);
  });

  test('is no wall where only retries are left, whose trouble is their own', () => {
    const lane = laneOf();
    for (let letter = 0; letter < 50; letter++) lane.refuse('452 4.2.2 mailbox full', { isRetry: true });
    expect(lane.standing.stopped()).toBeNull();
  });

  test('outlasts a restart', () => {
    const lane = laneOf();
    while (lane.standing.stopped() === null) lane.refuse('550 5.7.1 rejected by policy');
    const again = laneOf(JSON.parse(JSON.stringify(lane.standing.state())));
    expect(again.standing.allowance()).toBe(0);
  });
});

describe('the end of a recipient', () => {
  test('is settled by the next letter that began after it and was accepted', () => {
    const lane = laneOf();
    const early = lane.standing.enter();
    const { doubt } = lane.refuse('550 5.1.1 No such user');
    lane.accept({ ticket: early });
    expect(lane.standing.fates()).toEqual([]);
    lane.accept();
    expect(lane.standing.fates()).toEqual([{ id: doubt, fate: 'settle' }]);
  });

  test('is unproven where nobody else is heard for ten seconds', () => {
    const lane = laneOf();
    const { doubt } = lane.refuse('550 5.1.1 No such user');
    lane.pass(9 * SECOND);
    expect(lane.standing.fates()).toEqual([]);
    lane.pass(SECOND);
    expect(lane.standing.fates()).toEqual([{ id: doubt, fate: 'unproven' }]);
  });
});
