import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

// DESIGN: Layers. An arrow means "may import".
const SRC = 'src';
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  app: ['app', 'core'],
  adapters: ['adapters', 'app', 'core'],
  http: ['http', 'app', 'core'],
  cli: ['cli', 'app', 'core'],
  sim: ['sim', 'core'],
  '.': ['.', 'http', 'cli', 'sim', 'adapters', 'app', 'core'],
};
/** Which packages a layer may use; adapters have a table of their own. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  core: [],
  app: [],
  http: ['express', 'zod', 'zod-openapi', 'helmet', '@fastify/busboy', 'node'],
  cli: ['node'],
  sim: ['zod', 'node'],
  '.': ['commander', 'zod', 'node'],
};
/** One outside library per adapter. */
const ADAPTER_USES: Readonly<Record<string, readonly string[]>> = {
  mongo: ['mongodb', 'node'],
  mongod: ['mongodb', 'mongodb-memory-server-core', 'node'],
  smtp: ['nodemailer', 'node'],
  letters: ['liquidjs', 'nodemailer', 'node'],
  'clock.ts': [],
  'csv.ts': ['csv-parse', 'node'],
  'dns.ts': ['node'],
  'jobs.ts': ['agenda', '@agendajs/mongo-backend', 'mongodb'],
  'log.ts': ['pino'],
  'dispenser.ts': ['bottleneck', 'node'],
  'resolver.ts': ['lru-cache', 'node'],
  'seal.ts': ['node'],
  'templates.ts': ['node'],
  'zones.ts': ['temporal-polyfill'],
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const layerOf = (file: string) => (file.includes('/') ? file.split('/')[0]! : '.');
const adapterOf = (file: string) => file.split('/')[1]!;

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const named = text.matchAll(/^(?:import|export)\b[^'"`]*?\bfrom '([^']+)'/gm);
  const others = text.matchAll(/^import '([^']+)'|\bimport\('([^']+)'\)/gm);
  return [...named, ...others].map((found) => found[1] ?? found[2]!);
}

const packageOf = (specifier: string) => {
  if (specifier.startsWith('node:')) return 'node';
  const [scope, name] = specifier.split('/');
  return specifier.startsWith('@') ? `${scope}/${name}` : scope!;
};

const isRelative = (specifier: string) => specifier.startsWith('.');
const targetOf = (file: string, specifier: string) => relative(SRC, join(SRC, dirname(file), specifier));

test('there are files to judge in every layer', () => {
  expect(new Set(files.map(layerOf))).toEqual(new Set(Object.keys(MAY_IMPORT)));
});

test.each(files)('%s imports only from the layers below it', (file) => {
  for (const specifier of importsOf(file).filter(isRelative)) {
    expect(MAY_IMPORT[layerOf(file)], `${file} -> ${specifier}`).toContain(layerOf(targetOf(file, specifier)));
  }
});

test.each(files)('%s uses only the packages of its place', (file) => {
  const allowed = layerOf(file) === 'adapters' ? ADAPTER_USES[adapterOf(file)] : MAY_USE[layerOf(file)];
  expect(allowed, `no rule for ${file}`).toBeDefined();
  for (const specifier of importsOf(file).filter((one) => !isRelative(one))) {
    expect(allowed, `${file} -> ${specifier}`).toContain(packageOf(specifier));
  }
});

test.each(files.filter((file) => layerOf(file) === 'adapters'))('%s imports no other adapter', (file) => {
  for (const specifier of importsOf(file).filter(isRelative)) {
    const target = targetOf(file, specifier);
    if (layerOf(target) === 'adapters') expect(adapterOf(target), `${file} -> ${specifier}`).toBe(adapterOf(file));
  }
});

test.each(files.filter((file) => layerOf(file) === 'app'))(
  '%s takes from the ports of its own layer only what is pure',
  (file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    expect(text).not.toMatch(/Date\.now|Math\.random|process\.env/);
  },
);

test.each(files.filter((file) => layerOf(file) === 'core'))('%s reaches for no package, clock or dice', (file) => {
  const text = readFileSync(join(SRC, file), 'utf8');
  expect(text).not.toMatch(/from '[^.]|Date\.now|new Date\(\)|Math\.random|process\.|await |async /);
});

test.each(files)('%s has at most 300 lines', (file) => {
  expect(readFileSync(join(SRC, file), 'utf8').split('\n').length).toBeLessThanOrEqual(301);
});

test('half of the files are under 80 lines', () => {
  const lengths = files.map((file) => readFileSync(join(SRC, file), 'utf8').split('\n').length).sort((a, b) => a - b);
  expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(80);
});
