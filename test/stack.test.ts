import { expect, test } from 'vitest';
import { closedBy, makeStack } from '../src/stack.ts';
import { quiet } from './adapters/smtp/rig.ts';

function setUp() {
  const told: string[] = [];
  const part = (name: string, stop: (graceMs: number) => Promise<void> = async () => undefined) => ({
    start: async () => void told.push(`${name} starts`),
    async stop(graceMs: number) {
      told.push(`${name} stops`);
      await stop(graceMs);
    },
  });
  return { told, part, stack: makeStack(quiet) };
}

test('parts start as they are laid and stop from the top, once', async () => {
  const { told, part, stack } = setUp();
  await stack.lay('database', part('database'));
  await stack.lay('worker', part('worker'));
  await Promise.all([stack.stop(1_000), stack.stop(1_000)]);
  expect(told).toEqual(['database starts', 'worker starts', 'worker stops', 'database stops']);
});

test('one that can not stop is told of, and the others stop all the same', async () => {
  const { told, part, stack } = setUp();
  await stack.lay('database', part('database'));
  await stack.lay(
    'worker',
    part('worker', () => Promise.reject(new Error('stuck'))),
  );
  await stack.lay('api', part('api'));
  await expect(stack.stop(1_000)).rejects.toThrow('did not stop cleanly');
  expect(told.slice(-3)).toEqual(['api stops', 'worker stops', 'database stops']);
});

test('one that can not start is not laid', async () => {
  const { told, part, stack } = setUp();
  await stack.lay('database', part('database'));
  const broken = { ...part('api'), start: () => Promise.reject(new Error('no port')) };
  await expect(stack.lay('api', broken)).rejects.toThrow('no port');
  await stack.stop(1_000);
  expect(told).toEqual(['database starts', 'database stops']);
});

test('the grace is that of the whole, and some is kept for the parts below', async () => {
  const { part, stack } = setUp();
  const graces: number[] = [];
  const noted = async (graceMs: number) => void graces.push(graceMs);
  await stack.lay(
    'connection',
    closedBy(async () => undefined),
  );
  await stack.lay('database', part('database', noted));
  await stack.lay('worker', part('worker', noted));
  await stack.stop(20_000);
  for (const grace of graces) {
    expect(grace).toBeGreaterThan(16_000);
    expect(grace).toBeLessThanOrEqual(17_000);
  }
});
