import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { importsOf, targetOf } from '../setup/house-rules.ts';

/** Nobody gets a life cycle without being driven through the interleavings. */

/** Those that are driven as a part of another, by the file that holds them. */
const THROUGH: Readonly<Record<string, string>> = {
  'src/sim/provider.ts': 'src/sim/server.ts',
  'src/sim/control.ts': 'src/sim/server.ts',
  'src/sim/event-log.ts': 'src/sim/server.ts',
  'src/adapters/mongod/local.ts': 'test/adapters/mongod/harness.ts',
  'src/adapters/smtp/pool.ts': 'test/adapters/smtp/rig.ts',
  'src/app/providers/directory.ts': 'test/app/world.ts',
  'src/app/sending/worker.ts': 'test/app/world.ts',
};

const read = (path: string) => ({ path, text: readFileSync(path, 'utf8') });

test('whatever has a life cycle is driven', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((path) => `src/${path}`);
  const makers = sources
    .filter((path) => path.endsWith('.ts') && path !== 'src/core/life-cycle.ts')
    .filter((path) => /makeLifeCycle\(|\basync start\(\) \{/.test(read(path).text));
  const driven = new Set(
    ['test/life-cycle/sending.test.ts', 'test/life-cycle/shell.test.ts']
      .map(read)
      .flatMap((file) => importsOf(file).map((specifier) => targetOf(file.path, specifier))),
  );
  expect(makers.length).toBeGreaterThan(15);
  expect(makers.filter((path) => !driven.has(THROUGH[path] ?? path))).toEqual([]);
});
