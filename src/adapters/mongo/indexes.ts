import type { Db, IndexDescription } from 'mongodb';

const DAY_S = 86_400;

/** Every index of Offpeak, and why it is there; Agenda's own is among them because its `unique` makes none. */
const INDEXES: Readonly<Record<string, readonly IndexDescription[]>> = {
  campaigns: [{ key: { state: 1, _id: 1 } }, { key: { hiddenAt: 1 }, sparse: true }],
  recipients: [
    { key: { campaignId: 1, key: 1 }, unique: true },
    // The claim: one slice, so that it costs the same however long the list is.
    { key: { campaignId: 1, slice: 1, state: 1, dueAt: 1 } },
  ],
  slices: [
    { key: { campaignId: 1, slice: 1 }, unique: true },
    { key: { campaignId: 1, dueAt: 1 } },
    { key: { 'lease.until': 1 }, sparse: true },
    { key: { 'doubtful.until': 1 }, sparse: true },
  ],
  attempts: [{ key: { campaignId: 1, recipientId: 1, at: 1 } }, { key: { at: 1 }, expireAfterSeconds: 90 * DAY_S }],
  imports: [
    { key: { campaignId: 1, createdAt: 1 } },
    { key: { state: 1, leaseUntil: 1 } },
    { key: { 'leftover.to': 1 }, sparse: true },
  ],
  rejects: [{ key: { importId: 1, _id: 1 } }],
  decisions: [{ key: { lane: 1, _id: -1 } }, { key: { at: 1 }, expireAfterSeconds: 30 * DAY_S }],
  laneSamples: [{ key: { m: 1 }, expireAfterSeconds: 7 * DAY_S }],
  refusals: [
    { key: { lane: 1, slot: 1 } },
    { key: { campaignId: 1, slot: 1 } },
    { key: { slot: 1 }, expireAfterSeconds: 30 * DAY_S },
  ],
  unknownReplies: [
    { key: { dismissed: 1, count: -1, _id: 1 } },
    { key: { dismissed: 1, lastAt: -1, _id: 1 } },
    { key: { lastAt: 1 }, expireAfterSeconds: 90 * DAY_S },
  ],
  mx: [{ key: { resolvedAt: 1 }, expireAfterSeconds: 7 * DAY_S }],
  workers: [{ key: { until: 1 }, expireAfterSeconds: DAY_S }],
  apiKeys: [{ key: { digest: 1 }, unique: true }],
  idempotency: [{ key: { at: 1 }, expireAfterSeconds: 2 * DAY_S }],
  agendaJobs: [
    { key: { name: 1, nextRunAt: 1, priority: -1, lockedAt: 1, disabled: 1 } },
    { key: { name: 1, 'data.campaignId': 1, 'data.slice': 1 }, unique: true },
  ],
};

/** Makes what is missing; safe to run from every process at every start. */
export async function ensureIndexes(db: Db): Promise<void> {
  for (const [name, indexes] of Object.entries(INDEXES)) await db.collection(name).createIndexes([...indexes]);
}
