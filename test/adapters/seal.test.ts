import { describe, expect, test } from 'vitest';
import { keyIdOf, makeSeal } from '../../src/adapters/seal.ts';

const KEY = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);
const seal = makeSeal(KEY);
const SECRET = '{"pass":"pässword"}';

describe('a sealed secret', () => {
  test('opens again, and says nothing of itself but which key it needs', () => {
    const sealed = seal.seal(SECRET, 'relay');
    expect(seal.open(sealed, 'relay')).toBe(SECRET);
    expect(sealed.startsWith(`v1.${keyIdOf(KEY)}.`)).toBe(true);
    expect(Buffer.from(sealed.split('.')[2]!, 'base64url').toString()).not.toContain('word');
    expect(seal.seal(SECRET, 'relay')).not.toBe(sealed);
  });

  test('does not open under the name of another route', () => {
    expect(() => seal.open(seal.seal(SECRET, 'relay'), 'other')).toThrow();
  });

  test('does not open with another key, and says which one it wants', () => {
    expect(() => makeSeal(OTHER).open(seal.seal(SECRET, 'relay'), 'relay')).toThrow(keyIdOf(KEY));
  });

  test('does not open after any bit of it has changed', () => {
    const [version, keyId, packed] = seal.seal(SECRET, 'relay').split('.');
    const bytes = Buffer.from(packed!, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => seal.open(`${version}.${keyId}.${changed.toString('base64url')}`, 'relay')).toThrow();
    }
  });

  test.each(['', 'plain', 'v2.x.y', 'v1.x'])('is not "%s"', (text) => {
    expect(() => seal.open(text, 'relay')).toThrow();
  });

  test('a short tag is no tag', () => {
    const sealed = `v1.${keyIdOf(KEY)}.${Buffer.alloc(20).toString('base64url')}`;
    expect(() => seal.open(sealed, 'relay')).toThrow();
  });

  test('needs a key of 32 bytes', () => {
    expect(() => makeSeal(new Uint8Array(31))).toThrow('32');
  });
});
