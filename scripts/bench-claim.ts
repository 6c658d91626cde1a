import { systemClock } from '../src/adapters/clock.ts';
import { type Connection, connect, makeNewId } from '../src/adapters/mongo/client.ts';
import { collectionsOf, type RecipientDoc } from '../src/adapters/mongo/documents.ts';
import { ensureIndexes } from '../src/adapters/mongo/indexes.ts';
import { mongoLedger } from '../src/adapters/mongo/ledger.ts';
import { temporaryDatabase } from './temporary-database.ts';

const newId = makeNewId(systemClock);

/** What a claim costs with 10,000 and with 500,000 recipients waiting: one slice is read, so it should be the same. */

const SLICE = 1_000;
const BATCH = 100;
const CLAIMS = 100;

async function fill({ db }: Connection, campaignId: string, count: number): Promise<void> {
  const { recipients } = collectionsOf(db);
  for (let from = 0; from < count; from += SLICE) {
    const rows = Array.from({ length: SLICE }, (_, index): RecipientDoc => {
      const address = `person${from + index}@bench.example`;
      const fields = { first_name: `Ann ${index}` };
      const place = { campaignId, slice: from / SLICE, domain: 'bench.example', line: from + index + 2 };
      return { _id: newId(), ...place, key: address, address, fields, state: 'pending', dueAt: new Date(0) };
    });
    await recipients.insertMany(rows, { ordered: false });
  }
}

/** Median milliseconds of a claim of a hundred, over slices spread through the list. */
async function claimMs({ db }: Connection, campaignId: string, slices: number): Promise<number> {
  const ledger = mongoLedger(collectionsOf(db), systemClock);
  const times: number[] = [];
  for (let turn = 0; turn < CLAIMS; turn++) {
    const slice = Math.floor((turn * slices) / CLAIMS) % slices;
    const began = performance.now();
    const who = { campaignId, slice, domains: null, by: `${turn}` };
    const rows = await ledger.claim({ ...who, limit: BATCH, now: Date.now(), triedTooLongAgo: 0 });
    times.push(performance.now() - began);
    if (rows.length !== BATCH) throw new Error(`claimed ${rows.length} of ${BATCH}`);
  }
  return times.sort((a, b) => a - b)[CLAIMS / 2]!;
}

const database = await temporaryDatabase();
const connection = await connect(database.uri, `bench_${newId()}`);
await ensureIndexes(connection.db);
const medians: number[] = [];
for (const count of [10_000, 500_000]) {
  const campaignId = newId();
  await fill(connection, campaignId, count);
  const median = await claimMs(connection, campaignId, count / SLICE);
  medians.push(median);
  console.log(
    `${String(count).padStart(7)} waiting: a claim of ${BATCH} takes ${median.toFixed(1)} ms (median of ${CLAIMS})`,
  );
}
console.log(`ratio ${(medians[1]! / medians[0]!).toFixed(2)}`);
await connection.db.dropDatabase();
await connection.close();
await database.remove();
