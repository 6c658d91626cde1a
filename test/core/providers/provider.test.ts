import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OTHER_PROVIDER, providerOfDomain, providerOfMx } from '../../../src/core/providers/provider.ts';

describe('the provider of a domain', () => {
  test.each([
    ['gmail.com', 'gmail'],
    ['googlemail.com', 'gmail'],
    ['outlook.com', 'outlook'],
    ['outlook.com.br', 'outlook'],
    ['hotmail.co.uk', 'outlook'],
    ['hotmail.fr', 'outlook'],
    ['live.nl', 'outlook'],
    ['msn.com', 'outlook'],
    ['yahoo.com', 'yahoo'],
    ['yahoo.co.uk', 'yahoo'],
    ['yahoo.com.ar', 'yahoo'],
    ['yahoo.de', 'yahoo'],
    ['yahoo.co.jp', 'yahoo.co.jp'],
    ['aol.com', 'yahoo'],
    ['att.net', 'yahoo'],
    ['icloud.com', 'icloud'],
    ['me.com', 'icloud'],
    ['gmx.de', 'gmx-webde'],
    ['gmx.net', 'gmx-webde'],
    ['web.de', 'gmx-webde'],
    ['t-online.de', 't-online'],
    ['orange.fr', 'orange'],
    ['free.fr', 'free.fr'],
    ['mail.ru', 'mail.ru'],
    ['yandex.com.tr', 'yandex'],
    ['126.com', '163'],
    ['sina.com.cn', 'sina'],
    ['proton.me', 'proton'],
  ])('%s is %s', (domain, provider) => expect(providerOfDomain(domain)).toBe(provider));

  test.each([
    'yahoo.evil.com',
    'evil-yahoo.com',
    'yahoo.com.evil.com',
    'mail.yahoo.com',
    'yahoo.comx',
    'yahoo.example',
    'yahoo',
    'yahoo.',
    '.com',
    '',
    'xgmail.com',
    'gmail.com.evil.org',
    'gmail.co',
    'live.evil.uk',
    'com',
    'alpha.example',
    'constructor',
    '__proto__',
    'constructor.com',
  ])('%j is nobody’s that we know', (domain) => expect(providerOfDomain(domain)).toBe(OTHER_PROVIDER));
});

describe('the provider of MX hosts', () => {
  test('is known when every host is theirs, whatever case or final dot', () => {
    expect(providerOfMx(['aspmx.l.google.com', 'ALT1.ASPMX.L.GOOGLE.COM.'])).toBe('gmail');
    expect(providerOfMx(['alpha-example.mail.protection.outlook.com'])).toBe('office365');
    expect(providerOfMx(['outlook-com.olc.protection.outlook.com'])).toBe('outlook');
    expect(providerOfMx(['mta5.am0.yahoodns.net', 'mta6.am0.yahoodns.net'])).toBe('yahoo');
    expect(providerOfMx(['mx1.mail.yahoo.co.jp'])).toBe('yahoo.co.jp');
  });

  test('is unknown when one host is somebody else’s, or none is given', () => {
    expect(providerOfMx(['aspmx.l.google.com', 'mx.alpha.example'])).toBeNull();
    expect(providerOfMx(['aspmx.l.google.com', 'mta5.am0.yahoodns.net'])).toBeNull();
    expect(providerOfMx([])).toBeNull();
  });

  test('is judged by whole labels', () => {
    expect(providerOfMx(['mx.evilgoogle.com'])).toBeNull();
    expect(providerOfMx(['google.com.alpha.example'])).toBeNull();
    expect(providerOfMx(['google.com'])).toBeNull();
  });

  test('counts every Mimecast region apart', () => {
    expect(providerOfMx(['eu-smtp-inbound-1.mimecast.com', 'eu-smtp-inbound-2.mimecast.com'])).toBe('mimecast-eu');
    expect(providerOfMx(['eu-smtp-inbound-1.mimecast.com', 'us-smtp-inbound-1.mimecast.com'])).toBeNull();
    expect(providerOfMx(['service.mimecast.co.za'])).toBe('mimecast');
  });
});

test('any string has a provider', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (domain, hosts) => {
      expect(providerOfDomain(domain)).toBeTruthy();
      providerOfMx(hosts);
    }),
  );
});
