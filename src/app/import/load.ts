import { type Header, readHeader } from '../../core/import/header.ts';
import { type Row, readRow, shown } from '../../core/import/row.ts';
import { makeSlicer, type PlannedSlice } from '../../core/import/slices.ts';
import { OTHER_PROVIDER, providerOfDomain } from '../../core/providers/provider.ts';
import type { ToAscii } from '../../core/recipients/address.ts';
import type { NewRecipient } from '../campaigns/ports.ts';
import type { NewId, SuppressionStore } from '../ports.ts';
import { type ImportLease, ImportStopped } from './lease.ts';
import type { CsvEvent, Import, ImportStore, ReadCsv, RecipientLoader, Reject } from './ports.ts';

/** Reads a list into rows that nobody sees yet. One batch is inserted while the next is read, so memory stays flat. */

const BATCH = 500;
/** Characters of a line that a report repeats. */
const LONGEST_RECORD = 10_000;

/** Numbers of slices reserved at once: up to a hundred thousand rows. */
export const RESERVE = 100;

export type LoadDeps = {
  readonly imports: ImportStore;
  readonly loader: RecipientLoader;
  readonly suppressions: SuppressionStore;
  readonly readCsv: ReadCsv;
  readonly newId: NewId;
  readonly toAscii: ToAscii;
};

type Counted = 'accepted' | 'duplicate' | 'suppressed' | 'rejected' | 'records' | 'blank' | 'bytes';
export type ImportProgress = { -readonly [K in Counted]: Import[K] };

export type Loaded = { readonly columns: readonly string[]; readonly nextSlice: number };

type Lookup = Promise<ReadonlySet<string>>;
type Entry = { readonly row: Row; readonly line: number; readonly values: readonly string[] };

/** Counts as it goes. Throws `CsvFault` and `ImportStopped`; by then nothing is being written any more. */
export async function loadRecipients(
  deps: LoadDeps,
  { id, campaignId, firstSlice, reservedTo }: Import,
  body: AsyncIterable<Uint8Array>,
  progress: ImportProgress,
  lease: ImportLease,
): Promise<Loaded> {
  const { imports, loader, suppressions, newId, toAscii } = deps;
  const slicer = makeSlicer(firstSlice);
  const leftovers = (await imports.withLeftover(campaignId)).map(({ leftover }) => leftover);
  const list: { header: Header | null } = { header: null };
  let batch: Entry[] = [];
  let rejects: Reject[] = [];
  let flight: Promise<void> = Promise.resolve();
  let reserved = reservedTo;

  function reject(kind: Reject['kind'], line: number, code: string, value: string, record: string): void {
    progress[kind] += 1;
    rejects.push({ line, kind, code, value, record: record.slice(0, LONGEST_RECORD) });
  }

  function handle(event: CsvEvent): void {
    switch (event.kind) {
      case 'header': {
        const read = readHeader(event.columns);
        if (!read.ok) throw new ImportStopped({ ...read.error, line: event.line });
        list.header = read.value;
        return;
      }
      case 'blank':
        progress.blank += 1;
        return;
      case 'bad':
        progress.records += 1;
        reject('rejected', event.line, event.code, shown(event.value), event.value);
        return;
      case 'record': {
        if (!list.header) throw new Error('a record came before the header');
        progress.records += 1;
        const row = readRow(list.header, event.values, toAscii);
        if (row.ok) batch.push({ row: row.value, line: event.line, values: event.values });
        else reject('rejected', event.line, row.error.code, row.error.value, recordOf(event.values));
      }
    }
  }

  /** What is not suppressed and not twice in this batch, with its place. */
  function sorted(entries: readonly Entry[], suppressed: ReadonlySet<string>): NewRecipient[] {
    const seen = new Set<string>(); // the database would tell as well, at some hundred bytes a row
    const rows: NewRecipient[] = [];
    for (const { row, line, values } of entries) {
      const { address, domain, key, fields } = row;
      if (suppressed.has(address)) reject('suppressed', line, 'recipient.suppressed', address, recordOf(values));
      else if (seen.has(key)) reject('duplicate', line, 'recipient.duplicate', address, recordOf(values));
      else {
        seen.add(key);
        const provider = providerOfDomain(domain);
        const slice = slicer.place(domain, provider === OTHER_PROVIDER ? null : provider);
        rows.push({ id: newId(), campaignId, slice, address, domain, fields, line });
      }
    }
    return rows;
  }

  async function insert(entries: readonly Entry[], suppressed: Lookup, told: readonly Reject[]): Promise<void> {
    await lease.keep(progress);
    await imports.addRejects(id, told);
    const rows = sorted(entries, await suppressed);
    if (slicer.next() > reserved) {
      reserved = slicer.next() + RESERVE;
      await imports.update(id, { reservedTo: reserved });
    }
    const duplicates = await loader.insertMany(rows, leftovers);
    const records = new Map(duplicates.length > 0 ? entries.map(({ line, values }) => [line, values] as const) : []);
    for (const index of duplicates) {
      const { slice, line, address } = rows[index] as NewRecipient;
      slicer.unplace(slice);
      reject('duplicate', line, 'recipient.duplicate', address, recordOf(records.get(line)!));
    }
    progress.accepted += rows.length - duplicates.length;
    await insertSlices(slicer.takeFull());
  }

  async function insertSlices(planned: readonly PlannedSlice[]): Promise<void> {
    if (planned.length === 0) return;
    // One that came after the rescue would bring its rows back into sight.
    await lease.keep(progress);
    await loader.insertSlices(planned.map((slice) => ({ campaignId, ...slice })));
  }

  /**
   * Batches are inserted one after another, so that of two equal addresses the first in the file stays; two at once are
   * no faster. The look-up of one goes on during the insert before it.
   */
  async function launch(): Promise<void> {
    const suppressed = handled(suppressions.suppressed(batch.map(({ row }) => row.address)));
    await flight;
    flight = handled(insert(batch, suppressed, rejects));
    batch = [];
    rejects = [];
  }

  try {
    for await (const event of deps.readCsv(body)) {
      handle(event);
      if (batch.length >= BATCH || rejects.length >= BATCH) await launch();
    }
    await launch();
    await flight;
    await insertSlices(slicer.takeRest());
  } finally {
    await flight.catch(() => {});
    await imports.addRejects(id, rejects);
  }
  return { columns: list.header?.columns ?? [], nextSlice: slicer.next() };
}

/** The cells of a line as a line again. */
const recordOf = (values: readonly string[]): string =>
  values.map((value) => (/[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',');

/** A promise that is awaited later; until then its failure must not end the process. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
