import { describe, expect, test } from 'vitest';
import { makeLoops } from '../../../src/app/sending/loops.ts';
import { makeWorld } from '../world.ts';

/** A loop of a second that does what it is told. */
function looping(run: () => Promise<void> = async () => undefined) {
  const { clock, log, logged } = makeWorld();
  const turns: number[] = [];
  const loops = makeLoops(
    {
      often: {
        everyMs: 1_000,
        run: () => {
          turns.push(clock.now());
          return run();
        },
      },
    },
    clock,
    log,
  );
  const began = clock.now();
  return { clock, loops, logged, turns: () => turns.map((at) => at - began) };
}

describe('a loop', () => {
  test('takes its first turn at the start, and the next so long after the end of each', async () => {
    const { clock, loops, turns } = looping(() => new Promise((resolve) => void clock.after(300, resolve)));
    await loops.start();
    await clock.advance(4_000);
    expect(turns()).toEqual([0, 1_300, 2_600, 3_900]);
  });

  test('asked for soon, comes at once and its regular turn counts from there', async () => {
    const { clock, loops, turns } = looping();
    await loops.start();
    await clock.advance(400);
    loops.soon('often');
    await clock.advance(1_100);
    expect(turns()).toEqual([0, 400, 1_400]);
  });

  test('asked for soon during a turn, comes once behind it, never twice at once', async () => {
    let inside = 0;
    let most = 0;
    const { clock, loops, turns } = looping(async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise<void>((resolve) => void clock.after(500, resolve));
      inside -= 1;
    });
    await loops.start();
    await clock.advance(100);
    for (let time = 0; time < 3; time++) loops.soon('often');
    await clock.advance(900);
    expect(turns()).toEqual([0, 500]);
    expect(most).toBe(1);
  });

  test('that fails says so once, goes on, and says when it works again', async () => {
    let works = false;
    const { clock, loops, turns, logged } = looping(async () => {
      if (!works) throw new Error('away');
    });
    await loops.start();
    await clock.advance(3_500);
    works = true;
    await clock.advance(2_000);
    expect(turns()).toHaveLength(6);
    expect(logged).toEqual(['loop failed', 'loop works again']);
  });

  test('is waited for at a stop, and asked for in vain after it', async () => {
    const { clock, loops, turns } = looping(() => new Promise((resolve) => void clock.after(700, resolve)));
    await loops.start();
    let isStopped = false;
    void loops.stop(5_000).then(() => {
      isStopped = true;
    });
    loops.soon('often');
    await clock.advance(699);
    expect(isStopped).toBe(false);
    await clock.advance(1);
    expect(isStopped).toBe(true);
    loops.soon('often');
    await clock.advance(10_000);
    expect(turns()).toEqual([0]);
    expect(clock.pending()).toBe(0);
  });
});
