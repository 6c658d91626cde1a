import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { classify } from '../../src/core/replies/classify.ts';
import { parseReply } from '../../src/core/replies/parse.ts';
import { parseProfile } from '../../src/sim/profile.ts';
import { faultOf, profileOf } from './raw-client.ts';

const pointers = (value: unknown) => faultOf(value).errors.map(({ pointer }) => pointer);

describe('a profile', () => {
  test('needs no more than a name', () => {
    expect(profileOf({}).providers[0]).toMatchObject({
      name: 'alpha',
      host: '127.0.0.1',
      port: 0,
      ratePerSecond: null,
      refuseAt: 'mail',
      refusal: { code: 421, text: '4.7.0 Try again later, closing connection', close: true },
      latencyMs: { greeting: 0, mail: 0, rcpt: 0, data: 0, accept: 0 },
      penaltyBox: null,
    });
  });

  test.each<[string, unknown, string[]]>([
    ['no providers', { providers: [] }, ['/providers']],
    ['not an object', 'x', ['']],
    ['an unknown field', { providers: [{ name: 'a', rate: 5 }] }, ['/providers/0']],
    [
      'a negative rate',
      { providers: [{ name: 'a' }, { name: 'b', ratePerSecond: -1 }] },
      ['/providers/1/ratePerSecond'],
    ],
    ['a share above 1', { providers: [{ name: 'a', deadShare: 2 }] }, ['/providers/0/deadShare']],
    ['an unknown stage', { providers: [{ name: 'a', refuseAt: 'quit' }] }, ['/providers/0/refuseAt']],
    [
      'a code that is no refusal',
      { providers: [{ name: 'a', refusal: { code: 250 } }] },
      ['/providers/0/refusal/code'],
    ],
    ['a text of two lines', { providers: [{ name: 'a', refusal: { text: 'a\r\nb' } }] }, ['/providers/0/refusal/text']],
    ['two of a name', { providers: [{ name: 'a' }, { name: 'a' }] }, ['/providers']],
    ['a name no URL likes', { providers: [{ name: 'a/b' }] }, ['/providers/0/name']],
  ])('with %s is refused, and the place is named', (_what, value, expected) => {
    expect(pointers(value)).toEqual(expected);
    expect(faultOf(value).code).toBe('sim.profile');
  });

  test('of the demo is valid, and its words ask for no pause longer than the demo', async () => {
    const text = await readFile(new URL('../../templates/demo/profile.json', import.meta.url), 'utf8');
    const parsed = parseProfile(JSON.parse(text));
    if (!parsed.ok) throw new Error(parsed.error.detail);
    const { providers } = parsed.value;
    expect(providers.map(({ name }) => name)).toEqual(['alpha', 'beta', 'gamma']);
    for (const { name, refusal } of providers) {
      const reply = parseReply(`${refusal.code} ${refusal.text}`)!;
      const context = { provider: name, stage: 'mail', reused: true, direct: true, carried: 1 } as const;
      expect(classify(reply, context)).toMatchObject({ meaning: 'rate_limit', pauseSeconds: 0 });
    }
  });
});
