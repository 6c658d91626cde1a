import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { Api } from '../app/api/api.ts';
import type { ApiKey, StoredAnswer } from '../app/api/ports.ts';
import type { Log } from '../app/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import {
  type HttpRefusal,
  type HttpReply,
  isRefusal,
  isReplay,
  refusal,
  renderAnswer,
  renderProblem,
} from './answer.ts';
import { type Call, type Endpoint, isUnsafe, type Server } from './endpoint.ts';
import { faultsOf } from './faults.ts';
import { digestOf, once } from './idempotent.ts';
import { parseJson, type RawBody, readBody } from './json-body.ts';
import { orAway } from './patience.ts';
import { PROBLEMS } from './problem-codes.ts';
import { parseQuery } from './query.ts';

/** What the middleware before has found out about a request. */
export type Context = { readonly requestId: string; readonly log: Log; readonly caller: ApiKey | null };

export const contextOf = (res: Response): Context => res.locals as Context;

/** One row of the table as a handler: parse, call, answer. */
export function run(api: Api, row: Endpoint, server: Server): RequestHandler {
  return async (req, res) => {
    res.locals['route'] = row.path;
    const replying = replyTo(api, row, server, req, contextOf(res));
    // A list takes as long as it takes to come.
    await send(req, res, row.upload ? await replying : await orAway(server, replying));
  };
}

async function replyTo(api: Api, row: Endpoint, server: Server, req: Request, context: Context): Promise<HttpReply> {
  if (isUnsafe(row) && server.isStopping()) {
    return refusal('server.stopping', 'The server is shutting down.', {}, { 'retry-after': '5', connection: 'close' });
  }
  const params = row.params.safeParse(req.params);
  if (!params.success) {
    const code = row.missing ?? 'path.unknown';
    return refusal(code, `${PROBLEMS[code][1]}.`);
  }
  const query = parseQuery(req.originalUrl, row.query);
  if (!query.ok) return query.error;

  const before = { params: params.data, query: query.value, req, caller: context.caller, log: context.log, server };
  if (row.upload || !isUnsafe(row)) return row.handle(api, { ...before, body: undefined });

  const raw = await readBody(req);
  if (!raw.ok) return raw.error;
  const body = row.body ? parseBody(row, raw.value) : noBody(raw.value);
  if (!body.ok) return body.error;
  const call: Call = { ...before, body: body.value };
  if (!row.idempotent) return row.handle(api, call);
  const rules = { name: row.name, digestAtEnd: false };
  return once(
    api,
    call,
    rules,
    async () => digestOf(raw.value.bytes),
    () => row.handle(api, call),
  );
}

function parseBody(row: Endpoint, raw: RawBody): Result<unknown, HttpRefusal> {
  const isLeftOut = row.bodyOptional && raw.bytes.length === 0;
  const json = isLeftOut ? ok({}) : parseJson(raw, row.accepts ?? ['application/json']);
  if (!json.ok) return json;
  const parsed = row.body!.safeParse(json.value);
  if (parsed.success) return ok(parsed.data);
  const errors = faultsOf(parsed.error, json.value);
  return fail(refusal('body.invalid', 'The body does not have the form that is asked for.', { errors }));
}

/** Someone who sends fields believes that they do something. */
function noBody({ bytes }: RawBody): Result<undefined, HttpRefusal> {
  const text = bytes.toString('utf8').trim();
  if (text === '' || text === '{}') return ok(undefined);
  return fail(refusal('body.unexpected', 'This request takes no body.'));
}

export async function send(req: Request, res: Response, reply: HttpReply): Promise<void> {
  if ('stream' in reply && reply.stream) {
    res.writeHead(reply.status, { 'content-type': reply.stream.type });
    if (req.method === 'HEAD') res.end();
    else await pipeline(reply.stream.chunks, res);
    return;
  }
  if (isRefusal(reply)) write(res, renderProblem(reply, contextOf(res).requestId));
  else if (isReplay(reply))
    write(res, { ...reply.replay, headers: { ...reply.replay.headers, 'idempotency-replayed': 'true' } });
  else write(res, renderAnswer(reply));
}

function write(res: Response, { status, headers, body }: StoredAnswer): void {
  res.writeHead(status, { ...headers, ...(body !== '' && { 'content-length': Buffer.byteLength(body) }) });
  res.end(body);
}
