import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { readCsv } from '../../src/adapters/csv.ts';
import { mongoCampaigns } from '../../src/adapters/mongo/campaigns.ts';
import { connect } from '../../src/adapters/mongo/client.ts';
import { collectionsOf } from '../../src/adapters/mongo/documents.ts';
import { mongoImports } from '../../src/adapters/mongo/imports.ts';
import { ensureIndexes } from '../../src/adapters/mongo/indexes.ts';
import { mongoRecipientLoader } from '../../src/adapters/mongo/recipient-loader.ts';
import { mongoRecipientReader } from '../../src/adapters/mongo/recipient-reader.ts';
import { mongoSuppressions } from '../../src/adapters/mongo/suppressions.ts';
import { type ImportDeps, makeImportRecipients } from '../../src/app/import/import.ts';
import { makeRemoveLeftovers } from '../../src/app/import/leftovers.ts';
import type { Import, Reject } from '../../src/app/import/ports.ts';
import type { Log } from '../../src/app/ports.ts';
import type { Campaign } from '../../src/core/campaigns/campaign.ts';
import { DEFAULT_GIVE_UP_MS } from '../../src/core/recipients/give-up.ts';
import { newId } from '../setup/ids.ts';

/** Imports into a real database; everything but the clock may be replaced. */

export type Given = {
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly with?: Partial<ImportDeps>;
};

const quiet: Log = { info() {}, warn() {}, error() {}, with: () => quiet };

export type Importing = ReturnType<typeof over>;

/** One database for a test file; dropped before and after. */
export function importingInto(database: string): Importing {
  const importing = {} as Importing;
  let end = async () => {};

  beforeAll(async () => {
    const { db, close } = await connect(inject('mongodbUri'), database);
    await db.dropDatabase();
    await ensureIndexes(db);
    Object.assign(importing, over(collectionsOf(db)));
    end = async () => {
      await db.dropDatabase();
      await close();
    };
  });
  afterAll(() => end());
  return importing;
}

function depsOver(collections: ReturnType<typeof collectionsOf>): ImportDeps {
  return {
    campaigns: mongoCampaigns(collections, systemClock),
    imports: mongoImports(collections),
    loader: mongoRecipientLoader(collections),
    suppressions: mongoSuppressions(collections, systemClock),
    readCsv,
    newId,
    clock: systemClock,
    digest: () => {
      const hash = createHash('sha256');
      return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
    },
    toAscii: (domain) => domainToASCII(domain) || null,
    log: quiet,
  };
}

function over(collections: ReturnType<typeof collectionsOf>) {
  const deps = depsOver(collections);

  async function draft(patch: Partial<Campaign> = {}): Promise<string> {
    const id = newId();
    const now = new Date();
    await deps.campaigns.insert({
      ...{ id, name: 'spring', state: 'draft', version: 1, onUncertain: 'hold', schedule: null, blockedBecause: null },
      giveUpAfterMs: DEFAULT_GIVE_UP_MS,
      content: { subject: 'Hello', from: { address: 'news@example.com' }, html: '<p>Hello</p>' },
      totals: { accepted: 0, duplicate: 0, suppressed: 0, rejected: 0 },
      ...{ columns: [], sliceCount: 0, openImport: null, startedAt: null, finishedAt: null },
      ...{ createdAt: now, updatedAt: now },
      ...patch,
    });
    return id;
  }

  function load(campaignId: string, list: string | AsyncIterable<Uint8Array>, given: Given = {}) {
    const { maxBytes = 1e9, signal, with: changed } = given;
    const body = typeof list === 'string' ? bytesOf(list) : list;
    const input = { campaignId, fileName: 'list.csv', body, maxBytes, ...(signal && { signal }) };
    return makeImportRecipients({ ...deps, ...changed })(input);
  }

  async function loaded(campaignId: string, list: string): Promise<Import> {
    const result = await load(campaignId, list);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.value;
  }

  const rowsOf = (campaignId: string) => collections.recipients.find({ campaignId }, { sort: { line: 1 } }).toArray();
  const slicesOf = (campaignId: string) => collections.slices.find({ campaignId }, { sort: { slice: 1 } }).toArray();
  const importsOf = (campaignId: string) => collections.imports.find({ campaignId }).toArray();
  const campaignOf = async (id: string) => (await deps.campaigns.get(id)) as Campaign;
  const rejectsOf = async (id: string): Promise<readonly Reject[]> =>
    (await deps.imports.rejects(id, { limit: 1_000_000, cursor: null })).items;

  /** All of an import or nothing: rows in sight, slices and totals agree, and no import is open. */
  async function expectWhole(campaignId: string, accepted: number): Promise<void> {
    const campaign = await campaignOf(campaignId);
    const leftovers = (await deps.imports.withLeftover(campaignId)).map(({ leftover }) => leftover);
    const isLeft = ({ slice }: { slice: number }) => leftovers.some(({ from, to }) => slice >= from && slice < to);
    const rows = (await rowsOf(campaignId)).filter((row) => !isLeft(row));
    const found = { openImport: campaign.openImport, accepted: campaign.totals.accepted, rows: rows.length };
    expect(found).toEqual({ openImport: null, accepted, rows: accepted });
    const held = new Map<number, string[]>();
    for (const { slice, domain } of rows) held.get(slice)?.push(domain) ?? held.set(slice, [domain]);
    const slices = await slicesOf(campaignId);
    expect(new Map(slices.map(({ slice, size }) => [slice, size]))).toEqual(
      new Map([...held].map(([slice, domains]) => [slice, domains.length])),
    );
    for (const { slice, domains } of slices) {
      expect(slice).toBeLessThan(campaign.sliceCount);
      expect(domains).toEqual(expect.arrayContaining([...new Set(held.get(slice))]));
    }
  }

  const removeSome = makeRemoveLeftovers(deps);
  async function removeLeftovers(): Promise<void> {
    while ((await deps.imports.withLeftover(null)).length > 0) await removeSome();
  }
  const reader = mongoRecipientReader(collections);

  return {
    deps,
    removeLeftovers,
    reader,
    draft,
    load,
    loaded,
    rowsOf,
    slicesOf,
    importsOf,
    campaignOf,
    rejectsOf,
    expectWhole,
  };
}

export async function* bytesOf(list: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(list);
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}

export const people = (count: number, domain = 'example.com') =>
  `email,name\n${Array.from({ length: count }, (_, at) => `p${at}@${domain},Person ${at}\n`).join('')}`;
