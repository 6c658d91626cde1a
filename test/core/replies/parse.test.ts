import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReply } from '../../../src/core/replies/parse.ts';

describe('a reply off the wire', () => {
  test.each<[string, number, string | null, string]>([
    ['421 try later', 421, null, 'try later'],
    ['421', 421, null, ''],
    ['421 ', 421, null, ''],
    ['421\ttry later\r\n', 421, null, 'try later'],
    ['421 4.7.0 try later', 421, '4.7.0', 'try later'],
    ['421 4.7.0', 421, '4.7.0', ''],
    ['550 5.7.1: no', 550, '5.7.1', 'no'],
    ['432 4.3.2 STOREDRV.Deliver; limit', 432, '4.3.2', 'STOREDRV.Deliver; limit'],
    ['470 you sent too many e-mails', 470, null, 'you sent too many e-mails'],
    ['421 5.7.32 not aligned', 421, '5.7.32', 'not aligned'],
    ['250 2.0.0 Ok: queued as 4Q', 250, '2.0.0', 'Ok: queued as 4Q'],
    ['451 4.7.500 busy', 451, '4.7.500', 'busy'],
    ['421 4.16.55.1 is no enhanced code', 421, null, '4.16.55.1 is no enhanced code'],
    ['421 #4.4.5 Too many connections', 421, null, '#4.4.5 Too many connections'],
    ['421 3.4.5 class three', 421, null, '3.4.5 class three'],
  ])('%j is read', (line, code, enhanced, text) => {
    expect(parseReply(line)).toEqual({ code, enhanced, text });
  });

  test('of several lines is one text, its enhanced code gone from each line', () => {
    expect(
      parseReply('421-4.7.28 Gmail has detected\r\n421-4.7.28 an unusual rate\r\n421 4.7.28 of email\r\n'),
    ).toEqual({
      code: 421,
      enhanced: '4.7.28',
      text: 'Gmail has detected an unusual rate of email',
    });
    expect(parseReply('250-mx.example\r\n250-SIZE 1000\r\n250 PIPELINING')?.text).toBe(
      'mx.example SIZE 1000 PIPELINING',
    );
  });

  test('may bring its enhanced code on a later line', () => {
    expect(parseReply('550-Sorry\n550 5.1.1 no such user')).toEqual({
      code: 550,
      enhanced: '5.1.1',
      text: 'Sorry no such user',
    });
  });

  test('means the code of the line that ends it', () => {
    expect(parseReply('250-first\r\n421 closing')?.code).toBe(421);
  });

  test('keeps words that only look like a code', () => {
    expect(parseReply('421 at most\r\n250 connections per host')).toEqual({
      code: 421,
      enhanced: null,
      text: 'at most 250 connections per host',
    });
  });

  test('loses control and direction characters', () => {
    expect(parseReply('421 a\u0000b\u001b[31mc\u202ed\u200be\ud800f')?.text).toBe('ab[31mcdef');
  });

  test('is cut at 500 characters, never through the middle of one', () => {
    expect(parseReply(`421 ${'x'.repeat(900)}`)?.text).toBe('x'.repeat(500));
    expect(parseReply(`421 ${'x'.repeat(499)}\u{1f600}`)?.text).toBe('x'.repeat(499));
  });
});

test.each([
  '',
  ' ',
  '\r\n',
  'hello',
  '42',
  '4211 no',
  '199 no',
  '600 no',
  '000',
  '421x',
  'HTTP/1.1 400 Bad Request',
  '{}',
])('garbage %j is no reply', (line) => expect(parseReply(line)).toBeNull());

describe('whatever a server says', () => {
  const text = fc.string({ unit: 'binary', size: 'max', maxLength: 1500 });

  test('never throws, and what it yields is clean', () => {
    const raw = fc.oneof(
      text,
      fc.tuple(fc.integer({ min: 0, max: 999 }), fc.constantFrom(' ', '-', '\t'), text).map((p) => p.join('')),
    );
    fc.assert(
      fc.property(fc.array(raw, { maxLength: 5 }), (lines) => {
        const reply = parseReply(lines.join('\r\n'));
        if (reply === null) return;
        expect(reply.code).toBeGreaterThanOrEqual(200);
        expect(reply.code).toBeLessThan(600);
        expect(reply.text.length).toBeLessThanOrEqual(500);
        expect(reply.text).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }),
    );
  });

  test('a code and words come back as they were', () => {
    const words = fc.stringMatching(/^[a-z]{1,9}(?: [a-z]{1,9}){0,9}$/);
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        fc.option(fc.constantFrom('4.7.0', '5.1.10')),
        words,
        (code, enhanced, said) => {
          expect(parseReply([code, enhanced, said].filter((part) => part !== null).join(' '))).toEqual({
            code,
            enhanced,
            text: said,
          });
        },
      ),
    );
  });
});
