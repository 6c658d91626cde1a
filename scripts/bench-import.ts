import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { domainToASCII, fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'csv-parse';
import { systemClock } from '../src/adapters/clock.ts';
import { readCsv } from '../src/adapters/csv.ts';
import { mongoCampaigns } from '../src/adapters/mongo/campaigns.ts';
import { connect, makeNewId } from '../src/adapters/mongo/client.ts';
import { type Collections, collectionsOf, type RecipientDoc } from '../src/adapters/mongo/documents.ts';
import { mongoImports } from '../src/adapters/mongo/imports.ts';
import { ensureIndexes } from '../src/adapters/mongo/indexes.ts';
import { mongoRecipientLoader } from '../src/adapters/mongo/recipient-loader.ts';
import { mongoSuppressions } from '../src/adapters/mongo/suppressions.ts';
import { makeImportRecipients } from '../src/app/import/import.ts';
import type { Log } from '../src/app/ports.ts';
import { DEFAULT_GIVE_UP_MS } from '../src/core/recipients/give-up.ts';
import { LETTER } from './bench/letter.ts';
import { residentMb } from './bench/processes.ts';
import { API, inFolder, startServer } from './bench/product.ts';
import { temporaryDatabase } from './temporary-database.ts';

const newId = makeNewId(systemClock);

/**
 * An import does more than parse and insert: it checks addresses, suppressions and duplicates, cuts slices, hashes, and
 * keeps a lease. How much that costs is the ratio. Every figure comes from a process and a database of its own; the two
 * take turns, and the table shows medians. Usage: scripts/bench-import [rows...], or scripts/bench-import memory [MB...].
 */

const ROUNDS = 3;
const BATCH = 1_000;
/** Of one row of the list, as it is on average. */
const ROW_BYTES = 72;
const SETTLE_MS = 3_000;
const KINDS = ['plain', 'import'] as const;
type Kind = (typeof KINDS)[number];
type Figure = { readonly rowsPerSecond: number; readonly cpuMicros: number; readonly peakMb: number };

const DOMAINS = ['gmail.com', 'gmail.com', 'gmail.com', 'gmail.com', 'outlook.com', 'yahoo.com', 'web.de'];
const domainOf = (at: number) => DOMAINS[at % 10] ?? `company${(at * 7) % 997}.example`;

/** The same list for both: six columns, a fifth of the notes quoted. */
async function* list(rows: number): AsyncGenerator<Buffer> {
  let text = 'email,first_name,last_name,city,plan,note\n';
  for (let at = 0; at < rows; at++) {
    const note = at % 5 === 0 ? `"called, ""${at}"" times"` : `n${at}`;
    text += `person.${at}@${domainOf(at)},First${at % 300},Last${at % 900},Tallinn,gold,${note}\n`;
    if (text.length < 65_536) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

async function plain({ recipients }: Collections, rows: number): Promise<void> {
  const campaignId = newId();
  let batch: RecipientDoc[] = [];
  let line = 1;
  const flush = async () => {
    await recipients.insertMany(batch, { ordered: false });
    batch = [];
  };
  const records = Readable.from(list(rows)).pipe(parse({ from: 2 })) as AsyncIterable<string[]>;
  for await (const [address = '', first_name = '', last_name = '', city = '', plan = '', note = ''] of records) {
    const slice = Math.floor(line++ / BATCH);
    const fields = { first_name, last_name, city, plan, note };
    const domain = address.slice(address.indexOf('@') + 1);
    const due = { key: address, state: 'pending', dueAt: new Date(0) } as const;
    batch.push({ _id: newId(), campaignId, slice, address, domain, fields, line, ...due });
    if (batch.length === BATCH) await flush();
  }
  if (batch.length > 0) await flush();
}

const quiet: Log = { info() {}, warn() {}, error() {}, with: () => quiet };

async function whole(collections: Collections, rows: number): Promise<void> {
  const campaigns = mongoCampaigns(collections, systemClock);
  const campaignId = newId();
  const now = new Date();
  await campaigns.insert({
    ...{ id: campaignId, name: 'bench', state: 'draft', version: 1, onUncertain: 'hold', schedule: null },
    giveUpAfterMs: DEFAULT_GIVE_UP_MS,
    content: { subject: '', from: { address: 'news@example.com' }, html: '' },
    totals: { accepted: 0, duplicate: 0, suppressed: 0, rejected: 0 },
    ...{ blockedBecause: null, columns: [], sliceCount: 0, openImport: null },
    ...{ createdAt: now, updatedAt: now, startedAt: null, finishedAt: null },
  });
  const importRecipients = makeImportRecipients({
    campaigns,
    imports: mongoImports(collections),
    loader: mongoRecipientLoader(collections),
    suppressions: mongoSuppressions(collections, systemClock),
    ...{ readCsv, newId, log: quiet },
    clock: systemClock,
    digest: () => {
      const hash = createHash('sha256');
      return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
    },
    toAscii: (domain) => domainToASCII(domain) || null,
  });
  const done = await importRecipients({ campaignId, fileName: null, body: list(rows), maxBytes: 1e12 });
  if (!done.ok || done.value.accepted !== rows) throw new Error(`not every row was accepted: ${JSON.stringify(done)}`);
}

async function measure(kind: Kind, rows: number, uri: string): Promise<Figure> {
  const { db, close } = await connect(uri, `offpeak_bench_import_${process.pid}`);
  await ensureIndexes(db);
  const collections = collectionsOf(db);
  const began = performance.now();
  const cpu = process.cpuUsage();
  await (kind === 'plain' ? plain : whole)(collections, rows);
  const { user, system } = process.cpuUsage(cpu);
  const rowsPerSecond = rows / ((performance.now() - began) / 1_000);
  // A slow drop is the database's affair and no reason to lose the figure.
  await db.dropDatabase().catch((error: unknown) => console.error(`not dropped: ${error}`));
  await close();
  const peakMb = process.resourceUsage().maxRSS / 1_024;
  return { rowsPerSecond, cpuMicros: (user + system) / rows, peakMb };
}

async function inOwnProcess(kind: Kind, rows: number, uri: string): Promise<Figure> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), kind, String(rows), uri];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Figure;
}

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;
const median = (values: readonly number[]) => percentile(values, 0.5);
const cell = (value: number, digits = 0) => value.toFixed(digits).padStart(12);

async function compare(rows: number, uri: string): Promise<void> {
  const figures: Record<Kind, Figure[]> = { plain: [], import: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of KINDS) figures[kind].push(await inOwnProcess(kind, rows, uri));
  }
  const of = (kind: Kind, name: keyof Figure) => median(figures[kind].map((figure) => figure[name]));
  const base = of('plain', 'rowsPerSecond');
  for (const kind of KINDS) {
    const speed = of(kind, 'rowsPerSecond');
    const columns = [
      cell(rows),
      cell(speed),
      cell(speed / base, 2),
      cell(of(kind, 'cpuMicros')),
      cell(of(kind, 'peakMb')),
    ];
    console.log(`${kind.padEnd(8)}${columns.join('')}`);
  }
}

/** Uploads lists to the whole product; the lists differ in size, and the memory should not. */
async function memory(megabytes: readonly number[]): Promise<void> {
  console.log('\nThe whole product during an upload: its memory, MB, and how fast it answers GET /healthz, ms');
  console.log(`${''.padEnd(8)}        idle        most  above idle        rows  health p50  health p99`);
  for (const size of megabytes) {
    await inFolder(async (folder) => {
      const { client, pid, stop } = await startServer(folder, 1);
      await sleep(SETTLE_MS);
      const idle = residentMb(pid);
      const { id } = await client.send<{ id: string }>('POST', `${API}/campaigns`, { name: 'bench', content: LETTER });
      let most = idle;
      const waits: number[] = [];
      const look = setInterval(() => {
        most = Math.max(most, residentMb(pid));
        const asked = performance.now();
        // One that fails counts as one that took for ever.
        void client.get('/healthz').then(
          () => waits.push(performance.now() - asked),
          () => waits.push(Number.POSITIVE_INFINITY),
        );
      }, 100);
      const rows = Math.round((size * 1e6) / ROW_BYTES);
      const csv = Readable.toWeb(Readable.from(list(rows))) as ReadableStream<Uint8Array>;
      try {
        const done = await client.upload<{ accepted: number }>(`${API}/campaigns/${id}/imports`, csv);
        if (done.accepted !== rows) throw new Error(`not every row was accepted: ${JSON.stringify(done)}`);
        console.log(
          `${`${size} MB`.padEnd(8)}${cell(idle)}${cell(most)}${cell(most - idle)}${cell(rows)}${cell(median(waits))}${cell(percentile(waits, 0.99))}`,
        );
      } finally {
        clearInterval(look);
        await stop();
      }
    });
  }
}

async function main(sizes: readonly number[]): Promise<void> {
  const database = await temporaryDatabase();
  try {
    console.log(`database: ${database.kind}; medians of ${ROUNDS}`);
    console.log(`${''.padEnd(8)}        rows      rows/s       ratio  CPU us/row     peak MB`);
    for (const rows of sizes) await compare(rows, database.uri);
  } finally {
    await database.remove();
  }
}

const [kind, rows, uri] = process.argv.slice(2);
if (kind === 'plain' || kind === 'import') console.log(JSON.stringify(await measure(kind, Number(rows), uri ?? '')));
else if (kind === 'memory') await memory(process.argv.length > 3 ? process.argv.slice(3).map(Number) : [30, 600]);
else await main(process.argv.length > 2 ? process.argv.slice(2).map(Number) : [20_000, 200_000]);
