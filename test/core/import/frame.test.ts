import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frame } from '../../../src/core/import/frame.ts';

const COMMA = 44;

/** The records of a text that comes in pieces, one entry each; `cuts` are where pieces end. */
function recordsOf(text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text);
  const found: string[] = [];
  let line = 1;
  let from = 0;
  for (const to of [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]) {
    const piece = bytes.subarray(from, to);
    const frames = frame(piece, COMMA, line, to === bytes.length);
    found.push(...frames.lines.map((at) => `${at} sound`));
    found.push(...frames.apart.map((span) => `${span.line} apart ${span.to - span.from}`));
    if (frames.fault) return { fault: frames.fault };
    from += frames.end;
    line = frames.nextLine;
  }
  return found.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

describe('framing', () => {
  test('tells sound records from those set apart', () => {
    const text = 'a,b\n\n"x\ny",z\nq"q\r\nend';
    const { lines, sound, apart, fault } = frame(Buffer.from(text), COMMA, 1, true);
    expect(lines).toEqual([1, 3, 6]);
    expect(sound.map(({ from, to }) => text.slice(from, to))).toEqual(['a,b\n', '"x\ny",z\n', 'end']);
    expect(apart.map(({ line, from, to }) => [line, text.slice(from, to)])).toEqual([
      [2, ''],
      [5, 'q"q'],
    ]);
    expect(fault).toBeNull();
  });

  test('leaves a record that is not whole for the next piece, and a CR whose LF may follow', () => {
    const { end, nextLine, lines } = frame(Buffer.from('a\r\nb\r'), COMMA, 1, false);
    expect({ end, nextLine, lines }).toEqual({ end: 3, nextLine: 2, lines: [1] });
  });

  test('does not take the first half of a doubled quote for a closing one', () => {
    expect(frame(Buffer.from('a\n"b"'), COMMA, 1, false).end).toBe(2);
    expect(recordsOf('"b""c"\nd', [3])).toEqual(['1 sound', '2 sound']);
  });

  test('finds the same in any pieces as in the whole', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '"', '\n', '\r', '\r\n'), maxLength: 30 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(30), { maxLength: 4 }), (content, cuts) => {
        expect(recordsOf(content, cuts)).toEqual(recordsOf(content, []));
      }),
      { numRuns: 5_000 },
    );
  });
});
