import { afterEach, expect, test } from 'vitest';
import { makeDispenser } from '../../src/adapters/dispenser.ts';
import type { Dispenser } from '../../src/app/lanes/ports.ts';

// Real time and a real limiter, with margins that a slow machine keeps too: never faster than allowed is what counts.

const open: Dispenser[] = [];
afterEach(() => {
  for (const dispenser of open.splice(0)) void dispenser.stop(0);
});

function started(perSecond: number) {
  const dispenser = makeDispenser(perSecond);
  void dispenser.start();
  open.push(dispenser);
  return dispenser;
}

/** Letters let through while `pullers` ask without end, until `letters` are. Answers the seconds it took. */
async function pull(dispenser: Dispenser, letters: number, pullers = 4): Promise<number> {
  const began = performance.now();
  let got = 0;
  const puller = async () => {
    while (got < letters) {
      // In two steps: `got += await` would add to what `got` was before the wait.
      const given = await dispenser.dispense();
      got += given;
    }
  };
  await Promise.all(Array.from({ length: pullers }, puller));
  return (performance.now() - began) / 1_000;
}

test('is never faster than it should be', async () => {
  expect(await pull(started(50), 50)).toBeGreaterThan(0.85);
});

test('gives several letters for a permit at a high rate, and is still not faster', async () => {
  const dispenser = started(2_000);
  expect(await dispenser.dispense()).toBeGreaterThan(1);
  expect(await pull(dispenser, 2_000)).toBeGreaterThan(0.85);
});

test('a lower rate is in force for those who wait already', async () => {
  const dispenser = started(1_000);
  await pull(dispenser, 20);
  const waiting = pull(dispenser, 12, 12);
  dispenser.setRate(10);
  expect(await waiting).toBeGreaterThan(0.7);
});

test('a higher rate is in force for those who wait already', async () => {
  const dispenser = started(1 / 3_600);
  await dispenser.dispense();
  const waiting = dispenser.dispense();
  dispenser.setRate(50);
  await expect(waiting).resolves.toBe(1);
});

test('changing the rate again and again gives no extra permits', async () => {
  const dispenser = started(20);
  const changing = setInterval(() => dispenser.setRate(20 + Math.random()), 5);
  const seconds = await pull(dispenser, 20);
  clearInterval(changing);
  expect(seconds).toBeGreaterThan(0.8);
});

test('0 pauses, and the next rate resumes', async () => {
  const dispenser = started(100);
  dispenser.setRate(0);
  let isGiven = false;
  const waiting = dispenser.dispense().then((letters) => {
    isGiven = true;
    return letters;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(isGiven).toBe(false);
  dispenser.setRate(100);
  expect(await waiting).toBe(1);
});

test('stopped, it gives nobody a turn', async () => {
  const dispenser = started(1);
  await dispenser.dispense();
  const waiting = dispenser.dispense();
  dispenser.stop(0);
  expect(await waiting).toBe(0);
  expect(await dispenser.dispense()).toBe(0);
});
