import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { makeLifeCycle, onAbort, orUntil, stopUntil } from '../../src/core/life-cycle.ts';
import { makeFakeClock } from '../setup/fake-clock.ts';

/** A part that takes its time to begin and to end, unless it is cut. */
function setUp({ beginMs = 0, endMs = 0 }: { beginMs?: number; endMs?: number } = {}) {
  const clock = makeFakeClock();
  const told: string[] = [];
  const taking = (ms: number, over?: AbortSignal) =>
    ms === 0
      ? undefined
      : new Promise<void>((resolve) => {
          const cancel = clock.after(ms, resolve);
          over?.addEventListener('abort', () => {
            cancel();
            told.push('cut');
            resolve();
          });
        });
  const cycle = makeLifeCycle(clock, {
    begin() {
      told.push('begin');
      return taking(beginMs);
    },
    end(over) {
      told.push('end');
      return taking(endMs, over);
    },
  });
  const done: string[] = [];
  const note = (name: string, promise: Promise<void>) =>
    void promise.then(
      () => done.push(name),
      () => done.push(`${name} failed`),
    );
  return { clock, cycle, told, done, note };
}

test('begins and ends once, however often it is asked', async () => {
  const { cycle, told } = setUp();
  await cycle.stop(0);
  await Promise.all([cycle.start(), cycle.start()]);
  await cycle.start();
  await Promise.all([cycle.stop(0), cycle.stop(0)]);
  await cycle.stop(0);
  expect(told).toEqual(['begin', 'end']);
});

test('begins at once, so that what follows the call may rely on it', () => {
  const { cycle, told } = setUp();
  void cycle.start();
  expect(told).toEqual(['begin']);
});

test('works anew after a stop', async () => {
  const { cycle, told } = setUp();
  for (let time = 0; time < 3; time++) {
    await cycle.start();
    await cycle.stop(0);
  }
  expect(told).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
});

test('a stop waits for the start that is under way, and then ends it', async () => {
  const { clock, cycle, told, done, note } = setUp({ beginMs: 100 });
  note('start', cycle.start());
  note('stop', cycle.stop(1_000));
  await clock.advance(99);
  expect(told).toEqual(['begin']);
  await clock.advance(1);
  expect(told).toEqual(['begin', 'end']);
  expect(done).toEqual(['start', 'stop']);
  expect(clock.pending()).toBe(0);
});

test('is cut when the grace is over, and no later', async () => {
  const { clock, cycle, told, done, note } = setUp({ endMs: 60_000 });
  await cycle.start();
  note('stop', cycle.stop(500));
  await clock.advance(499);
  expect(told).toEqual(['begin', 'end']);
  await clock.advance(1);
  expect(told).toEqual(['begin', 'end', 'cut']);
  expect(done).toEqual(['stop']);
  expect(clock.pending()).toBe(0);
});

test('the shorter of two graces counts', async () => {
  const { clock, cycle, told, done, note } = setUp({ endMs: 60_000 });
  await cycle.start();
  note('patient', cycle.stop(10_000));
  await clock.advance(10);
  note('hasty', cycle.stop(20));
  await clock.advance(20);
  expect(told.at(-1)).toBe('cut');
  expect(done).toEqual(['patient', 'hasty']);
  expect(clock.pending()).toBe(0);
});

test('the last word counts: a start after a stop that is under way begins anew behind it', async () => {
  const { clock, cycle, told, done, note } = setUp({ endMs: 100 });
  await cycle.start();
  note('stop', cycle.stop(1_000));
  note('start', cycle.start());
  await clock.advance(100);
  expect(told).toEqual(['begin', 'end', 'begin']);
  expect(done).toEqual(['stop', 'start']);
});

test('a grace that was overtaken does not cut the next end', async () => {
  const { clock, cycle, told, done, note } = setUp({ beginMs: 10, endMs: 1_000 });
  note('start', cycle.start());
  note('stop', cycle.stop(50));
  note('again', cycle.start());
  await clock.advance(10);
  expect(done).toEqual(['start', 'again', 'stop']);
  expect(clock.pending()).toBe(0);
  await clock.advance(100);
  note('last', cycle.stop(2_000));
  await clock.advance(999);
  expect(told).toEqual(['begin', 'end']);
  await clock.advance(1);
  expect(done.at(-1)).toBe('last');
});

test('what can not begin says so, is down, and may be tried again', async () => {
  const clock = makeFakeClock();
  let works = false;
  const ended: string[] = [];
  const cycle = makeLifeCycle(clock, {
    async begin() {
      if (!works) throw new Error('no port');
    },
    end: () => void ended.push('end'),
  });
  await expect(cycle.start()).rejects.toThrow('no port');
  await cycle.stop(0);
  expect(ended).toEqual([]);
  works = true;
  await cycle.start();
  await cycle.stop(0);
  expect(ended).toEqual(['end']);
  expect(clock.pending()).toBe(0);
});

test('a begin that was cut by a stop is no failure: the stop has taken its place', async () => {
  const clock = makeFakeClock();
  const cycle = makeLifeCycle(clock, {
    begin: (over) =>
      new Promise((_, reject) => over.addEventListener('abort', () => reject(new Error('cut')), { once: true })),
    end: () => undefined,
  });
  const calls = Promise.all([cycle.start(), cycle.stop(50)]);
  await clock.advance(50);
  await calls;
  expect(clock.pending()).toBe(0);
});

test('an end that fails says so to who asked, and leaves it down', async () => {
  const clock = makeFakeClock();
  const cycle = makeLifeCycle(clock, {
    begin: () => undefined,
    end: () => Promise.reject(new Error('stuck')),
  });
  await cycle.start();
  await expect(cycle.stop(5)).rejects.toThrow('stuck');
  await cycle.stop(5);
  expect(clock.pending()).toBe(0);
});

test('an end knows how much of its grace is left, also after a hastier stop', async () => {
  const clock = makeFakeClock();
  let left = () => Number.NaN;
  const cycle = makeLifeCycle(clock, {
    begin: () => undefined,
    end(over, leftMs) {
      left = leftMs;
      return orUntil(over, new Promise(() => undefined));
    },
  });
  await cycle.start();
  void cycle.stop(1_000);
  await clock.advance(400);
  expect(left()).toBe(600);
  void cycle.stop(100);
  expect(left()).toBe(100);
  await clock.advance(100);
  expect(clock.pending()).toBe(0);
});

test('a part is stopped with its owner and cut when the grace of the owner is over', async () => {
  const { clock, cycle, told } = setUp({ endMs: 60_000 });
  const owner = makeLifeCycle(clock, {
    begin: () => cycle.start(),
    end: (over) => stopUntil(over, cycle),
  });
  await owner.start();
  const stopped = owner.stop(300);
  await clock.advance(299);
  expect(told).toEqual(['begin', 'end']);
  await clock.advance(1);
  await stopped;
  expect(told).toEqual(['begin', 'end', 'cut']);
  expect(clock.pending()).toBe(0);
});

test('however many wait for a grace to be over, the signal has one listener, and who is done is forgotten', async () => {
  const over = new AbortController();
  const runs: string[] = [];
  const forget = onAbort(over.signal, () => runs.push('forgotten'));
  onAbort(over.signal, () => runs.push('kept'));
  const waits = Promise.all(Array.from({ length: 30 }, () => orUntil(over.signal, new Promise(() => undefined))));
  expect(getEventListeners(over.signal, 'abort')).toHaveLength(1);
  forget();
  over.abort();
  await waits;
  onAbort(over.signal, () => runs.push('late'));
  expect(runs).toEqual(['kept', 'late']);
});
