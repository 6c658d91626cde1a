import { describe, expect, test } from 'vitest';
import { makeResolver } from '../../src/adapters/resolver.ts';
import type { MxHost } from '../../src/app/providers/ports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A name server that says what it is told to, and counts. */
function nameServer() {
  const world = { at: 0, asked: [] as string[], says: [] as readonly MxHost[] | string };
  const resolve = makeResolver({
    now: () => world.at,
    async resolveMx(domain) {
      world.asked.push(domain);
      if (typeof world.says === 'string') throw Object.assign(new Error(world.says), { code: world.says });
      return world.says;
    },
  });
  return { world, resolve };
}

const A = { exchange: 'a.mx.test', priority: 10 };
const B = { exchange: 'b.mx.test', priority: 20 };

describe('the answer', () => {
  test.each<[string, readonly MxHost[] | string, object]>([
    ['hosts come by preference', [B, A], { kind: 'hosts', hosts: [A, B] }],
    ['no MX means the domain itself', 'ENODATA', { kind: 'hosts', hosts: [{ exchange: 'example.test', priority: 0 }] }],
    ['an empty exchange means no mail at all', [{ exchange: '', priority: 0 }], { kind: 'nullMx' }],
    ['an empty exchange beside a host is ignored', [{ exchange: '.', priority: 0 }, A], { kind: 'hosts', hosts: [A] }],
    ['NXDOMAIN means no such domain', 'ENOTFOUND', { kind: 'noDomain' }],
    ['SERVFAIL means that nothing is known', 'ESERVFAIL', { kind: 'failed', detail: 'ESERVFAIL' }],
    ['a timeout means that nothing is known', 'ETIMEOUT', { kind: 'failed', detail: 'ETIMEOUT' }],
  ])('%s', async (_name, says, expected) => {
    const { world, resolve } = nameServer();
    world.says = says;
    expect(await resolve('Example.TEST')).toEqual(expected);
    expect(world.asked).toEqual(['example.test']);
  });
});

describe('the memory', () => {
  test('good news keep for five minutes, for node tells no TTL', async () => {
    const { world, resolve } = nameServer();
    world.says = [A];
    await resolve('example.test');
    world.at = 5 * MINUTE - 1;
    await resolve('EXAMPLE.test');
    expect(world.asked).toHaveLength(1);
    world.at = 5 * MINUTE;
    await resolve('example.test');
    expect(world.asked).toHaveLength(2);
  });

  test('where no host serves, it is asked again at once, but not more often than every ten seconds', async () => {
    const { world, resolve } = nameServer();
    world.says = [A];
    await resolve('example.test');
    const moved = { ...A, exchange: 'new.example.test' };
    world.says = [moved];
    world.at = 10_000 - 1;
    expect(await resolve('example.test', true)).toEqual({ kind: 'hosts', hosts: [A] });
    world.at = 10_000;
    expect(await resolve('example.test')).toEqual({ kind: 'hosts', hosts: [A] });
    expect(await resolve('example.test', true)).toEqual({ kind: 'hosts', hosts: [moved] });
    for (let letter = 0; letter < 50; letter++) await resolve('example.test', true);
    expect(world.asked).toHaveLength(2);
  });

  test.each(['ENOTFOUND', 'ESERVFAIL'])('bad news (%s) keep for five minutes', async (says) => {
    const { world, resolve } = nameServer();
    world.says = says;
    await resolve('example.test');
    world.at = 5 * MINUTE - 1;
    await resolve('example.test');
    expect(world.asked).toHaveLength(1);
    world.at = 5 * MINUTE;
    world.says = [A];
    expect(await resolve('example.test')).toEqual({ kind: 'hosts', hosts: [A] });
  });

  test('while the name server is in trouble the last known hosts serve for a week, and no longer', async () => {
    const { world, resolve } = nameServer();
    world.says = [A];
    await resolve('example.test');
    world.says = 'ESERVFAIL';
    for (world.at = HOUR; world.at < 7 * DAY; world.at += HOUR) {
      expect(await resolve('example.test')).toEqual({ kind: 'hosts', hosts: [A] });
    }
    world.at = 7 * DAY;
    expect(await resolve('example.test')).toEqual({ kind: 'failed', detail: 'ESERVFAIL' });
  });

  test('in that time it is asked every five minutes at most', async () => {
    const { world, resolve } = nameServer();
    world.says = [A];
    await resolve('example.test');
    world.says = 'ETIMEOUT';
    for (world.at = HOUR; world.at < 2 * HOUR; world.at += MINUTE) await resolve('example.test');
    expect(world.asked).toHaveLength(1 + 12);
  });

  test('a domain that is gone is gone at once, whatever was known', async () => {
    const { world, resolve } = nameServer();
    world.says = [A];
    await resolve('example.test');
    world.at = HOUR;
    world.says = 'ENOTFOUND';
    expect(await resolve('example.test')).toEqual({ kind: 'noDomain' });
  });

  test('look-ups under way are shared', async () => {
    const { world, resolve } = nameServer();
    world.says = [A];
    await Promise.all(['example.test', 'example.test', 'EXAMPLE.test', 'other.test'].map((domain) => resolve(domain)));
    expect(world.asked).toEqual(['example.test', 'other.test']);
  });
});
