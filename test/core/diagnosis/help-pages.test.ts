import { describe, expect, test } from 'vitest';
import { linksIn, listsIn, nameOf, providerPages } from '../../../src/core/diagnosis/help-pages.ts';

describe('links in a reply', () => {
  test.each([
    ['see https://www.spamhaus.org/query/ip/192.0.2.25.', ['https://www.spamhaus.org/query/ip/192.0.2.25']],
    [
      '(http://postmaster.comcast.net/smtp-error-codes.php#RL000002)',
      ['http://postmaster.comcast.net/smtp-error-codes.php#RL000002'],
    ],
    ['<https://a.example/x?y=1&z=2>, "https://a.example/x?y=1&z=2"', ['https://a.example/x?y=1&z=2']],
    ['HTTPS://A.example/X', ['https://a.example/X']],
    ['go to https://a.example/one and https://b.example/two!', ['https://a.example/one', 'https://b.example/two']],
  ])('%s', (text, links) => expect(linksIn(text)).toEqual(links));

  test.each([
    'javascript:alert(1)',
    'ftp://a.example/x',
    'see www.example.com/x',
    'https://user:secret@a.example/',
    'https://user@a.example/',
    'http://localhost:8080/x',
    'http://192.0.2.25/x',
    'http://[::1]/x',
    'https://',
    'xhttps://a.example/',
    'data:text/html,https//x',
  ])('%s: none', (text) => expect(linksIn(text)).toEqual([]));
});

test('lists are found by name and by the host that is asked', () => {
  expect(listsIn('blocked using zen.spamhaus.org').map(({ name }) => name)).toEqual(['Spamhaus']);
  expect(listsIn('blocked using Barracuda Reputation and bl.spamcop.net').map(({ name }) => name)).toEqual([
    'Barracuda',
    'SpamCop',
  ]);
  expect(listsIn('Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.25').map(({ name }) => name)).toEqual([
    'Proofpoint',
  ]);
  expect(listsIn('listed at dnsbl.sorbs.net')).toMatchObject([{ name: 'SORBS', url: null }]);
  expect(listsIn('absorbs')).toEqual([]);
});

test('a provider has a name for people and pages for senders; one that nobody knows has its own name and none', () => {
  expect(nameOf('gmail')).toBe('Gmail');
  expect(nameOf('mimecast-eu')).toBe('Mimecast');
  expect(nameOf('alpha.example')).toBe('alpha.example');
  expect(providerPages('gmail').rules?.url).toBe('https://support.google.com/mail/answer/81126');
  expect(providerPages('alpha.example')).toEqual({});
});
