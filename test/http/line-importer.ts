import { createHash } from 'node:crypto';
import { newId } from '../../src/adapters/mongo/client.ts';
import type { Collections, ImportDoc } from '../../src/adapters/mongo/documents.ts';
import type { ImportRecipients } from '../../src/app/api-ports.ts';
import type { CampaignStore, Import, ImportStore, Reject } from '../../src/app/ports.ts';
import { NO_COUNTS } from '../../src/core/recipient.ts';
import { fail, ok } from '../../src/core/result.ts';

/** An obedient import: lines split at commas; a row without @ is rejected, a file that says BROKEN fails. */

const toImport = ({ _id, ...rest }: ImportDoc): Import => ({ id: _id, ...rest });

export function plainImports({ imports, rejects }: Collections): ImportStore {
  return {
    insert: async ({ id, ...rest }) => void (await imports.insertOne({ _id: id, ...rest })),
    get: async (id) => {
      const doc = await imports.findOne({ _id: id });
      return doc ? toImport(doc) : null;
    },
    update: async (id, patch) => void (await imports.updateOne({ _id: id }, { $set: patch })),
    addRejects: async (importId, found) => {
      if (found.length > 0) await rejects.insertMany(found.map((reject) => ({ _id: newId(), importId, ...reject })));
    },
    rejects: async (importId, { limit, cursor }) => {
      const filter = { importId, ...(cursor && { _id: { $gt: cursor } }) };
      const docs = await rejects.find(filter, { sort: { _id: 1 }, limit: limit + 1 }).toArray();
      const page = docs.slice(0, limit);
      const items = page.map(({ _id, importId: _, ...reject }): Reject => reject);
      return { items, nextCursor: docs.length > limit ? page.at(-1)!._id : null };
    },
    abandoned: async () => [],
  };
}

export function lineImporter(
  { recipients, slices }: Collections,
  campaigns: CampaignStore,
  imports: ImportStore,
): ImportRecipients {
  return async ({ campaignId, fileName, body, maxBytes }) => {
    const campaign = await campaigns.get(campaignId);
    if (!campaign) return fail({ code: 'campaign.notFound' });
    if (!['draft', 'paused'].includes(campaign.state)) return fail({ code: 'campaign.notEditable' });
    if (campaign.openImport) return fail({ code: 'import.open' });

    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) return fail({ code: 'import.tooLarge' });
      chunks.push(chunk);
    }
    const whole = Buffer.concat(chunks);
    const digest = createHash('sha256').update(whole).digest('hex');
    const text = whole.toString('utf8');
    const base = { id: newId(), campaignId, fileName, digest, bytes, blank: 0, firstSlice: campaign.sliceCount };
    const when = { leaseUntil: new Date(), createdAt: new Date(), finishedAt: new Date() };
    const none = { accepted: 0, duplicate: 0, suppressed: 0, rejected: 0 };
    if (text.includes('BROKEN')) {
      const fault = { code: 'csv.broken', detail: 'The quote is never closed.', line: 2 };
      const report: Import = { ...base, ...when, ...none, state: 'failed', records: 0, fault };
      await imports.insert(report);
      return fail({ code: 'import.failed', import: report });
    }

    const [head = '', ...lines] = text.trim().split('\n');
    const columns = head.split(',');
    const rows = lines.map((line, at) => ({ line: at + 2, values: line.split(',') }));
    const good = rows.filter(({ values }) => values[0]!.includes('@'));
    const bad = rows.filter(({ values }) => !values[0]!.includes('@'));
    const slice = campaign.sliceCount;
    if (good.length > 0) {
      await recipients.insertMany(
        good.map(({ line, values }) => ({
          _id: newId(),
          ...{ campaignId, slice, line, address: values[0]!, key: values[0]!.toLowerCase() },
          ...{ domain: values[0]!.split('@')[1]!, state: 'pending' as const, dueAt: new Date() },
          fields: Object.fromEntries(columns.map((column, at) => [column, values[at] ?? ''])),
        })),
      );
      await slices.insertOne({
        _id: `${campaignId}:${slice}`,
        ...{ campaignId, slice, size: good.length, dueAt: new Date() },
        domains: [...new Set(good.map(({ values }) => values[0]!.split('@')[1]!))],
        counts: { ...NO_COUNTS, pending: good.length },
      });
    }
    const report: Import = {
      ...{ ...base, ...when, ...none, state: 'completed', records: rows.length, fault: null },
      ...{ accepted: good.length, rejected: bad.length },
    };
    await imports.insert(report);
    const rejects = bad.map(({ line, values }) => ({
      line,
      kind: 'rejected' as const,
      code: 'address.bad',
      value: values[0]!,
    }));
    await imports.addRejects(report.id, rejects);
    const totals = { ...campaign.totals, accepted: campaign.totals.accepted + good.length };
    await campaigns.update(campaignId, campaign.version, { columns, totals, sliceCount: slice + 1 });
    return ok(report);
  };
}
