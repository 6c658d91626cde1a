import { describe, expect, test } from 'vitest';
import { isInward, isNoMailHost, misplacedHost } from '../../../src/core/lanes/address.ts';

describe('where mail may go', () => {
  test.each([
    ...[
      '169.254.169.254',
      'fe80::1',
      '::ffff:169.254.169.254',
      '0.0.0.0',
      '::',
      '224.0.0.1',
      '255.255.255.255',
      'ff02::1',
    ],
    ...['64:ff9b::a9fe:a9fe', 'no address'],
  ])('never to %s', (address) => {
    expect(isNoMailHost(address)).toBe(true);
  });

  test.each([
    ...[
      '127.0.0.1',
      '127.8.9.10',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      '198.18.0.1',
    ],
    ...['::1', 'fd00::1', '::ffff:10.0.0.1', '::ffff:7f00:1'],
  ])('to %s only as a relay', (address) => {
    expect([isNoMailHost(address), isInward(address)]).toEqual([false, true]);
  });

  test.each(['192.0.2.1', '172.32.0.1', '8.8.8.8', '2001:db8::1', '2a00:1450:4001::1a'])('to %s', (address) => {
    expect([isNoMailHost(address), isInward(address)]).toEqual([false, false]);
  });

  test.each([
    ...[
      '0x7f000001',
      '2130706433',
      '127.1',
      '0177.0.0.1',
      '0x7f.0.0.1',
      '127.0.0.1.',
      '1.2.3.4.5',
      '::1::',
      '999.1.1.1',
    ],
    ...['169.254.169.254', 'fe80::1'],
  ])('%s is no name for a relay', (host) => {
    expect(misplacedHost(host)).not.toBeNull();
  });

  test.each(['relay.example', 'mail1', '127.0.0.1', '::1', '10.0.0.25', 'mx0x1.example', '4.example'])(
    '%s is one',
    (host) => {
      expect(misplacedHost(host)).toBeNull();
    },
  );
});
