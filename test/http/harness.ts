import { createHash } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { domainToASCII, fileURLToPath } from 'node:url';
import supertest, { type Response, type Test } from 'supertest';
import { expect, inject } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { readCsv } from '../../src/adapters/csv.ts';
import { makeLetterPress } from '../../src/adapters/letters/press.ts';
import { mongoApiKeys } from '../../src/adapters/mongo/api-keys.ts';
import { mongoCampaigns } from '../../src/adapters/mongo/campaigns.ts';
import { connect } from '../../src/adapters/mongo/client.ts';
import { type Collections, collectionsOf } from '../../src/adapters/mongo/documents.ts';
import { mongoIdempotency } from '../../src/adapters/mongo/idempotency.ts';
import { mongoImports } from '../../src/adapters/mongo/imports.ts';
import { ensureIndexes } from '../../src/adapters/mongo/indexes.ts';
import { mongoLaneHistory } from '../../src/adapters/mongo/lane-history.ts';
import { mongoLaneOrders, mongoLaneReader } from '../../src/adapters/mongo/lanes.ts';
import { mongoProviders } from '../../src/adapters/mongo/providers.ts';
import { mongoRecipientLoader } from '../../src/adapters/mongo/recipient-loader.ts';
import { mongoRecipientReader } from '../../src/adapters/mongo/recipient-reader.ts';
import { mongoReplyStores } from '../../src/adapters/mongo/replies.ts';
import { mongoRoutes } from '../../src/adapters/mongo/routes.ts';
import { mongoSuppressions } from '../../src/adapters/mongo/suppressions.ts';
import { makeSeal } from '../../src/adapters/seal.ts';
import { listTemplates, readTemplate } from '../../src/adapters/templates.ts';
import { systemZones } from '../../src/adapters/zones.ts';
import { makeApi } from '../../src/app/api/api.ts';
import { makeImportRecipients } from '../../src/app/import/import.ts';
import type { Log } from '../../src/app/ports.ts';
import type { Timers } from '../../src/core/life-cycle.ts';
import { type HttpOptions, makeHttpApp } from '../../src/http/app.ts';
import { newId } from '../setup/ids.ts';
import { checkContract } from './contract.ts';

/** The whole API over a real database, served on a port; every answer is held against the route table. */

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));

export const NOON = Date.UTC(2026, 10, 24, 12);

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head';
type Sent = { readonly body?: object | string | undefined; readonly headers?: Readonly<Record<string, string>> };

export type Harness = Awaited<ReturnType<typeof serve>>;

export async function serve(
  dbName: string,
  changes: Partial<ReturnType<typeof depsOver>> = {},
  options: Partial<HttpOptions> = {},
) {
  const { db, ping, close } = await connect(inject('mongodbUri'), dbName);
  await db.dropDatabase();
  await ensureIndexes(db);
  const collections = collectionsOf(db);
  const clock = { at: NOON, now: () => clock.at, after: systemClock.after };
  const events: { event: string; fields: object | undefined }[] = [];
  const deps = { ...depsOver(collections, clock, collectingLog(events)), ...changes };
  const { key } = await deps.apiKeys.issue('tests');
  const switches = { stopping: false };
  const app = makeHttpApp(makeApi(deps), {
    version: '1.2.3',
    ping,
    isStopping: () => switches.stopping,
    mostWrongKeys: 10_000,
    ...options,
  });
  const server = createServer(app);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));

  /** Sends with the key and checks the answer against the contract. */
  const call = async (method: Method, path: string, { body, headers = {} }: Sent = {}): Promise<Response> => {
    const request: Test = supertest(server)[method](path);
    request.set({ Authorization: `Bearer ${key}`, ...headers });
    const answer = await (body === undefined ? request : request.send(body));
    checkContract(method, path, answer);
    return answer;
  };
  return {
    ...tools(server, collections, call),
    call,
    db,
    deps,
    clock,
    key,
    events,
    switches,
    close: closer(server, close),
  };
}

function depsOver(collections: Collections, clock: Timers, log: Log) {
  const campaigns = mongoCampaigns(collections, clock);
  const imports = mongoImports(collections);
  const suppressions = mongoSuppressions(collections, clock);
  const shared = { campaigns, imports, suppressions, clock, newId, log };
  return {
    ...shared,
    importRecipients: makeImportRecipients({
      ...shared,
      loader: mongoRecipientLoader(collections),
      readCsv,
      toAscii: (domain) => domainToASCII(domain) || null,
      digest: () => {
        const hash = createHash('sha256');
        return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
      },
    }),
    recipients: mongoRecipientReader(collections),
    routes: mongoRoutes(collections, makeSeal(new Uint8Array(32).fill(7))),
    lanes: mongoLaneReader(collections),
    laneOrders: mongoLaneOrders(collections),
    laneHistory: mongoLaneHistory(collections),
    ...mongoReplyStores(collections),
    providers: mongoProviders(collections),
    apiKeys: mongoApiKeys(collections, clock, newId),
    idempotency: mongoIdempotency(collections),
    press: makeLetterPress({ messageIdDomain: () => 'mail.example' }),
    templates: { list: () => listTemplates(TEMPLATES), read: (name: string) => readTemplate(TEMPLATES, name) },
    zones: systemZones(),
    isOurs: (host: string, port: number) => host === '127.0.0.1' && port === 3_000,
  };
}

function collectingLog(events: { event: string; fields: object | undefined }[]): Log {
  const add = (event: string, fields?: object) => void events.push({ event, fields });
  const log: Log = { info: add, warn: add, error: add, with: () => log };
  return log;
}

const closer = (server: HttpServer, close: () => Promise<void>) => async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await close();
};

export const CONTENT = {
  subject: 'Hello {{ first_name }}',
  from: { address: 'news@example.com', name: 'News' },
  html: '<p>Hello {{ first_name }}</p>',
};

/** Steps that many tests begin with. */
function tools(
  server: HttpServer,
  collections: Collections,
  call: (m: Method, p: string, s?: Sent) => Promise<Response>,
) {
  const { port } = server.address() as AddressInfo;

  async function draft(content: object = CONTENT): Promise<string> {
    const answer = await call('post', '/api/v1/campaigns', { body: { name: 'Autumn', content } });
    expect(answer.status).toBe(201);
    return answer.body.id;
  }
  async function upload(id: string, csv: string): Promise<Response> {
    const path = `/api/v1/campaigns/${id}/imports`;
    return call('post', path, { body: csv, headers: { 'Content-Type': 'text/csv' } });
  }
  async function routing(): Promise<void> {
    await call('put', '/api/v1/routes/relay', { body: { url: 'smtp://127.0.0.1:2525' } });
    await call('put', '/api/v1/routing', { body: [{ any: true, route: 'relay' }] });
  }
  /** A campaign that could start. */
  async function readyCampaign(csv = 'email,first_name\nann@example.com,Ann\n'): Promise<string> {
    await routing();
    const id = await draft();
    expect((await upload(id, csv)).status).toBe(202);
    return id;
  }
  return { port, server, collections, draft, upload, routing, readyCampaign };
}
