import type { ErrorRequestHandler } from 'express';
import { type HttpRefusal, refusal } from './answer.ts';
import { contextOf, send } from './run.ts';

/** The one door by which bugs and broken connections leave. No stack and no foreign words go out. */

/** Replies of a MongoDB server that mean "not now": shutting down, no primary, out of time (error_codes.yml). */
const PASSING = new Set([64, 89, 91, 189, 262, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436]);

/** The driver names its errors Mongo...; what the server itself refused is our bug, unless it passes. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error) || !error.name.startsWith('Mongo')) return false;
  if ('code' in error && typeof error.code === 'number') return PASSING.has(error.code);
  return !['MongoInvalidArgumentError', 'MongoAPIError', 'MongoParseError'].includes(error.name);
}

const isBadEncoding = (error: unknown) => error instanceof URIError;

const away = () => refusal('database.away', 'The database does not answer; try again.', {}, { 'retry-after': '5' });

function refusalOf(error: unknown): HttpRefusal {
  if (isBadEncoding(error)) return refusal('path.malformed', 'The path is not valid percent-encoding.');
  if (isDatabaseAway(error)) return away();
  return refusal('server.fault', 'Something went wrong here; the log knows more under the request id.');
}

export const onError: ErrorRequestHandler = async (error, req, res, _next) => {
  const { log } = contextOf(res);
  const reply = refusalOf(error);
  const fields = { route: res.locals['route'], error: error instanceof Error ? error.stack : String(error) };
  if (req.destroyed && !req.complete) log.warn('client gone', fields);
  else if (reply.problem.code === 'server.fault') log.error('request failed', fields);
  else if (reply.problem.code === 'database.away') log.warn('database away', fields);
  if (res.headersSent || res.socket?.destroyed) res.destroy();
  else await send(req, res, reply);
};
