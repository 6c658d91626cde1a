import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { ApiKeyStore } from '../app/api/ports.ts';
import { refusal } from './answer.ts';
import type { Server } from './endpoint.ts';
import { orAway } from './patience.ts';
import { send } from './run.ts';

const MOST_KEY = 500;
const WITHIN_MS = 60_000;

/** `Authorization: Bearer <key>` (RFC 6750). `mostWrong`: wrong keys a minute from one address; a right one is never held up. */
export function bearer(
  apiKeys: Pick<ApiKeyStore, 'owner'>,
  server: Pick<Server, 'ping'>,
  mostWrong: number,
): RequestHandler {
  const challenge = { 'www-authenticate': 'Bearer realm="offpeak"' };
  const limit = rateLimit({
    windowMs: WITHIN_MS,
    limit: mostWrong,
    standardHeaders: false,
    legacyHeaders: false,
    handler: (req, res) =>
      send(
        req,
        res,
        refusal(
          'auth.tooMany',
          'Too many wrong keys; wait a minute.',
          {},
          { 'retry-after': String(WITHIN_MS / 1_000) },
        ),
      ),
  });
  return async (req, res, next) => {
    const header = req.headers.authorization;
    if (header === undefined) {
      return send(req, res, refusal('auth.missing', 'Send an API key as Authorization: Bearer.', {}, challenge));
    }
    const key = /^Bearer +([\x21-\x7e]+)$/i.exec(header)?.[1];
    const caller = key && key.length <= MOST_KEY ? await orAway(server, apiKeys.owner(key)) : null;
    if (caller && 'problem' in caller) return send(req, res, caller);
    if (!caller) {
      const wrong = () => send(req, res, refusal('auth.wrong', 'The API key is not known here.', {}, challenge));
      return limit(req, res, () => void wrong());
    }
    res.locals['caller'] = caller;
    next();
  };
}
