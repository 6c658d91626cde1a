import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Allowed,
  circles,
  exportedTwice,
  importsOf,
  isRelative,
  oldWords,
  otherCycles,
  reachesFor,
  type SourceFile,
  saysNothing,
  strangeArrows,
  strayTests,
  subjectCircles,
  targetOf,
  tooLong,
  tooWide,
} from './setup/house-rules.ts';

// DESIGN: Layers. An arrow means "may import".
const MAY_IMPORT: Allowed = {
  core: ['core'],
  app: ['app', 'core'],
  adapters: ['adapters', 'app', 'core'],
  http: ['http', 'app', 'core'],
  cli: ['cli', 'app', 'core'],
  sim: ['sim', 'core'],
  '.': ['.', 'http', 'cli', 'sim', 'adapters', 'app', 'core'],
};

/** Which subject may import which; src/README.md draws it. */
const SUBJECTS: Allowed = {
  'core/campaigns': ['core/recipients'],
  'core/recipients': ['core/attribution', 'core/replies'],
  'core/import': ['core/recipients'],
  'core/replies': ['core/providers'],
  'core/attribution': ['core/replies'],
  'core/lanes': ['core/attribution', 'core/replies', 'core/providers', 'core/rate'],
  'core/rate': [],
  'core/providers': [],
  'core/diagnosis': ['core/attribution', 'core/replies', 'core/lanes', 'core/providers'],
  'core/doctor': ['core/diagnosis', 'core/lanes', 'core/replies'],
  'core/chart': [],
  'app/api': ['app/campaigns', 'app/import', 'app/lanes', 'app/operator', 'app/replies'],
  'app/doctor': ['app/campaigns', 'app/lanes', 'app/providers'],
  'app/sending': ['app/campaigns', 'app/lanes', 'app/providers', 'app/replies'],
  'app/import': ['app/campaigns'],
  'app/operator': ['app/campaigns', 'app/lanes', 'app/providers', 'app/replies'],
  'app/campaigns': ['app/lanes'],
  'app/replies': [],
  'app/lanes': ['app/providers'],
  'app/providers': [],
};

/** Which packages a layer may use; adapters have a table of their own. */
const MAY_USE: Allowed = {
  core: [],
  app: [],
  http: ['express', 'express-rate-limit', 'zod', 'zod-openapi', 'helmet', '@fastify/busboy', 'node'],
  cli: ['node'],
  sim: ['zod', 'node'],
  '.': ['commander', 'zod', 'node'],
};
/** One outside library per adapter. */
const ADAPTER_USES: Allowed = {
  mongo: ['mongodb', 'node'],
  mongod: ['mongodb', 'mongodb-memory-server-core', 'node'],
  smtp: ['nodemailer', 'node'],
  letters: ['html-to-text', 'liquidjs', 'nodemailer', 'node'],
  'clock.ts': [],
  'csv.ts': ['csv-parse', 'node'],
  'dispenser.ts': ['bottleneck', 'node'],
  'dns.ts': ['node'],
  'heap.ts': ['node'],
  'jobs.ts': ['agenda', '@agendajs/mongo-backend', 'mongodb'],
  'log.ts': ['pino'],
  'resolver.ts': ['lru-cache', 'node'],
  'seal.ts': ['node'],
  'templates.ts': ['node'],
  'zones.ts': ['temporal-polyfill'],
};

const MOST_LINES = 300;
const MOST_FILES = 20;
const CONTRACT = 'src/core/life-cycle.ts';
/** Words that another has replaced; src/README.md names those that stay. */
const OLD_WORDS = ['turnstile', 'entrance', 'crew', 'foreman', 'hearing', 'throttle', 'sweep', 'alarm', 'desk', 'book'];
/** Where they are the field's own word, or somebody else's name. */
const APART: Allowed = {
  'src/adapters/jobs.ts': ['alarm'],
  'src/core/replies/rules/europe.ts': ['throttle'],
};
const REAL_TIME =
  /\b(?:setTimeout|setInterval|Date\.now|performance\.|AbortSignal\.timeout|process\.|Math\.random)\b|new Date\(\)|node:timers/;
/** Of what belongs to the installation, only the database says how late it is; the rest is a machine's own business. */
const MACHINE_TIME = /\bDate\.now\b|new Date\(\)/;
const OF_THE_MACHINE = [
  'src/adapters/clock.ts',
  'src/adapters/mongod/',
  'src/adapters/jobs.ts',
  'src/sim/',
  'src/cli/',
];
const installation = () => src.filter(({ path }) => !OF_THE_MACHINE.some((place) => path.startsWith(place)));
const IMPURE =
  /from '[^.]|Date\.now|new Date\(\)|Math\.random|process\.|await |async |setTimeout|setInterval|performance\./;

const read = (paths: readonly string[]) =>
  paths.map((path): SourceFile => ({ path, text: readFileSync(path, 'utf8') }));
const filesUnder = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`);
const isFile = (path: string) => statSync(path).isFile();
const all = read(
  ['src', 'test', 'scripts']
    .flatMap(filesUnder)
    .filter((path) => /\.(?:ts|js)$|^scripts\/[^./]+$/.test(path) && isFile(path)),
);
const src = all.filter(({ path }) => path.startsWith('src/'));
const layer = (name: string) => src.filter((file) => layerOf(file.path) === name);

function layerOf(path: string): string {
  const [, name, ...rest] = path.split('/');
  return rest.length > 0 ? name! : '.';
}
const adapterOf = (path: string) => path.split('/')[2]!;
const packageOf = (specifier: string) => {
  if (specifier.startsWith('node:')) return 'node';
  const [scope, name] = specifier.split('/');
  return specifier.startsWith('@') ? `${scope}/${name}` : scope!;
};
const file = (path: string, text = ''): SourceFile => ({ path, text });

test('there are files to judge in every layer and subject', () => {
  expect(new Set(src.map(({ path }) => layerOf(path)))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  for (const subject of Object.keys(SUBJECTS)) {
    expect(src.filter(({ path }) => path.startsWith(`src/${subject}/`)).length, subject).toBeGreaterThan(0);
  }
});

describe('layers', () => {
  test.each(src)('$path imports only from the layers below it', ({ path, text }) => {
    for (const specifier of importsOf({ path, text }).filter(isRelative)) {
      const allowed = MAY_IMPORT[layerOf(path)];
      expect(allowed, `${path} -> ${specifier}`).toContain(layerOf(targetOf(path, specifier)));
    }
  });

  test.each(src)('$path uses only the packages of its place', ({ path, text }) => {
    const allowed = layerOf(path) === 'adapters' ? ADAPTER_USES[adapterOf(path)] : MAY_USE[layerOf(path)];
    expect(allowed, `no rule for ${path}`).toBeDefined();
    for (const specifier of importsOf({ path, text }).filter((one) => !isRelative(one))) {
      expect(allowed, `${path} -> ${specifier}`).toContain(packageOf(specifier));
    }
  });

  test.each(layer('adapters'))('$path imports no other adapter', ({ path, text }) => {
    for (const specifier of importsOf({ path, text }).filter(isRelative)) {
      const target = targetOf(path, specifier);
      if (layerOf(target) === 'adapters') expect(adapterOf(target), `${path} -> ${specifier}`).toBe(adapterOf(path));
    }
  });

  test('core reaches for no package, clock or dice', () => expect(reachesFor(layer('core'), IMPURE)).toEqual([]));
  test('app reaches for no clock, timer or dice of its own', () =>
    expect(reachesFor(layer('app'), REAL_TIME)).toEqual([]));
});

/** Each rule on the real tree, and on a made-up one that breaks it. */
const RULES: Readonly<Record<string, readonly [real: () => string[], broken: () => string[]]>> = {
  'a subject imports only what the table allows': [
    () => strangeArrows(src, SUBJECTS),
    () => strangeArrows([file('src/core/rate/rate.ts', "import { a } from '../lanes/lane.ts';")], SUBJECTS),
  ],
  'no use case knows the API': [
    () => strangeArrows(src, SUBJECTS),
    () => strangeArrows([file('src/app/campaigns/new.ts', "import type { A } from '../api/ports.ts';")], SUBJECTS),
  ],
  'files import each other in no circle': [
    () => circles(src),
    () =>
      circles([
        file('src/a/a.ts', "import { b } from './b.ts';"),
        file('src/a/b.ts', "import type { a } from './a.ts';"),
      ]),
  ],
  'subjects import each other in no circle': [
    () => subjectCircles(src),
    () =>
      subjectCircles([
        file('src/app/lanes/a.ts', "import { b } from '../replies/b.ts';"),
        file('src/app/replies/c.ts', "import { d } from '../lanes/d.ts';"),
      ]),
  ],
  'no file is over 300 lines, tests and scripts neither': [
    () => tooLong(all, MOST_LINES),
    () => tooLong([file('scripts/long.ts', 'line\n'.repeat(MOST_LINES + 1))], MOST_LINES),
  ],
  'no folder has more than 20 files of its own': [
    () => tooWide(all, MOST_FILES),
    () =>
      tooWide(
        Array.from({ length: MOST_FILES + 1 }, (_, at) => file(`src/app/wide/${at}.ts`)),
        MOST_FILES,
      ),
  ],
  'no file has a name that says nothing': [
    () => saysNothing(all),
    () => saysNothing([file('src/app/lanes/helpers.ts'), file('src/app/lanes/index.ts')]),
  ],
  "no decision reads the machine's clock": [
    () => reachesFor(installation(), MACHINE_TIME),
    () => reachesFor([file('src/adapters/mongo/slices.ts', 'const doc = { dueAt: new Date() };')], MACHINE_TIME),
  ],
  'one word per thing': [
    () => oldWords(src, OLD_WORDS, APART),
    () => oldWords([file('src/app/lanes/a.ts', 'const laneCrew = makeThrottle(sweepAll, desk);')], OLD_WORDS, APART),
  ],
  'what runs has start and stop(graceMs), and nothing else for that': [
    () => otherCycles(src, CONTRACT),
    () => otherCycles([file('src/app/lanes/a.ts', 'export type Lane = {\n  drain(): void;\n')], CONTRACT),
  ],
  'nobody spells the contract out again': [
    () => otherCycles(src, CONTRACT),
    () => otherCycles([file('src/app/lanes/a.ts', 'export type Lane = {\n  stop(): Promise<void>;\n')], CONTRACT),
  ],
  'a name is exported by one file': [
    () => exportedTwice(src),
    () =>
      exportedTwice([file('src/a.ts', 'export type Evidence = 1;'), file('src/b.ts', 'export const Evidence = 1;')]),
  ],
  'tests of core and app lie where their sources do': [
    () => strayTests(all, src),
    () => strayTests([file('test/core/nowhere/a.test.ts')], src),
  ],
};

describe('the house', () => {
  test.each(Object.entries(RULES))('%s', (_, [real, broken]) => {
    expect(real()).toEqual([]);
    expect(broken(), 'the rule can be broken').not.toEqual([]);
  });

  test('the rules about time are red where it is used', () => {
    for (const text of ['setTimeout(go, 5)', 'AbortSignal.timeout(9)', 'const now = Date.now();', 'at: new Date()']) {
      expect(reachesFor([file('src/app/a.ts', text)], REAL_TIME), text).toHaveLength(1);
    }
    expect(reachesFor([file('src/core/a.ts', 'async function go() {')], IMPURE)).toHaveLength(1);
    expect(reachesFor([file('src/core/a.ts', "import { a } from 'node:fs';")], IMPURE)).toHaveLength(1);
  });
});
