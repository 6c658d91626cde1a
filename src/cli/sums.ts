/** Whether CSV, ledger and simulator tell the same story. Pure. */

export type ImportSums = {
  readonly records: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly suppressed: number;
  readonly rejected: number;
};

export type SimSums = { readonly accepted: number; readonly unique: number; readonly duplicates: number };

export type Check = { readonly name: string; readonly left: number; readonly right: number; readonly agrees: boolean };

const check = (name: string, left: number, right: number): Check => ({ name, left, right, agrees: left === right });

export function checkSums(
  file: { readonly records: number; readonly duplicate: number; readonly rejected: number },
  imported: ImportSums,
  counts: Readonly<Record<string, number>>,
  sim: SimSums,
): readonly Check[] {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const { accepted, duplicate, suppressed, rejected } = imported;
  const sent = counts['sent'] ?? 0;
  const uncertain = counts['uncertain'] ?? 0;
  return [
    check('records in the CSV = records read', file.records, imported.records),
    check(
      'records read = accepted + duplicate + suppressed + rejected',
      imported.records,
      accepted + duplicate + suppressed + rejected,
    ),
    check('duplicates in the CSV = duplicates found', file.duplicate, duplicate),
    check('broken lines in the CSV = lines rejected', file.rejected, rejected),
    check('accepted by the import = recipients in the ledger', accepted, total),
    check(
      'ledger: nobody waits',
      0,
      ['pending', 'claimed', 'sending', 'deferred'].reduce((sum, state) => sum + (counts[state] ?? 0), 0),
    ),
    // An uncertain letter may be on either side of the simulator's account: RFC 1047.
    check(
      'sent by the ledger = accepted by the simulator',
      Math.max(sent, Math.min(sim.unique, sent + uncertain)),
      sim.unique,
    ),
    check('simulator: copies of a letter', 0, sim.duplicates),
  ];
}
