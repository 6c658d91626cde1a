import { expect, test } from 'vitest';
import { checkSums } from '../../src/cli/sums.ts';

const file = { records: 10, duplicate: 1, rejected: 2 };
const imported = { records: 10, accepted: 6, duplicate: 1, suppressed: 1, rejected: 2 };
const counts = { sent: 5, bounced: 1, pending: 0, uncertain: 0 };
const sim = { accepted: 5, unique: 5, duplicates: 0 };

const wrong = (checks: ReturnType<typeof checkSums>) => checks.filter(({ agrees }) => !agrees).map(({ name }) => name);

test('agrees when CSV, ledger and simulator tell the same story', () => {
  expect(wrong(checkSums(file, imported, counts, sim))).toEqual([]);
});

test.each([
  ['a line that was not read', { ...imported, records: 9 }, counts, sim],
  ['a broken line that was accepted', { ...imported, accepted: 7, rejected: 1 }, { ...counts, sent: 6 }, sim],
  ['a recipient that the ledger lost', imported, { ...counts, bounced: 0 }, sim],
  ['a recipient that still waits', imported, { ...counts, bounced: 0, pending: 1 }, sim],
  ['a letter that no server took', imported, { ...counts, sent: 6, bounced: 0 }, sim],
  ['a letter that the ledger does not know', imported, { ...counts, sent: 4, bounced: 2 }, sim],
  ['a letter that went twice', imported, counts, { accepted: 6, unique: 5, duplicates: 1 }],
])('finds %s', (_, theImport, theCounts, theSim) => {
  expect(wrong(checkSums(file, theImport, theCounts, theSim))).not.toEqual([]);
});

test('an uncertain letter may be on either side', () => {
  const unsure = { ...counts, sent: 4, uncertain: 1 };
  expect(wrong(checkSums(file, imported, unsure, sim))).toEqual([]);
  expect(wrong(checkSums(file, imported, unsure, { ...sim, accepted: 4, unique: 4 }))).toEqual([]);
  expect(wrong(checkSums(file, imported, unsure, { ...sim, accepted: 3, unique: 3 }))).not.toEqual([]);
});
