import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Api } from '../app/api/api.ts';
import { BASE } from '../app/api/views.ts';
import { refusal } from './answer.ts';
import { bearer } from './bearer.ts';
import type { Endpoint, Server } from './endpoint.ts';
import { onError } from './errors.ts';
import { openApi } from './openapi.ts';
import { requestContext } from './request-context.ts';
import { ROUTES } from './route-table.ts';
import { contextOf, run, send } from './run.ts';

export type HttpOptions = Pick<Server, 'ping' | 'isStopping'> &
  Partial<Server> & {
    /** Of the product; shown in /openapi.json. */
    readonly version: string;
    /** Wrong keys a minute from one address. */
    readonly mostWrongKeys?: number;
    /** Serves the page: whatever is neither the API nor a probe. */
    readonly page?: RequestHandler;
  };

const DEFAULTS = {
  maxUploadBytes: 1_073_741_824,
  slowUpload: { graceMs: 30_000, bytesPerSecond: 1_000 },
};

/** The whole HTTP side; it never listens by itself. */
export function makeHttpApp(api: Api, { version, page, mostWrongKeys = 20, ...options }: HttpOptions): Express {
  const server: Server = { ...DEFAULTS, ...options };
  const app = express();
  for (const name of ['x-powered-by', 'etag', 'query parser']) app.disable(name);
  for (const name of ['case sensitive routing', 'strict routing']) app.enable(name);

  app.use(requestContext(api));
  app.use(helmet());
  // Answers hold addresses of people, and those of others must never be shown instead.
  app.use(BASE, (_req, res, next) => {
    res.setHeader('cache-control', 'no-store');
    next();
  });
  app.use(BASE, bearer(api.apiKeys, server, mostWrongKeys));
  for (const [path, rows] of byPath(ROUTES)) {
    const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const row of rows) route[row.method](run(api, row, server));
    route.all(notAllowed(rows));
  }
  const document = JSON.stringify(openApi(version));
  app.get('/openapi.json', (_req, res) => void res.type('json').end(document));
  app.all('/openapi.json', notAllowed([{ method: 'get' }]));
  app.use(BASE, unknownPath);
  if (page) app.use(page);
  app.use(unknownPath);
  app.use(onError);
  return app;
}

function byPath(rows: readonly Endpoint[]): Map<string, Endpoint[]> {
  const paths = new Map<string, Endpoint[]>();
  for (const row of rows) paths.set(row.path, [...(paths.get(row.path) ?? []), row]);
  return paths;
}

const unknownPath: RequestHandler = (req, res) => send(req, res, refusal('path.unknown', 'Nothing is here.'));

function notAllowed(rows: readonly Pick<Endpoint, 'method'>[]): RequestHandler {
  const methods = rows.map((row) => row.method.toUpperCase());
  const allow = (methods.includes('GET') ? ['HEAD', ...methods] : methods).sort().join(', ');
  return (req, res) => {
    contextOf(res).log.info('method not allowed', { method: req.method });
    return send(req, res, refusal('method.notAllowed', `This takes ${allow}.`, {}, { allow }));
  };
}
