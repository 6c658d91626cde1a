import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { connect } from '../../../src/adapters/mongo/client.ts';
import { collectionsOf } from '../../../src/adapters/mongo/documents.ts';
import { mongoMx } from '../../../src/adapters/mongo/mx.ts';
import { makeResolver } from '../../../src/adapters/resolver.ts';
import { makeMxDirectory } from '../../../src/app/providers/directory.ts';
import type { MxAnswer, MxStore } from '../../../src/app/providers/ports.ts';
import { type DnsServer, startDns } from '../../adapters/dns-server.ts';
import { quiet } from '../../adapters/smtp/rig.ts';

/** Over real DNS packets and a real database; only the hour is ours. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 8, 1);
const SECOND = 1_000;
const PATIENT = 20 * SECOND;

let connection: Awaited<ReturnType<typeof connect>>;
let dns: DnsServer;
let hour: { now: number };

beforeAll(async () => {
  connection = await connect(inject('mongodbUri'), `mx_${randomBytes(6).toString('hex')}`);
});
afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});
beforeEach(async () => {
  await connection.db.dropDatabase();
  hour = { now: START };
  dns = await startDns({
    'school.test': {
      MX: [
        [1, 'aspmx.l.google.com'],
        [5, 'alt1.aspmx.l.google.com'],
      ],
    },
    'shop.test': {
      MX: [
        [5, 'ALT1.aspmx.l.google.com'],
        [1, 'aspmx.l.google.com'],
      ],
    },
    'firm.test': { MX: [[0, 'firm-test.mail.protection.outlook.com']] },
    'mixed.test': {
      MX: [
        [1, 'aspmx.l.google.com'],
        [2, 'mx.mixed.test'],
      ],
    },
    'own.test': { MX: [[1, 'mx.own.test']] },
    'plain.test': { A: ['192.0.2.1'] },
    'null.test': { MX: [[0, '']] },
    'broken.test': 'SERVFAIL',
    'gmail.com': { MX: [[1, 'mx.somewhere.test']] },
  });
  return async () => {
    await dns.close();
    while (writing.size > 0) await Promise.all(writing);
  };
});

/** Nobody waits for writes but the end of a test. */
const writing = new Set<Promise<void>>();
function store(): MxStore {
  const { read, write } = mongoMx(collectionsOf(connection.db));
  return {
    read,
    write(known) {
      const done = write(known).finally(() => writing.delete(done));
      writing.add(done);
      return done;
    },
  };
}
const directory = (kept: MxStore = store()) =>
  started({
    resolveMx: makeResolver({ servers: [dns.address], now: () => hour.now }),
    store: kept,
    clock: theHour(),
    log: quiet,
  });
const theHour = () => ({ ...systemClock, now: () => hour.now });
function started(deps: Parameters<typeof makeMxDirectory>[0]) {
  const mx = makeMxDirectory(deps);
  void mx.start();
  return mx;
}
const written = (count: number) =>
  vi.waitFor(async () => expect(await connection.db.collection('mx').countDocuments()).toBe(count), PATIENT);

test.each([
  ['school.test', 'gmail'],
  ['shop.test', 'gmail'],
  ['firm.test', 'office365'],
  ['mixed.test', 'other'],
  ['own.test', 'other'],
  ['plain.test', 'other'],
  ['null.test', 'other'],
  ['gone.test', 'other'],
  ['broken.test', 'other'],
])('%s belongs to %s', async (domain, provider) => {
  const mx = directory();
  expect(mx.providerOf(domain)).toBe('other');
  await mx.ready([domain], PATIENT);
  expect(mx.providerOf(domain)).toBe(provider);
  expect(mx.version()).toBe(provider === 'other' ? 0 : 1);
});

test('whose name is in the table is not looked up', async () => {
  const mx = directory();
  await mx.ready(['gmail.com', 'yahoo.fr'], PATIENT);
  expect(mx.providerOf('gmail.com')).toBe('gmail');
  expect(mx.providerOf('yahoo.fr')).toBe('yahoo');
  expect(dns.asked).toEqual([]);
});

test('the same MX set is the same site, and only that', async () => {
  const mx = directory();
  expect(mx.siteOf('school.test')).toBeNull();
  await mx.ready(['school.test', 'shop.test', 'firm.test', 'null.test'], PATIENT);
  expect(mx.siteOf('school.test')).toBe(mx.siteOf('shop.test'));
  expect(mx.siteOf('school.test')).not.toBe(mx.siteOf('firm.test'));
  expect(mx.siteOf('null.test')).toBeNull();
});

test('a domain is asked once, for lane and delivery together', async () => {
  const mx = directory();
  await Promise.all([mx.ready(['school.test', 'own.test'], PATIENT), mx.ready(['own.test', 'school.test'], PATIENT)]);
  await mx.ready(['school.test'], PATIENT);
  expect(await mx.resolve('own.test')).toEqual({ kind: 'hosts', hosts: [{ exchange: 'mx.own.test', priority: 1 }] });
  expect(dns.asked.sort()).toEqual(['MX own.test', 'MX school.test']);
});

test('what delivery hears tells the lanes too', async () => {
  const mx = directory();
  await mx.resolve('firm.test');
  expect(mx.providerOf('firm.test')).toBe('office365');
  expect(mx.version()).toBe(1);
});

test('an answer is good for six hours, also over a restart', async () => {
  await directory().ready(['school.test', 'gone.test'], PATIENT);
  await written(2);
  hour.now = START + 6 * HOUR - 1;
  const again = directory();
  await again.ready(['school.test'], PATIENT);
  expect(again.providerOf('school.test')).toBe('gmail');
  expect(dns.asked).toHaveLength(2);
  await again.ready(['gone.test'], PATIENT); // for whom an hour is enough
  expect(dns.asked).toHaveLength(3);
  hour.now = START + 6 * HOUR;
  dns.zone['school.test'] = { MX: [[1, 'mx.school.test']] };
  await again.ready(['school.test'], PATIENT);
  expect(again.providerOf('school.test')).toBe('other');
  expect(again.version()).toBe(2);
});

test('while DNS fails the last answer serves for a week after it was heard, over restarts too', async () => {
  await directory().ready(['firm.test'], PATIENT);
  await written(1);
  dns.zone['firm.test'] = 'SERVFAIL';
  let mx = directory();
  for (const day of [1, 3, 5, 6.9]) {
    hour.now = START + day * DAY;
    await mx.ready(['firm.test'], PATIENT);
    expect(mx.providerOf('firm.test')).toBe('office365');
    expect(await mx.resolve('firm.test')).toMatchObject({ kind: 'hosts' });
    mx = directory();
  }
  hour.now = START + 7 * DAY;
  await mx.ready(['firm.test'], PATIENT);
  expect(mx.providerOf('firm.test')).toBe('other');
  expect(await mx.resolve('firm.test')).toEqual({ kind: 'failed', detail: 'ESERVFAIL' });
});

test('an old answer that is given again does not grow younger', async () => {
  const mx = directory();
  await mx.ready(['firm.test'], PATIENT);
  await written(1);
  dns.zone['firm.test'] = 'SERVFAIL';
  for (let day = 1; day < 7; day++) {
    hour.now = START + day * DAY;
    await mx.ready(['firm.test'], PATIENT);
    await mx.resolve('firm.test');
  }
  const doc = await connection.db.collection('mx').findOne();
  expect(doc?.['resolvedAt']).toEqual(new Date(START));
  hour.now = START + 7 * DAY;
  await mx.ready(['firm.test'], PATIENT);
  expect(mx.providerOf('firm.test')).toBe('other');
});

test('while DNS fails the database is not asked for every letter', async () => {
  await directory().ready(['firm.test'], PATIENT);
  await written(1);
  dns.zone['firm.test'] = 'SERVFAIL';
  hour.now = START + DAY;
  let reads = 0;
  const { read, write } = store();
  const mx = directory({
    write,
    read(domains) {
      reads += 1;
      return read(domains);
    },
  });
  for (let letter = 0; letter < 10; letter++) expect(await mx.resolve('firm.test')).toMatchObject({ kind: 'hosts' });
  expect(await mx.resolve('broken.test')).toMatchObject({ kind: 'failed' });
  expect(await mx.resolve('broken.test')).toMatchObject({ kind: 'failed' });
  expect(reads).toBe(2);
  dns.zone['firm.test'] = { MX: [[1, 'mx.firm.test']] };
  hour.now += HOUR;
  expect(await mx.resolve('firm.test')).toEqual({ kind: 'hosts', hosts: [{ exchange: 'mx.firm.test', priority: 1 }] });
});

test('recall asks the database and nobody else', async () => {
  await directory().ready(['school.test'], PATIENT);
  await written(1);
  const mx = directory();
  await mx.recall(['school.test', 'shop.test']);
  expect(mx.providerOf('school.test')).toBe('gmail');
  expect(dns.asked).toEqual(['MX school.test']);
});

test('a silent name server costs the time allowed, and what is heard later counts', async () => {
  let answer = (_: MxAnswer) => {};
  const mx = started({
    resolveMx: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    store: { read: async () => [], write: async () => {} },
    clock: theHour(),
    log: quiet,
  });
  await mx.ready(['school.test'], 1);
  expect(mx.providerOf('school.test')).toBe('other');
  answer({ kind: 'hosts', hosts: [{ exchange: 'aspmx.l.google.com', priority: 1 }] });
  await vi.waitFor(() => expect(mx.providerOf('school.test')).toBe('gmail'), PATIENT);
});

test('fifty look-ups at once are the most, over all callers; those that waited too long are not begun', async () => {
  const world = { open: 0, most: 0, begun: 0 };
  const waiting: (() => void)[] = [];
  const mx = started({
    async resolveMx() {
      world.begun += 1;
      world.open += 1;
      world.most = Math.max(world.most, world.open);
      await new Promise<void>((resolve) => void waiting.push(resolve));
      world.open -= 1;
      return { kind: 'noDomain' };
    },
    store: { read: async () => [], write: async () => {} },
    clock: theHour(),
    log: quiet,
  });
  const some = (name: string) => Array.from({ length: 80 }, (_, index) => `${name}${index}.test`);
  const first = mx.ready(some('a'), PATIENT);
  await vi.waitFor(() => expect(world.open).toBe(50), PATIENT);
  await mx.ready(some('late'), 1);
  let isDone = false;
  void first.then(() => {
    isDone = true;
  });
  await vi.waitFor(() => {
    for (const go of waiting.splice(0)) go();
    expect(isDone).toBe(true);
  }, PATIENT);
  expect(world).toEqual({ open: 0, most: 50, begun: 80 });
});

test('a database in trouble is no reason to wait or to forget', async () => {
  const broken: MxStore = {
    read: () => Promise.reject(new Error('down')),
    write: () => Promise.reject(new Error('down')),
  };
  const mx = directory(broken);
  await mx.ready(['school.test', 'broken.test'], PATIENT);
  expect(mx.providerOf('school.test')).toBe('gmail');
  hour.now = START + DAY;
  dns.zone['school.test'] = 'SERVFAIL';
  await mx.ready(['school.test'], PATIENT);
  expect(mx.providerOf('school.test')).toBe('gmail');
});
