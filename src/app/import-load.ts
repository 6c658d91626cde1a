import type { ToAscii } from '../core/address.ts';
import { readHeader } from '../core/csv-header.ts';
import { type Row, readRow, shown } from '../core/csv-row.ts';
import { OTHER_PROVIDER, providerOfDomain } from '../core/provider.ts';
import { makeSlicer, type PlannedSlice } from '../core/slices.ts';
import { ImportStopped, type Lease } from './import-lease.ts';
import type {
  CsvEvent,
  Import,
  ImportStore,
  NewId,
  NewRecipient,
  ReadCsv,
  RecipientLoader,
  Reject,
  SuppressionStore,
} from './ports.ts';

/** Reads a list into rows that nobody sees yet. One batch is inserted while the next is read, so memory stays flat. */

const BATCH = 1_000;
/** Kept for the report; the counters go on. */
const MOST_REJECTS = 100_000;

export type LoadDeps = {
  readonly imports: ImportStore;
  readonly loader: RecipientLoader;
  readonly suppressions: SuppressionStore;
  readonly readCsv: ReadCsv;
  readonly newId: NewId;
  readonly toAscii: ToAscii;
};

type Tally = { -readonly [K in 'accepted' | 'duplicate' | 'suppressed' | 'rejected' | 'records' | 'blank']: Import[K] };

export type Loaded = {
  readonly tally: Readonly<Tally>;
  readonly columns: readonly string[];
  readonly slices: readonly PlannedSlice[];
  readonly nextSlice: number;
};

type Entry = { readonly row: Row; readonly line: number };

/** Throws `CsvFault` and `ImportStopped`; by then nothing is being written any more. */
export async function loadRecipients(
  deps: LoadDeps,
  { id, campaignId, firstSlice }: Import,
  body: AsyncIterable<Uint8Array>,
  lease: Lease,
): Promise<Loaded> {
  const { imports, loader, suppressions, newId, toAscii } = deps;
  const tally: Tally = { accepted: 0, duplicate: 0, suppressed: 0, rejected: 0, records: 0, blank: 0 };
  const slicer = makeSlicer(firstSlice);
  let header: { readonly columns: readonly string[]; readonly email: number } | null = null;
  let batch: Entry[] = [];
  let rejects: Reject[] = [];
  let kept = 0;
  let flight: Promise<void> = Promise.resolve();

  function reject(kind: Reject['kind'], line: number, code: string, value: string): void {
    tally[kind] += 1;
    if (kept === MOST_REJECTS) return;
    kept += 1;
    rejects.push({ line, kind, code, value });
  }

  function take(event: CsvEvent): void {
    switch (event.kind) {
      case 'header': {
        const read = readHeader(event.columns);
        if (!read.ok) throw new ImportStopped({ ...read.error, line: event.line });
        header = read.value;
        return;
      }
      case 'blank':
        tally.blank += 1;
        return;
      case 'bad':
        tally.records += 1;
        reject('rejected', event.line, event.code, shown(event.value));
        return;
      case 'record': {
        if (!header) throw new Error('a record came before the header');
        tally.records += 1;
        const row = readRow(header, event.values, toAscii);
        if (row.ok) batch.push({ row: row.value, line: event.line });
        else reject('rejected', event.line, row.error.code, row.error.value);
      }
    }
  }

  /** What is not suppressed and not twice in this batch, with its place. */
  async function sorted(entries: readonly Entry[]): Promise<NewRecipient[]> {
    const suppressed = await suppressions.suppressed(entries.map(({ row }) => row.address));
    const seen = new Set<string>();
    const rows: NewRecipient[] = [];
    for (const { row, line } of entries) {
      const { address, domain, key, fields } = row;
      if (suppressed.has(address)) reject('suppressed', line, 'recipient.suppressed', address);
      else if (seen.has(key)) reject('duplicate', line, 'recipient.duplicate', address);
      else {
        seen.add(key);
        const provider = providerOfDomain(domain);
        const slice = slicer.place(domain, provider === OTHER_PROVIDER ? null : provider);
        rows.push({ id: newId(), campaignId, slice, address, domain, fields, line });
      }
    }
    return rows;
  }

  async function insert(entries: readonly Entry[], told: readonly Reject[]): Promise<void> {
    await lease.keep(tally);
    await imports.addRejects(id, told);
    const rows = await sorted(entries);
    const duplicates = await loader.insertMany(rows);
    for (const index of duplicates) {
      const { slice, line, address } = rows[index] as NewRecipient;
      slicer.unplace(slice);
      reject('duplicate', line, 'recipient.duplicate', address);
    }
    tally.accepted += rows.length - duplicates.length;
  }

  /** Batches are inserted one after another, so that of two equal addresses the first in the file stays. */
  async function launch(): Promise<void> {
    await flight;
    flight = insert(batch, rejects);
    flight.catch(() => {}); // it is awaited by the next launch, or below
    batch = [];
    rejects = [];
  }

  try {
    for await (const event of deps.readCsv(body)) {
      take(event);
      if (batch.length >= BATCH || rejects.length >= BATCH) await launch();
    }
    await launch();
    await flight;
    await imports.addRejects(id, rejects);
  } finally {
    await flight.catch(() => {});
  }
  const columns = (header as { readonly columns: readonly string[] } | null)?.columns ?? [];
  return { tally, columns, slices: slicer.slices(), nextSlice: slicer.next() };
}
