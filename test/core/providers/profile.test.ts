import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profileOf } from '../../../src/core/providers/profile.ts';
import { OTHER_PROVIDER } from '../../../src/core/providers/provider.ts';
import { PROVIDERS } from '../../../src/core/providers/table.ts';

describe('the shipped profile', () => {
  test.each([
    ['gmail', 5, 50],
    ['office365', 5, 50],
    ['icloud', 10, 5],
    ['comcast', 25, 1000],
    ['orange', 2, 100],
    ['gmx-webde', 4, 20],
    ['qq', 4, 8],
    ['163', 4, 7],
    ['kpn', 10, 10],
    ['mimecast', 10, 100],
    ['mimecast-eu', 10, 100],
    ['barracuda', 10, 15],
    [OTHER_PROVIDER, 2, 20],
    ['alpha.example', 2, 20],
    ['constructor', 2, 20],
    ['', 2, 20],
  ])('of %j is %i sessions with %i letters each', (provider, connections, messagesPerConnection) => {
    expect(profileOf(provider)).toMatchObject({ connections, messagesPerConnection });
  });

  test('of somebody unknown leaves the rate to the general policy and is lenient', () => {
    expect(profileOf('alpha.example')).toEqual({
      connections: 2,
      messagesPerConnection: 20,
      ceiling: null,
      floor: null,
      startRate: null,
      strict: false,
      tls: 'opportunistic',
      sessionGrowSeconds: 120,
      sessionRestart: null,
    });
  });

  test('lets Gmail begin again with one session and grow by one a minute', () => {
    expect(profileOf('gmail')).toMatchObject({ sessionRestart: 1, sessionGrowSeconds: 60, tls: 'opportunistic' });
  });

  test('is strict with those whose refusals cost hours, and only with them', () => {
    const strict = PROVIDERS.map(({ key }) => key).filter((key) => profileOf(key).strict);
    expect(strict.sort()).toEqual(['163', 'gmx-webde', 'qq', 'yahoo', 'yahoo.co.jp']);
  });

  test('has the one rate that is published as a ceiling', () => {
    expect(PROVIDERS.filter(({ key }) => profileOf(key).ceiling !== null).map(({ key }) => key)).toEqual([
      'yahoo.co.jp',
    ]);
    expect(profileOf('yahoo.co.jp').ceiling).toBe(10);
  });
});

test('what this installation wrote stands above what is shipped, field by field', () => {
  expect(profileOf('gmail', { connections: 3, ceiling: 7 })).toEqual({
    ...profileOf('gmail'),
    connections: 3,
    ceiling: 7,
  });
  expect(profileOf('mimecast-eu', { strict: true })).toEqual({ ...profileOf('mimecast'), strict: true });
});

test('any text has a profile that can be worked with', () => {
  fc.assert(
    fc.property(fc.string(), (provider) => {
      const { connections, messagesPerConnection, sessionGrowSeconds } = profileOf(provider);
      expect(Math.min(connections, messagesPerConnection, sessionGrowSeconds)).toBeGreaterThan(0);
    }),
  );
});
