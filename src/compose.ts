import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { domainToASCII, fileURLToPath } from 'node:url';
import { readCsv } from './adapters/csv.ts';
import { makeDispenser } from './adapters/dispenser.ts';
import { makeDns } from './adapters/dns.ts';
import { inLeanHeap } from './adapters/heap.ts';
import { agendaJobs } from './adapters/jobs.ts';
import { makeLetterPress } from './adapters/letters/press.ts';
import { mongoApiKeys } from './adapters/mongo/api-keys.ts';
import { mongoCampaigns, mongoCampaignWatch } from './adapters/mongo/campaigns.ts';
import { type Connection, makeNewId } from './adapters/mongo/client.ts';
import type { DatabaseClock } from './adapters/mongo/database-clock.ts';
import { collectionsOf } from './adapters/mongo/documents.ts';
import { mongoIdempotency } from './adapters/mongo/idempotency.ts';
import { mongoImports } from './adapters/mongo/imports.ts';
import { mongoLaneHistory } from './adapters/mongo/lane-history.ts';
import { mongoLaneOrders, mongoLaneReader, mongoLanes } from './adapters/mongo/lanes.ts';
import { mongoLedger } from './adapters/mongo/ledger.ts';
import { mongoMx } from './adapters/mongo/mx.ts';
import { mongoProviders } from './adapters/mongo/providers.ts';
import { mongoRecipientLoader } from './adapters/mongo/recipient-loader.ts';
import { mongoRecipientReader } from './adapters/mongo/recipient-reader.ts';
import { mongoReplyStores } from './adapters/mongo/replies.ts';
import { mongoRoutes } from './adapters/mongo/routes.ts';
import { mongoSlices } from './adapters/mongo/slices.ts';
import { mongoSuppressions } from './adapters/mongo/suppressions.ts';
import { mongoRouteShares, mongoWorkerRegistry } from './adapters/mongo/workers.ts';
import { makeResolver } from './adapters/resolver.ts';
import { makeSeal } from './adapters/seal.ts';
import { DEADLINES } from './adapters/smtp/deadlines.ts';
import { makeMailer } from './adapters/smtp/mailer.ts';
import { makeProbe } from './adapters/smtp/probe.ts';
import { listTemplates, readTemplate } from './adapters/templates.ts';
import { systemZones } from './adapters/zones.ts';
import { makeApi } from './app/api/api.ts';
import { makeDoctor } from './app/doctor/doctor.ts';
import { makeImportRecipients } from './app/import/import.ts';
import { makeRemoveLeftovers } from './app/import/leftovers.ts';
import { makeRescueImports } from './app/import/rescue.ts';
import type { Log } from './app/ports.ts';
import { makeMxDirectory } from './app/providers/directory.ts';
import { makeWorker } from './app/sending/worker.ts';
import type { Config } from './config.ts';
import { isLoopback } from './core/lanes/routing.ts';
import type { LifeCycle } from './core/life-cycle.ts';
import { defaultRatePolicy } from './core/rate/rate.ts';
import { DEFAULT_RETRY } from './core/recipients/retry.ts';

/** Puts adapters and use cases together. Only this file and main.ts know them all. */

/** The folder that holds package.json, from `src` and from `dist` alike. */
export const HOME = join(dirname(fileURLToPath(import.meta.url)), '..');
export const TEMPLATES = join(HOME, 'templates');

export type Parts = ReturnType<typeof compose>;

type Ground = {
  readonly connection: Connection;
  readonly clock: DatabaseClock;
  readonly key: Uint8Array;
  /** Ports on which we and our database listen. */
  readonly ownPorts: readonly number[];
};

export function compose(config: Config, { connection, clock, key, ownPorts }: Ground, log: Log) {
  const collections = collectionsOf(connection.db);
  const zones = systemZones();
  const newId = makeNewId(clock);
  const ehloName = config.OFFPEAK_EHLO_NAME ?? (hostname().includes('.') ? hostname() : null);
  const campaigns = mongoCampaigns(collections, clock);
  const imports = mongoImports(collections);
  const loader = mongoRecipientLoader(collections);
  const suppressions = mongoSuppressions(collections, clock);
  const laneHistory = mongoLaneHistory(collections);
  const replyStores = mongoReplyStores(collections);
  const providers = mongoProviders(collections);
  const routes = mongoRoutes(collections, makeSeal(key));
  const apiKeys = mongoApiKeys(collections, clock, newId);
  const press = makeLetterPress({ messageIdDomain: (from) => from.slice(from.lastIndexOf('@') + 1) });
  const toAscii = (domain: string) => domainToASCII(domain) || null;
  const digest = () => {
    const hash = createHash('sha256');
    return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') };
  };
  const loading = { campaigns, imports, loader, suppressions, readCsv, newId, clock, digest, toAscii, log };
  const importRecipients = makeImportRecipients(loading);

  const api = makeApi({
    campaigns,
    recipients: mongoRecipientReader(collections),
    imports,
    importRecipients: (input) => inLeanHeap(() => importRecipients(input)),
    routes,
    lanes: mongoLaneReader(collections),
    laneOrders: mongoLaneOrders(collections),
    laneHistory,
    ...replyStores,
    providers,
    suppressions,
    apiKeys,
    idempotency: mongoIdempotency(collections),
    press,
    templates: { list: () => listTemplates(TEMPLATES), read: (name) => readTemplate(TEMPLATES, name) },
    zones,
    clock,
    newId,
    log,
    isOurs: (host, port) => ownPorts.includes(port) && (host === hostname() || isLoopback(host)),
  });

  function worker(): LifeCycle {
    const workerName = `${hostname()}-${process.pid}-${newId().slice(-6)}`;
    const deadlines = { ...DEADLINES, dotMs: config.OFFPEAK_DOT_TIMEOUT };
    const resolveMx = makeResolver({ servers: config.OFFPEAK_DNS_SERVERS });
    const mx = makeMxDirectory({ resolveMx, store: mongoMx(collections), clock, log });
    return makeWorker({
      campaigns,
      watch: mongoCampaignWatch(collections),
      slices: mongoSlices(collections, clock),
      ledger: mongoLedger(collections, clock),
      laneStore: mongoLanes(collections, newId),
      workerRegistry: mongoWorkerRegistry(collections),
      routeShares: mongoRouteShares(collections),
      laneHistory,
      ...replyStores,
      providers,
      routes,
      suppressions,
      press,
      mailer: makeMailer({
        deadlines,
        ehloName,
        log,
        timers: clock,
        resolveMx: mx.resolve,
        directPort: config.OFFPEAK_MX_PORT,
        inwardMx: config.OFFPEAK_MX_PRIVATE,
      }),
      mx,
      makeDispenser: makeDispenser,
      jobs: agendaJobs(connection.db, { name: workerName, concurrency: config.OFFPEAK_SLICE_JOBS, timers: clock, log }),
      rescueImports: makeRescueImports(loading),
      removeLeftovers: makeRemoveLeftovers(loading),
      zones,
      policy: { ...defaultRatePolicy, startRate: config.OFFPEAK_START_RATE },
      retry: { ...DEFAULT_RETRY, ladder: config.OFFPEAK_RETRY },
      clock,
      isTimeKnown: clock.isSure,
      random: Math.random,
      newId,
      log,
      workerName,
      attemptMs: deadlines.bodyMs + deadlines.dotMs,
    });
  }

  const doctor = makeDoctor({
    campaigns,
    routes,
    dns: makeDns(config.OFFPEAK_DNS_SERVERS),
    probe: makeProbe(ehloName),
    toAscii,
    ehloName: ehloName ?? hostname(),
  });

  return { api, apiKeys, worker, doctor };
}
