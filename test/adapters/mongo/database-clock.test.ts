import { expect, inject, onTestFinished, test } from 'vitest';
import { connect } from '../../../src/adapters/mongo/client.ts';
import { askTime, makeDatabaseClock, UnknownTime } from '../../../src/adapters/mongo/database-clock.ts';
import { makeFakeClock } from '../../setup/fake-clock.ts';

const HOUR = 3_600_000;

/** A machine whose clock goes wrong by `wrongBy`, and a database that answers after `way` ms. */
function setUp({ wrongBy = 0, way = 0 } = {}) {
  const true_ = makeFakeClock();
  const world = { wrongBy, way, slept: 0, answers: true, databaseBy: 0, asked: 0 };
  const logged: string[] = [];
  const log = {
    info: (event: string) => void logged.push(event),
    warn: (event: string) => void logged.push(event),
    error: () => {},
    with: () => log,
  };
  const machine = {
    now: () => true_.now() + world.wrongBy,
    // It does not count while the machine sleeps.
    steady: () => true_.now() - 1_000_000 - world.slept,
    after: true_.after,
  };
  async function ask() {
    world.asked += 1;
    await new Promise<void>((resolve) => void true_.after(world.way / 2, resolve));
    const time = true_.now() + world.databaseBy;
    await new Promise<void>((resolve) => void true_.after(world.way / 2, resolve));
    if (!world.answers) throw new Error('away');
    return time;
  }
  const clock = makeDatabaseClock(ask, machine, log);
  const start = async () => {
    const started = clock.start();
    await true_.advance(10 * world.way + 1);
    await started;
  };
  return { world, true: true_, clock, start, logged, error: () => clock.now() - (true_.now() + world.databaseBy) };
}

test.each([2 * HOUR, -2 * HOUR, 1_500, 0])(
  'is the time of the database where the machine is wrong by %d ms',
  async (wrongBy) => {
    const { clock, start, error, logged, true: time } = setUp({ wrongBy, way: 40 });
    await start();
    expect(clock.isSure()).toBe(true);
    expect(Math.abs(error())).toBeLessThanOrEqual(20);
    await time.advance(HOUR);
    expect(Math.abs(error())).toBeLessThanOrEqual(20);
    expect(logged).toEqual(Math.abs(wrongBy) > 2_000 ? ['clock.differs'] : []);
  },
);

test('does not follow when somebody sets the machine, and is unsure until it has asked', async () => {
  const { clock, start, error, world, logged, true: time } = setUp({ way: 40 });
  await start();
  world.wrongBy = 2 * HOUR;
  expect(Math.abs(error())).toBeLessThanOrEqual(20);
  expect(clock.isSure()).toBe(false);
  await time.advance(100);
  expect(clock.isSure()).toBe(true);
  expect(Math.abs(error())).toBeLessThanOrEqual(20);
  expect(logged).toEqual(['clock.differs']);
  world.wrongBy = 0;
  await time.advance(6_000);
  expect(logged).toEqual(['clock.differs', 'clock.agrees']);
});

test('is unsure after the machine slept, until it has asked', async () => {
  const { clock, start, error, world, true: time } = setUp({ way: 40 });
  await start();
  world.slept = HOUR;
  expect(clock.isSure()).toBe(false);
  await time.advance(100);
  expect(clock.isSure()).toBe(true);
  expect(Math.abs(error())).toBeLessThanOrEqual(20);
});

test('follows when the database is set', async () => {
  const { clock, start, error, world, true: time } = setUp({ way: 40 });
  await start();
  world.databaseBy = -HOUR;
  await time.advance(6_000);
  expect(Math.abs(error())).toBeLessThanOrEqual(20);
  expect(clock.isSure()).toBe(true);
});

test('counts on while the database is away, and is unsure after half a minute', async () => {
  const { clock, start, error, world, true: time } = setUp({ way: 40 });
  await start();
  world.answers = false;
  await time.advance(20_000);
  expect(clock.isSure()).toBe(true);
  await time.advance(15_000);
  expect(clock.isSure()).toBe(false);
  expect(Math.abs(error())).toBeLessThanOrEqual(20);
  world.answers = true;
  await time.advance(6_000);
  expect(clock.isSure()).toBe(true);
});

test.each([
  ['says nothing of time', { way: 0, answers: false }],
  ['takes longer than 2 s to say it', { way: 2_100, answers: true }],
])('refuses to start when the database %s', async (_, { way, answers }) => {
  const { clock, world, true: time } = setUp({ way });
  world.answers = answers;
  const started = clock.start().catch((error: unknown) => error);
  await time.advance(10_000);
  expect(await started).toBeInstanceOf(UnknownTime);
  expect(clock.isSure()).toBe(false);
});

test('a real database says its time', async () => {
  const connection = await connect(inject('mongodbUri'), 'clock');
  onTestFinished(() => connection.close());
  expect(Math.abs((await askTime(connection.db))! - Date.now())).toBeLessThan(5_000);
});
