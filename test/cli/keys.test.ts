import { expect, test } from 'vitest';
import type { KnownKey } from '../../src/app/api/ports.ts';
import { answerKeys } from '../../src/cli/keys.ts';

function keyring() {
  const keys: KnownKey[] = [];
  return {
    list: async () => keys,
    async issue(name: string) {
      const known = { id: `id${keys.length}`, name, createdAt: new Date(0) };
      keys.push(known);
      return { ...known, key: `secret of ${name}` };
    },
    async revoke(id: string) {
      const at = keys.findIndex((key) => key.id === id);
      if (at >= 0) keys.splice(at, 1);
      return at >= 0;
    },
  };
}

test('a key is made, listed without its secret, and taken back', async () => {
  const keys = keyring();
  const made = await answerKeys(keys, { kind: 'add', name: 'Ann at work' });
  expect(made).toMatchObject({ code: 0, lines: [expect.stringContaining('secret of Ann at work')] });
  const listed = await answerKeys(keys, { kind: 'list' });
  expect(listed.lines).toEqual(['id0  1970-01-01T00:00:00.000Z  Ann at work']);
  expect(JSON.stringify(listed)).not.toContain('secret');
  expect((await answerKeys(keys, { kind: 'remove', id: 'id0' })).code).toBe(0);
  expect(await answerKeys(keys, { kind: 'remove', id: 'id0' })).toMatchObject({
    code: 1,
    json: { code: 'key.notFound' },
  });
  expect((await answerKeys(keys, { kind: 'list' })).lines).toEqual(['There is no key.']);
});

test.each(['', 'a\nb', '<b>', 'x'.repeat(65)])('%j is no name for one', async (name) => {
  expect(await answerKeys(keyring(), { kind: 'add', name })).toMatchObject({ code: 2, json: { code: 'keys.name' } });
});
