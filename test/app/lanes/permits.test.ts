import { describe, expect, test } from 'vitest';
import { makeTurnstile } from '../../../src/app/lanes/permits.ts';
import type { Pace } from '../../../src/app/lanes/ports.ts';

/** A pace that gives permits when told to. */
function handPace() {
  const waiting: ((letters: number) => void)[] = [];
  const rates: number[] = [];
  const pace: Pace = {
    permit: () => new Promise((give) => waiting.push(give)),
    setRate: (rate) => void rates.push(rate),
    stop: () => undefined,
  };
  return { pace, rates, asked: () => waiting.length, give: (letters: number) => waiting.shift()!(letters) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

function entering(turnstile: ReturnType<typeof makeTurnstile>, count: number, stop = never) {
  const turns: boolean[] = [];
  for (let index = 0; index < count; index++) void turnstile.enter('c1', stop).then((turn) => turns.push(turn));
  return turns;
}

describe('a turnstile', () => {
  test('lets one in per letter of a permit, and no more than its width', async () => {
    const { pace, give } = handPace();
    const turnstile = makeTurnstile(pace);
    turnstile.setWidth(2);
    turnstile.setRate(100);
    const turns = entering(turnstile, 5);
    give(3);
    await settled();
    expect(turns).toEqual([true, true]);
    turnstile.leave();
    await settled();
    expect(turns).toEqual([true, true, true]);
  });

  test('asks for one permit at a time at a low rate, so that none is left over when its waiters are gone', async () => {
    const { pace, asked } = handPace();
    const turnstile = makeTurnstile(pace);
    turnstile.setWidth(10);
    turnstile.setRate(1);
    entering(turnstile, 10);
    expect(asked()).toBe(1);
  });

  test('hands a permit on when the one who asked for it has gone', async () => {
    const { pace, give } = handPace();
    const turnstile = makeTurnstile(pace);
    turnstile.setWidth(5);
    turnstile.setRate(1);
    const gone = new AbortController();
    const first = entering(turnstile, 1, gone.signal);
    gone.abort();
    const second = entering(turnstile, 1);
    give(1);
    await settled();
    expect(first).toEqual([false]);
    expect(second).toEqual([true]);
  });

  test('takes unused permits back when the rate falls', async () => {
    const { pace, give, asked } = handPace();
    const turnstile = makeTurnstile(pace);
    turnstile.setWidth(1);
    turnstile.setRate(500);
    const turns = entering(turnstile, 3);
    give(3);
    await settled();
    turnstile.setRate(5);
    turnstile.leave();
    await settled();
    expect(turns).toEqual([true]);
    while (asked() > 0) give(1);
    await settled();
    expect(turns.length).toBeGreaterThan(1);
  });

  test('lets no more in than its allowance, whatever the pace gives', async () => {
    const { pace, give, asked } = handPace();
    const turnstile = makeTurnstile(pace);
    turnstile.setWidth(5);
    turnstile.setRate(100);
    turnstile.setAllowance(1);
    const turns = entering(turnstile, 3);
    while (asked() > 0) give(1);
    await settled();
    expect(turns).toEqual([true]);
    turnstile.setAllowance(null);
    while (asked() > 0) give(2);
    await settled();
    expect(turns).toEqual([true, true, true]);
  });

  test('lets campaigns in by turns, however many of one wait', async () => {
    const { pace, asked, give } = handPace();
    const turnstile = makeTurnstile(pace);
    turnstile.setWidth(100);
    turnstile.setRate(1);
    const order: string[] = [];
    const wait = (campaign: string) => void turnstile.enter(campaign, never).then(() => order.push(campaign));
    for (let index = 0; index < 20; index++) wait('long');
    for (let index = 0; index < 3; index++) wait('short');
    for (let turn = 0; turn < 8; turn++) {
      while (asked() > 0) give(1);
      await settled();
    }
    expect(order.slice(0, 6).filter((campaign) => campaign === 'short')).toHaveLength(3);
    expect(order.slice(6)).toEqual(['long', 'long']);
  });

  test('needs no permit while nothing limits the rate', async () => {
    const { pace, asked } = handPace();
    const turnstile = makeTurnstile(pace);
    turnstile.setWidth(3);
    turnstile.setRate(Number.POSITIVE_INFINITY);
    const turns = entering(turnstile, 3);
    await settled();
    expect(turns).toEqual([true, true, true]);
    expect(asked()).toBe(0);
  });

  test('sends everybody away when it closes', async () => {
    const { pace } = handPace();
    const turnstile = makeTurnstile(pace);
    turnstile.setRate(1);
    const turns = entering(turnstile, 2);
    turnstile.close();
    await settled();
    expect(turns).toEqual([false, false]);
    expect(await turnstile.enter('c1', never)).toBe(false);
  });
});
