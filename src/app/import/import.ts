import { onAbort } from '../../core/life-cycle.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { CampaignStore } from '../campaigns/ports.ts';
import type { Clock, Log } from '../ports.ts';
import { commitImport, endImport, isEditable, releaseCampaign } from './end.ts';
import { type ImportLease, ImportStopped, LEASE_MS, makeImportLease } from './lease.ts';
import { type ImportProgress, type LoadDeps, loadRecipients, RESERVE } from './load.ts';
import { CsvFault, type Import, type ImportFault, type ImportInput, type ImportProblem } from './ports.ts';

/** Takes a list of recipients into a campaign: all of it that is good, or nothing. DESIGN: Decision 9. */

export type Digest = { update(bytes: Uint8Array): void; hex(): string };

export type ImportDeps = LoadDeps & {
  readonly campaigns: CampaignStore;
  readonly clock: Clock;
  /** A fresh SHA-256. */
  readonly digest: () => Digest;
  readonly log: Log;
};

const ROUNDS = 20;

/**
 * Throws only for what is no fault of the list, as a database that is away; the rescue then clears what could not be.
 * `maxBytes` counts the body as it comes, before decoding.
 */
export function makeImportRecipients(deps: ImportDeps) {
  return async function importRecipients(input: ImportInput): Promise<Result<Import, ImportProblem>> {
    const opened = await open(deps, input);
    if (!opened.ok) return opened;
    const { id, campaignId } = opened.value;
    const log = deps.log.with({ importId: id, campaignId });
    log.info('import.opened');
    try {
      const done = await run(deps, opened.value, input);
      log.info('import.completed', { records: done.records, accepted: done.accepted });
      return ok(done);
    } catch (error) {
      return endAfter(error, deps, id, log);
    }
  };
}

async function open(deps: ImportDeps, input: ImportInput): Promise<Result<Import, ImportProblem>> {
  const { campaigns, imports, clock } = deps;
  const id = deps.newId();
  for (let round = 0; round < ROUNDS; round++) {
    const campaign = await campaigns.get(input.campaignId);
    if (!campaign) return fail({ code: 'campaign.notFound' });
    if (!isEditable(campaign)) return fail({ code: 'campaign.notEditable', state: campaign.state });
    if (campaign.openImport) return fail({ code: 'import.open', importId: campaign.openImport });
    if (!(await campaigns.update(campaign.id, campaign.version, { openImport: id }))) continue;
    const value = opening(id, campaign.id, campaign.sliceCount, input.fileName, clock.now());
    try {
      await imports.insert(value);
    } catch (error) {
      // It may be written all the same.
      if (!(await endImport(deps, id, ourFault, clock.now()))) await releaseCampaign(campaigns, campaign.id, id);
      throw error;
    }
    return ok(value);
  }
  throw new Error(`campaign ${input.campaignId} keeps changing`);
}

function opening(id: string, campaignId: string, firstSlice: number, fileName: string | null, now: number): Import {
  return {
    id,
    campaignId,
    state: 'loading',
    fileName,
    digest: null,
    bytes: 0,
    records: 0,
    blank: 0,
    accepted: 0,
    duplicate: 0,
    suppressed: 0,
    rejected: 0,
    fault: null,
    firstSlice,
    reservedTo: firstSlice + RESERVE,
    leftover: null,
    leaseUntil: new Date(now + LEASE_MS),
    createdAt: new Date(now),
    finishedAt: null,
  };
}

async function run(deps: ImportDeps, value: Import, input: ImportInput): Promise<Import> {
  const { imports, clock } = deps;
  const { id } = value;
  const digest = deps.digest();
  const lease = makeImportLease(imports, clock, value);
  const progress: ImportProgress = {
    records: 0,
    blank: 0,
    accepted: 0,
    duplicate: 0,
    suppressed: 0,
    rejected: 0,
    bytes: 0,
  };
  const body = metered(input, progress, digest, lease);
  const brought = await loadRecipients(deps, value, body, progress, lease).finally(() => imports.update(id, progress));
  const useless = uselessness(progress);
  if (useless) throw new ImportStopped(useless);
  const read = { ...progress, digest: digest.hex() };
  await imports.update(id, read);
  await lease.keep(read);
  const refused = await commitImport(deps, value, { ...progress, ...brought });
  if (refused) throw new ImportStopped(refused);
  const end = { state: 'completed' as const, finishedAt: new Date(clock.now()) };
  await imports.update(id, end);
  return { ...value, ...read, ...end };
}

/** A file without a single usable row is no list. One that brings only known addresses is. */
function uselessness({ records, rejected }: ImportProgress): ImportFault | null {
  if (records === 0) return { code: 'csv.empty', detail: 'The file holds no records.', line: null };
  if (rejected < records) return null;
  return { code: 'csv.all_rejected', detail: `None of the ${records} records could be used.`, line: null };
}

/** The body as it passes: counted, hashed, and cut at its limit or when the caller has gone. */
async function* metered(
  { body, maxBytes, signal }: ImportInput,
  progress: ImportProgress,
  digest: Digest,
  lease: ImportLease,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of untilCut(body, signal)) {
    progress.bytes += chunk.length;
    if (progress.bytes > maxBytes) {
      const detail = `The file is larger than ${maxBytes} bytes.`;
      throw new ImportStopped({ code: 'import.tooLarge', detail, line: null });
    }
    digest.update(chunk);
    await lease.keep(progress);
    yield chunk;
  }
}

/** An upload that breaks off must not look like a shorter list. */
async function* untilCut(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const cut = (cause: unknown) =>
    new ImportStopped({ code: 'upload.aborted', detail: 'The upload broke off before its end.', line: null }, cause);
  const source = body[Symbol.asyncIterator]();
  /** Not Promise.race: against a promise that lasts as long as the upload, it would keep every chunk until the end. */
  const nextChunk = () =>
    new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      const forget = signal ? onAbort(signal, () => reject(signal.reason)) : () => {};
      source.next().then(resolve, reject).finally(forget);
    });
  try {
    for (;;) {
      const next = await nextChunk().catch((error: unknown) => {
        throw error instanceof CsvFault ? error : cut(error);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source that hangs would hang us too.
    source.return?.()?.catch(() => {});
  }
}

const ourFault: ImportFault = {
  code: 'import.error',
  detail: 'The import ended with an error that is not yours.',
  line: null,
};

async function endAfter(
  error: unknown,
  deps: ImportDeps,
  id: string,
  log: Log,
): Promise<Result<Import, ImportProblem>> {
  const known = error instanceof CsvFault || error instanceof ImportStopped ? error.fault : null;
  const fault = known ?? ourFault;
  const ended = await endImport(deps, id, fault, deps.clock.now()).catch((second: unknown) => {
    log.error('import.notEnded', { error: second });
    throw known ? second : error;
  });
  if (ended?.state === 'completed') return ok(ended);
  log.warn('import.failed', { fault, error: error instanceof ImportStopped ? error.cause : error });
  if (!known || !ended) throw error;
  return fail({ code: fault.code === 'import.tooLarge' ? fault.code : 'import.failed', import: ended });
}
