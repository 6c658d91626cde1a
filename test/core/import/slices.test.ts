import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeSlicer, type PlannedSlice } from '../../../src/core/import/slices.ts';

const FIRST = 7;
const slicer = ({ size = 3, ownStreams = 2 } = {}) => makeSlicer(FIRST, size, ownStreams);

describe('cutting a list into slices', () => {
  test('a provider fills a slice and then takes the next free number', () => {
    const cut = slicer();
    expect([1, 2, 3, 4].map(() => cut.place('gmail.com', 'gmail'))).toEqual([7, 7, 7, 8]);
    expect(cut.next()).toBe(9);
  });

  test('the domains of one provider share a slice, each named once', () => {
    const cut = slicer();
    for (const domain of ['gmail.com', 'googlemail.com', 'gmail.com']) cut.place(domain, 'gmail');
    expect(cut.takeFull()).toEqual([{ slice: 7, domains: ['gmail.com', 'googlemail.com'], size: 3 }]);
  });

  test('providers do not share', () => {
    const cut = slicer();
    expect(cut.place('gmail.com', 'gmail')).not.toBe(cut.place('outlook.com', 'outlook'));
  });

  test('the first unknown domains have slices of their own, the rest share', () => {
    const cut = slicer();
    const [a, b, c, d] = ['a.ee', 'b.ee', 'c.ee', 'd.ee'].map((domain) => cut.place(domain, null));
    expect(new Set([a, b, c]).size).toBe(3);
    expect(d).toBe(c);
    expect(cut.place('a.ee', null)).toBe(a);
  });

  test('a slice is smaller by those who were not inserted after all, and its number is not used again', () => {
    const cut = slicer({ size: 2 });
    cut.place('a.ee', null);
    cut.unplace(cut.place('a.ee', null));
    expect(cut.place('a.ee', null)).toBe(8);
    expect(cut.takeRest().map(({ slice, size }) => [slice, size])).toEqual([
      [7, 1],
      [8, 1],
    ]);
  });

  test('a slice that is not full yet gives the place away again', () => {
    const cut = slicer({ size: 2 });
    cut.unplace(cut.place('a.ee', null));
    expect([1, 2, 3].map(() => cut.place('a.ee', null))).toEqual([7, 7, 8]);
  });

  test('a slice that lost everybody is left out', () => {
    const cut = slicer();
    cut.unplace(cut.place('a.ee', null));
    expect(cut.takeRest()).toEqual([]);
    expect(cut.next()).toBe(8);
  });

  test('a full slice is handed out once and then held no longer', () => {
    const cut = slicer({ size: 1 });
    const slice = cut.place('a.ee', null);
    expect(cut.takeFull()).toEqual([{ slice, domains: ['a.ee'], size: 1 }]);
    expect(cut.takeFull()).toEqual([]);
    expect(cut.takeRest()).toEqual([]);
    expect(() => cut.unplace(slice)).toThrow('nobody is placed');
  });

  test('everybody is in exactly one slice, no slice is too big, and unknown streams stay few', () => {
    const person = fc.record({ domain: fc.nat(40), known: fc.boolean(), inserted: fc.boolean() });
    fc.assert(
      fc.property(fc.nat(30), fc.array(person, { minLength: 50, maxLength: 300, size: 'max' }), (every, people) => {
        const cut = slicer({ size: 10, ownStreams: 5 });
        const held = new Map<number, string[]>();
        const slices: PlannedSlice[] = [];
        for (const [at, { domain, known, inserted }] of people.entries()) {
          const slice = cut.place(`${domain}.ee`, known ? `p${domain % 3}` : null);
          if (inserted) held.set(slice, [...(held.get(slice) ?? []), `${domain}.ee`]);
          else cut.unplace(slice);
          if (at % (every + 1) === 0) slices.push(...cut.takeFull());
        }
        slices.push(...cut.takeRest());
        const sizes = new Map(slices.map(({ slice, size }) => [slice, size]));
        expect(sizes.size).toBe(slices.length);
        expect([...sizes].sort((a, b) => a[0] - b[0])).toEqual(
          [...held].map(([slice, domains]) => [slice, domains.length]).sort((a, b) => Number(a[0]) - Number(b[0])),
        );
        for (const { slice, domains, size } of slices) {
          expect(size).toBeLessThanOrEqual(10);
          expect(slice).toBeLessThan(cut.next());
          expect(new Set(domains)).toEqual(new Set([...domains, ...(held.get(slice) ?? [])]));
        }
      }),
    );
  });
});
