import { defineConfig } from 'vitest/config';

/** What compares real seconds with computed ones: nothing else may want the processors meanwhile. */
const ALONE = ['test/whole/shaped.test.ts'];

export default defineConfig({
  test: {
    globalSetup: 'test/setup/database.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The long ones wait most of the time: one worker on two cores would wait too.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'side by side', include: ['test/**/*.test.ts'], exclude: ALONE, sequence: { groupOrder: 0 } },
      },
      { extends: true, test: { name: 'alone', include: ALONE, sequence: { groupOrder: 1 } } },
    ],
  },
});
