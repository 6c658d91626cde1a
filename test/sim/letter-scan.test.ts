import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startScan } from '../../src/sim/letter-scan.ts';

/** The letter as RFC 5321 4.5.2 puts it on the wire, end included. */
const onWire = (letter: string) => `${letter.replace(/^\./, '..').replaceAll('\r\n.', '\r\n..')}.\r\n`;

/** Feeds the wire cut at these places; answers what was read and how much was left over. */
function scan(wire: string, cuts: readonly number[] = []) {
  const bytes = Buffer.from(wire, 'latin1');
  const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  const reading = startScan(true);
  for (let index = 1; index < places.length; index++) {
    const used = reading.take(bytes.subarray(places[index - 1]!, places[index]!));
    if (used === -1) continue;
    const rest = bytes.subarray(places[index - 1]! + used).toString('latin1');
    return { raw: reading.raw().toString('latin1'), bytes: reading.bytes(), messageId: reading.messageId(), rest };
  }
  return null;
}

describe('reading a letter off the wire', () => {
  test.each([
    ['an empty letter', ''],
    ['a plain letter', 'Subject: x\r\n\r\nHello\r\n'],
    ['a letter that begins with a dot', '.first\r\n\r\nHello\r\n'],
    ['lines of dots', 'a\r\n.\r\n..\r\n...\r\nb\r\n'],
    ['a dot as the whole first line', '.\r\nHello\r\n'],
    ['dots around bare line ends', 'a\n.\nb\r.\rc\r\n'],
  ])('%s comes out as it went in, wherever the packets end', (_name, letter) => {
    const wire = onWire(letter);
    const places = Array.from({ length: wire.length }, (_, index) => index);
    for (const cuts of [[], places, ...places.map((place) => [place])]) {
      expect(scan(wire, cuts)).toMatchObject({ raw: letter, bytes: letter.length, rest: '' });
    }
  });

  test('any letter survives any packets', () => {
    const line = fc.string({ unit: fc.constantFrom('.', 'a', '\r', '\n', ' '), maxLength: 6 });
    const letters = fc.array(line, { minLength: 1, maxLength: 12, size: 'max' });
    const cuts = fc.array(fc.nat(60), { maxLength: 8, size: 'max' });
    fc.assert(
      fc.property(letters, cuts, (lines, places) => {
        const letter = lines.map((text) => `${text}\r\n`).join('');
        expect(scan(onWire(letter), places)).toMatchObject({ raw: letter, bytes: letter.length, rest: '' });
      }),
      { numRuns: 500 },
    );
  });

  test('what follows the end is left to the next command', () => {
    expect(scan('Hello\r\n.\r\nQUIT\r\n', [3])?.rest).toBe('QUIT\r\n');
  });

  test('a letter without its end is not over', () => {
    expect(scan('Hello\r\n.\n', [])).toBeNull();
    expect(scan('Hello\n.\r\n', [])).toBeNull();
  });
});

describe('the Message-ID', () => {
  const idOf = (header: string, cuts: readonly number[] = []) =>
    scan(`${header}\r\n\r\nbody\r\n.\r\n`, cuts)?.messageId;

  test.each([
    ['first', 'Message-ID: <1@x.example>\r\nSubject: x'],
    ['last, in other letters', 'Subject: x\r\nMESSAGE-id:<1@x.example>'],
    ['folded', 'Subject: x\r\nMessage-ID:\r\n <1@x.example>'],
  ])('is found %s', (_where, header) => {
    for (let cut = 0; cut < header.length + 6; cut++) expect(idOf(header, [cut])).toBe('<1@x.example>');
  });

  test('is empty without one, even if the body has such a line', () => {
    expect(scan('Subject: x\r\n\r\nMessage-ID: <no@x.example>\r\n.\r\n')?.messageId).toBe('');
  });

  test('of a body in the packet that ends the header is not taken', () => {
    expect(scan('Subject: x\r\n\r\nMessage-ID: <no@x.example>\r\n\r\nmore\r\n.\r\n', [13])?.messageId).toBe('');
  });
});
