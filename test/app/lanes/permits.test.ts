import { describe, expect, test } from 'vitest';
import { makePermits } from '../../../src/app/lanes/permits.ts';
import type { Dispenser } from '../../../src/app/lanes/ports.ts';

/** A dispenser that gives permits when told to. */
function byHand() {
  const waiting: ((letters: number) => void)[] = [];
  const rates: number[] = [];
  const dispenser: Dispenser = {
    dispense: () => new Promise((give) => waiting.push(give)),
    setRate: (rate) => void rates.push(rate),
    start: async () => undefined,
    stop: async () => undefined,
  };
  return { dispenser, rates, asked: () => waiting.length, give: (letters: number) => waiting.shift()!(letters) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

function entering(permits: ReturnType<typeof makePermits>, count: number, stop = never) {
  const turns: boolean[] = [];
  for (let index = 0; index < count; index++) void permits.acquire('c1', stop).then((turn) => turns.push(turn));
  return turns;
}

describe('permits', () => {
  test('lets one in per letter of a permit, and no more than its width', async () => {
    const { dispenser, give } = byHand();
    const permits = makePermits(dispenser);
    await permits.start();
    permits.setWidth(2);
    permits.setRate(100);
    const turns = entering(permits, 5);
    give(3);
    await settled();
    expect(turns).toEqual([true, true]);
    permits.done();
    await settled();
    expect(turns).toEqual([true, true, true]);
  });

  test('asks for one permit at a time at a low rate, so that none is left over when its waiters are gone', async () => {
    const { dispenser, asked } = byHand();
    const permits = makePermits(dispenser);
    await permits.start();
    permits.setWidth(10);
    permits.setRate(1);
    entering(permits, 10);
    expect(asked()).toBe(1);
  });

  test('hands a permit on when the one who asked for it has gone', async () => {
    const { dispenser, give } = byHand();
    const permits = makePermits(dispenser);
    await permits.start();
    permits.setWidth(5);
    permits.setRate(1);
    const gone = new AbortController();
    const first = entering(permits, 1, gone.signal);
    gone.abort();
    const second = entering(permits, 1);
    give(1);
    await settled();
    expect(first).toEqual([false]);
    expect(second).toEqual([true]);
  });

  test('takes unused permits back when the rate falls', async () => {
    const { dispenser, give, asked } = byHand();
    const permits = makePermits(dispenser);
    await permits.start();
    permits.setWidth(1);
    permits.setRate(500);
    const turns = entering(permits, 3);
    give(3);
    await settled();
    permits.setRate(5);
    permits.done();
    await settled();
    expect(turns).toEqual([true]);
    while (asked() > 0) give(1);
    await settled();
    expect(turns.length).toBeGreaterThan(1);
  });

  test('lets no more in than its allowance, whatever the dispenser gives', async () => {
    const { dispenser, give, asked } = byHand();
    const permits = makePermits(dispenser);
    await permits.start();
    permits.setWidth(5);
    permits.setRate(100);
    permits.setAllowance(1);
    const turns = entering(permits, 3);
    while (asked() > 0) give(1);
    await settled();
    expect(turns).toEqual([true]);
    permits.setAllowance(null);
    while (asked() > 0) give(2);
    await settled();
    expect(turns).toEqual([true, true, true]);
  });

  test('lets campaigns in by turns, however many of one wait', async () => {
    const { dispenser, asked, give } = byHand();
    const permits = makePermits(dispenser);
    await permits.start();
    permits.setWidth(100);
    permits.setRate(1);
    const order: string[] = [];
    const wait = (campaign: string) => void permits.acquire(campaign, never).then(() => order.push(campaign));
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
    const { dispenser, asked } = byHand();
    const permits = makePermits(dispenser);
    await permits.start();
    permits.setWidth(3);
    permits.setRate(Number.POSITIVE_INFINITY);
    const turns = entering(permits, 3);
    await settled();
    expect(turns).toEqual([true, true, true]);
    expect(asked()).toBe(0);
  });

  test('sends everybody away when it is stopped', async () => {
    const { dispenser } = byHand();
    const permits = makePermits(dispenser);
    await permits.start();
    permits.setRate(1);
    const turns = entering(permits, 2);
    void permits.stop(0);
    await settled();
    expect(turns).toEqual([false, false]);
    expect(await permits.acquire('c1', never)).toBe(false);
  });
});
